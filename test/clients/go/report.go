// What the checks of Go clients share: how a result is told. Each is compiled together with this file.
package main

import (
	"fmt"
	"os"
	"reflect"
	"strings"
)

// Types as PostgreSQL names them, of the same few columns for every client; $1 is the table.
const (
	columnsOf = "SELECT string_agg(column_name || ' ' || data_type, ', ' ORDER BY ordinal_position) FROM information_schema.columns" +
		" WHERE table_name = $1 AND column_name IN ('order_id', 'ordered_at', 'goods_value', 'is_gift', 'order_count')"
	columns = "order_id integer, ordered_at timestamp without time zone, goods_value numeric, is_gift boolean, order_count bigint"
	slow    = "SELECT count(*) FROM baskets a CROSS JOIN baskets b CROSS JOIN baskets c"
)

var failures int

func check(what string, found, expected interface{}) {
	if reflect.DeepEqual(found, expected) {
		fmt.Println("ok   ", what)
		return
	}
	fmt.Printf("FAIL  %s\n      found    %v\n      expected %v\n", what, found, expected)
	failures++
}

func done() {
	if failures > 0 {
		os.Exit(1)
	}
}

// With a space between all of them.
func words(values ...interface{}) string {
	return strings.TrimSuffix(fmt.Sprintln(values...), "\n")
}
