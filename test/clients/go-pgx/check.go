// pgx: every statement prepared and cached, all values binary, batches in one go, COPY, cancel by context.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgconn"
	"github.com/jackc/pgx/v4"
)

func open(persona, mode string) *pgx.Conn {
	connection, err := pgx.Connect(context.Background(), fmt.Sprintf("host=%s port=%s dbname=%s user=%s password=%s sslmode=disable %s",
		os.Getenv("PGHOST"), os.Getenv("PGPORT"), os.Getenv("PGDATABASE"), persona, os.Getenv("TOKEN_"+persona), mode))
	if err != nil {
		panic(err)
	}
	return connection
}

func code(err error) string {
	var failed *pgconn.PgError
	if errors.As(err, &failed) {
		return failed.Code
	}
	return words(err)
}

func main() {
	ctx := context.Background()
	for _, mode := range []string{"", "statement_cache_mode=describe", "prefer_simple_protocol=true"} {
		db := open("aurora_manager", mode)
		var tables []string
		err := db.QueryRow(ctx, "SELECT array_agg(table_name::text ORDER BY table_name) FROM information_schema.tables WHERE table_schema = $1", "public").Scan(&tables)
		check("lists the tables "+mode, words(tables, err), "[baskets returns sales shoppers] <nil>")
		var found string
		err = db.QueryRow(ctx, columnsOf, "sales").Scan(&found)
		check("lists columns with their types "+mode, words(found, err), columns+" <nil>")
		for _, expected := range []string{"web 30719", "app 19052", "web 30719"} {
			var channel string
			var count int64
			err = db.QueryRow(ctx, "SELECT channel, MEASURE(order_count) FROM sales WHERE channel = $1 GROUP BY channel", expected[:3]).Scan(&channel, &count)
			check("reads with parameters "+mode, fmt.Sprintf("%v %v %v", channel, count, err), expected+" <nil>")
		}
		var id int
		var at time.Time
		var value float64
		var gift bool
		var coupon *string
		err = db.QueryRow(ctx, "SELECT order_id, ordered_at, goods_value, is_gift, coupon_code FROM sales WHERE order_id = $1", 1).Scan(&id, &at, &value, &gift, &coupon)
		check("values by type "+mode, words(id, at.Format("2006-01-02 15:04:05"), value, gift, coupon == nil, err), "1 2024-01-01 02:08:23 966.11 false true <nil>")
		var among int
		err = db.QueryRow(ctx, "SELECT COUNT(*) FROM sales WHERE channel = ANY($1) AND ordered_at < $2", []string{"web", "app"}, time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC)).Scan(&among)
		check("a list and a time as parameters "+mode, words(among > 10, err), "true <nil>")
		_, err = db.Exec(ctx, "DELETE FROM sales WHERE order_id = $1", 1)
		check("nothing can be written "+mode, code(err), "25006")
		db.Close(ctx)
	}

	db := open("aurora_manager", "")
	rows, err := db.Query(ctx, "SELECT order_id, ordered_at, goods_value, order_count FROM sales LIMIT 1")
	if err != nil {
		panic(err)
	}
	var types []uint32
	for _, field := range rows.FieldDescriptions() {
		types = append(types, field.DataTypeOID)
	}
	rows.Close()
	check("knows the types of a result", types, []uint32{23, 1114, 1700, 20})

	batch := &pgx.Batch{}
	batch.Queue("SELECT MEASURE(order_count) FROM sales WHERE channel = $1", "app")
	batch.Queue("SELECT current_user")
	results := db.SendBatch(ctx, batch)
	var count int64
	var user string
	first, second := results.QueryRow().Scan(&count), results.QueryRow().Scan(&user)
	check("a batch", words(count, first, user, second, results.Close()), "19052 <nil> aurora_manager <nil> <nil>")

	var copied bytes.Buffer
	_, err = db.PgConn().CopyTo(ctx, &copied, "COPY (SELECT DISTINCT channel FROM sales ORDER BY 1) TO STDOUT")
	check("copies a query out", words(copied.String(), err), "app\nmarketplace\nphone\nweb\n <nil>")

	transaction, err := db.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly, IsoLevel: pgx.RepeatableRead})
	if err != nil {
		panic(err)
	}
	inner, _ := transaction.Begin(ctx)
	_, err = inner.Exec(ctx, "SELECT nothing FROM sales")
	check("an error has its code", code(err), "42703")
	check("a savepoint is rolled back", words(inner.Rollback(ctx)), "<nil>")
	check("and the transaction goes on", words(transaction.QueryRow(ctx, "SELECT COUNT(*) FROM sales WHERE order_id = 1").Scan(&count), count), "<nil> 1")
	check("to its end", words(transaction.Commit(ctx)), "<nil>")

	requested := make(chan error)
	go func() {
		time.Sleep(500 * time.Millisecond)
		requested <- db.PgConn().CancelRequest(ctx)
	}()
	_, err = db.Exec(ctx, slow)
	check("cancels", words(err, <-requested), "ERROR: canceling statement due to user request (SQLSTATE 57014) <nil>")
	check("the connection goes on", words(db.QueryRow(ctx, "SELECT 1").Scan(&count), count), "<nil> 1")

	short, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	_, err = db.Exec(short, slow)
	cancel()
	check("a context that ends ends the statement", errors.Is(err, context.DeadlineExceeded), true)
	db.Close(ctx)

	support := open("aurora_support", "")
	err = support.QueryRow(ctx, "SELECT COUNT(*) FROM sales").Scan(&count)
	check("shows support its regions", words(count, err), "32691 <nil>")
	_, err = support.Exec(ctx, "SELECT revenue FROM sales")
	check("and no revenue", code(err), "42703")
	support.Close(ctx)
	done()
}
