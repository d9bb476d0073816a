#!/usr/bin/env bash
# psqlODBC through unixODBC's isql: the catalog calls SQLTables and SQLColumns, and queries; then through pyodbc what isql
# cannot: parameters, keys, cancel. A line of isql's shell that begins with `help` is a catalog call.
set -uo pipefail
command -v isql >/dev/null || exit 77
driver=$(find /usr/lib -name psqlodbcw.so 2>/dev/null | head -1)
[ -n "$driver" ] && /usr/bin/python3 -c 'import pyodbc' 2>/dev/null || exit 77
. test/clients/shell/report.sh

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
cat >"$home/odbc.ini" <<INI
[semwire]
Driver = $driver
Servername = $PGHOST
Port = $PGPORT
Database = $PGDATABASE
UseDeclareFetch = 1
Fetch = 500
INI

ask() { # LINES: what isql prints, comma-separated
  printf '%s\n' "$1" | ODBCINI=$home/odbc.ini isql -b -d, -v semwire aurora_manager "$TOKEN_aurora_manager" 2>&1
}

tables=$(ask help)
for table in baskets returns sales shoppers; do shows "SQLTables lists $table" "public,$table,TABLE" "$tables"; done
columns=$(ask 'help sales')
shows 'SQLColumns has a whole number' 'sales,order_id,4,int4' "$columns"
shows 'SQLColumns has a moment' 'sales,ordered_at,(93|11),timestamp' "$columns"
shows 'SQLColumns has a measure' 'sales,order_count,-5,int8' "$columns"
shows 'asks for a measure by groups' '^web,30719,16573922.90' \
  "$(ask 'SELECT channel, MEASURE(order_count), MEASURE(revenue) FROM sales GROUP BY channel ORDER BY channel')"
shows 'reads page by page through a cursor' '^2918$' \
  "$(ask 'SELECT order_id FROM sales WHERE order_id <= 5000' | grep -cE '^[0-9]+$')"
shows 'an error says what is wrong' 'column "nothing" does not exist' "$(ask 'SELECT nothing FROM sales')"
ODBCINI=$home/odbc.ini PYTHONPATH=test/clients/python PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 test/clients/psqlodbc/check.py ||
  failures=$((failures + 1))
[ "$failures" -eq 0 ]
