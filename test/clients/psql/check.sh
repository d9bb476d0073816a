#!/usr/bin/env bash
# psql: signing in, the catalog as \d and \d+ show it, a grouped query, and what a persona may not see, Ctrl-C.
set -uo pipefail
command -v psql >/dev/null || exit 77
. test/clients/shell/report.sh
psql --version

# as PERSONA PSQL-ARGUMENT…: runs psql as that persona; both streams together
as() {
  local token=TOKEN_$1
  PGUSER=$1 PGPASSWORD=${!token} psql -X -v ON_ERROR_STOP=1 -v VERBOSITY=verbose "${@:2}" 2>&1
}

is 'signs in with a token' aurora_manager "$(as aurora_manager -At -c 'SELECT current_user')"
shows 'is refused with another password' '28P01|password authentication failed' \
  "$(PGUSER=aurora_manager PGPASSWORD=not-a-token psql -X -c 'SELECT 1' 2>&1)"

tables=$(as aurora_manager -c '\d')
for table in baskets returns sales shoppers; do shows "\\d lists $table" "\\| $table " "$tables"; done
hides '\d lists no cube that is not public' '\| (orders|customers|order_items|products|countries) ' '\| sales ' "$tables"

columns=$(as aurora_manager -c '\d+ sales')
shows '\d+ has the type of a dimension' 'ordered_at +\| timestamp without time zone' "$columns"
shows '\d+ tells a measure from a dimension' 'revenue +\| .*measure: sum' "$columns"
shows '\d+ shows the manager a name' 'customer_name' "$columns"
hides '\d+ shows the analyst no name' 'customer_name' 'revenue' "$(as aurora_analyst -c '\d+ sales')"
hides '\d+ shows support no revenue' '\| *revenue|^ revenue' 'customer_name' "$(as aurora_support -c '\d+ sales')"

is 'groups a measure by a dimension' 'app|19052|10182911.23
marketplace|6444|3417374.84
phone|2974|1600496.76
web|30719|16573922.90' "$(as aurora_manager -At \
  -c 'SELECT channel, MEASURE(order_count), MEASURE(revenue) FROM sales GROUP BY channel ORDER BY channel')"
is 'shows another tenant other rows' '40811' "$(as borealis_manager -At -c 'SELECT COUNT(*) FROM sales')"
is 'shows support its regions' 'Nordics|32691' \
  "$(as aurora_support -At -c 'SELECT region, COUNT(*) FROM sales GROUP BY region')"
is 'runs a prepared statement' 'web|30719' "$(as aurora_manager -At -q \
  -c 'PREPARE by_channel(text) AS SELECT channel, MEASURE(order_count) FROM sales WHERE channel = $1 GROUP BY channel' \
  -c "EXECUTE by_channel('web')")"
is 'copies a query out' 'Zürich' "$(as aurora_manager -At \
  -c "COPY (SELECT DISTINCT city FROM shoppers WHERE country = 'Switzerland' AND city LIKE 'Z%') TO STDOUT")"
is 'copies a query out on the client' 'channel,n;app,19052;marketplace,6444;phone,2974;web,30719;' "$(as aurora_manager -q \
  -c '\copy (SELECT channel, MEASURE(order_count) AS n FROM sales GROUP BY 1 ORDER BY 1) TO STDOUT CSV HEADER' | tr '\n' ';')"
shows 'copies nothing in' '25006' "$(as aurora_manager -c '\copy sales FROM /dev/null')"

shows 'a hidden column does not exist' '42703.*column "customer_name" does not exist' \
  "$(as aurora_analyst -c 'SELECT customer_name FROM sales')"
shows 'a hidden table does not exist' '42P01.*relation "returns" does not exist' \
  "$(as aurora_support -c 'SELECT * FROM returns')"
cancelled=$(PGUSER=aurora_manager PGPASSWORD=$TOKEN_aurora_manager interrupted 'psql -X -v VERBOSITY=verbose')
shows 'Ctrl-C cancels' '57014: canceling statement due to user request' "$cancelled"
shows 'and the connection goes on' 'goes on' "$cancelled"
shows 'nothing can be written' '25006' "$(as aurora_manager -c 'DELETE FROM sales')"

[ "$failures" -eq 0 ]
