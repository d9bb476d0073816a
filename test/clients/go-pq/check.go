// lib/pq through database/sql: binary parameters, a prepared statement, types of columns, cancel by context.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"time"

	"github.com/lib/pq"
)

func open(binary string) *sql.DB {
	db, err := sql.Open("postgres", fmt.Sprintf("host=%s port=%s dbname=%s user=aurora_manager password=%s sslmode=disable binary_parameters=%s",
		os.Getenv("PGHOST"), os.Getenv("PGPORT"), os.Getenv("PGDATABASE"), os.Getenv("TOKEN_aurora_manager"), binary))
	if err != nil {
		panic(err)
	}
	return db
}

func main() {
	for _, binary := range []string{"no", "yes"} {
		db := open(binary)
		var tables pq.StringArray
		err := db.QueryRow("SELECT array_agg(table_name::text ORDER BY table_name) FROM information_schema.tables WHERE table_schema = $1", "public").Scan(&tables)
		check("lists the tables, binary "+binary, fmt.Sprint(tables, err), "[baskets returns sales shoppers] <nil>")
		var found string
		err = db.QueryRow(columnsOf, "sales").Scan(&found)
		check("lists columns with their types, binary "+binary, words(found, err), columns+" <nil>")
		var channel string
		var count int64
		err = db.QueryRow("SELECT channel, MEASURE(order_count) FROM sales WHERE channel = $1 GROUP BY channel", "web").Scan(&channel, &count)
		check("reads with parameters, binary "+binary, fmt.Sprintf("%v %v %v", channel, count, err), "web 30719 <nil>")
	}
	db := open("no")
	rows, err := db.Query("SELECT order_id, ordered_at, goods_value, is_gift FROM sales ORDER BY order_id LIMIT 1")
	if err != nil {
		panic(err)
	}
	types, _ := rows.ColumnTypes()
	var names []string
	for _, each := range types {
		names = append(names, each.DatabaseTypeName())
	}
	check("knows the types of a result", names, []string{"INT4", "TIMESTAMP", "NUMERIC", "BOOL"})
	var id int
	var at time.Time
	var value string
	var gift bool
	rows.Next()
	rows.Scan(&id, &at, &value, &gift)
	rows.Close()
	check("values come as Go knows them", fmt.Sprintf("%v %v %v %v", id, at.Format("2006-01-02 15:04:05"), value, gift), "1 2024-01-01 02:08:23 966.11 false")

	limited, stop := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer stop()
	var rowCount int64
	// The connection ends with its context, so that the pool makes a new one.
	err = db.QueryRowContext(limited, slow).Scan(&rowCount)
	check("cancels", fmt.Sprint(err), "pq: canceling statement due to user request")
	_, err = db.Query("SELECT nothing FROM sales")
	refused, is := err.(*pq.Error)
	check("an error has its code and position", is && refused.Code == "42703" && refused.Position == "8", true)
	check("the connection goes on", db.Ping(), nil)
	done()
}
