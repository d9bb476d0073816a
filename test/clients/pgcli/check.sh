#!/usr/bin/env bash
# pgcli: what it asks for at the start to complete names, a query, Ctrl-C. It reads what is typed from a pipe as well.
set -uo pipefail
command -v pgcli >/dev/null || exit 77
. test/clients/shell/report.sh
pgcli --version

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT

ask() { # STATEMENTS
  printf '%s\n' "$1" | HOME=$home PAGER=cat PGUSER=aurora_manager PGPASSWORD=$TOKEN_aurora_manager \
    timeout 60 pgcli --less-chatty 2>&1
}

shows 'lists the databases' 'semwire' \
  "$(HOME=$home PAGER=cat PGUSER=aurora_manager PGPASSWORD=$TOKEN_aurora_manager timeout 60 pgcli --list 2>&1)"
shows 'asks for a measure by groups' 'web +\| 30719' \
  "$(ask 'SELECT channel, MEASURE(order_count) FROM sales GROUP BY channel ORDER BY channel;')"
shows '\d lists the tables' 'public +\| sales +\| table' "$(ask '\d')"
shows '\d lists columns' 'ordered_at +\| timestamp without time zone' "$(ask '\d sales')"
shows 'an error says what is wrong' 'column "nothing" does not exist' "$(ask 'SELECT nothing FROM sales;')"
cancelled=$(HOME=$home PGUSER=aurora_manager PGPASSWORD=$TOKEN_aurora_manager interrupted 'pgcli --less-chatty')
# It keeps the error to itself.
shows 'Ctrl-C cancels' 'cancelled query' "$cancelled"
shows 'and the connection goes on' 'goes on' "$cancelled"
skip 'reads with parameters' 'pgcli sends what is typed as it is'
[ "$failures" -eq 0 ]
