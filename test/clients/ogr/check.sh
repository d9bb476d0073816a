#!/usr/bin/env bash
# GDAL's ogrinfo, which QGIS is built on: it looks for geometry, reads through cursors, and takes the key as feature id.
command -v ogrinfo >/dev/null && ogrinfo --formats | grep -q '^ *PostgreSQL ' || exit 77
. test/clients/shell/report.sh
ogrinfo --version

# as PERSONA OGRINFO-ARGUMENT…
as() {
  local token=TOKEN_$1
  PGUSER=$1 PGPASSWORD=${!token} ogrinfo "${@:2}" 2>&1
}

layers() { # PERSONA: the names of its layers on a line
  as "$1" "PG:dbname=$PGDATABASE" | sed -nE 's/^[0-9]+: (\S+) .*/\1/p' | grep -v '^semwire\.' | sort | tr '\n' ' '
}

is 'lists the tables' 'baskets returns sales shoppers ' "$(layers aurora_manager)"
is 'shows support its own tables alone' 'baskets sales shoppers ' "$(layers aurora_support)"
sales=$(as aurora_manager -so "PG:dbname=$PGDATABASE tables=sales" sales)
shows 'knows the key' 'FID Column = order_id' "$sales"
shows 'counts the rows' 'Feature Count: 59189' "$sales"
shows 'lists columns with their types: a date and time' 'ordered_at: DateTime' "$sales"
shows 'an amount of money' 'goods_value: Real \(12\.2\)' "$sales"
shows 'a yes or no' 'is_gift: Integer\(Boolean\)' "$sales"
shows 'a measure' 'order_count: Integer64' "$sales"
shows 'reads a feature by its key' 'customer_name \(String\) = Günter Papadopoulos' \
  "$(as aurora_manager -q "PG:dbname=$PGDATABASE tables=sales" -fid 1 sales)"
shows 'filters' 'OGRFeature\(sales\):2$' "$(as aurora_manager -q -where 'order_id < 3' "PG:dbname=$PGDATABASE tables=sales" sales)"
shows 'a statement through a cursor' 'orders \(Integer64\) = 30719' "$(as aurora_manager -q -sql \
  "SELECT channel, MEASURE(order_count) AS orders FROM sales WHERE channel = 'web' GROUP BY 1" "PG:dbname=$PGDATABASE")"
shows 'an error has its text' 'column "nothing" does not exist' \
  "$(as aurora_manager -sql 'SELECT nothing FROM sales' "PG:dbname=$PGDATABASE")"
skip 'reads with parameters' 'ogrinfo writes values into the statement'
skip 'cancels' 'GDAL 3.6 has no call for it: Ctrl-C ends ogrinfo'
[ "$failures" -eq 0 ]
