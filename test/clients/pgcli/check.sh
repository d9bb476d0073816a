#!/usr/bin/env bash
# pgcli: what it asks for at the start to complete names, and a query. It reads a terminal's input from a pipe as well.
set -uo pipefail
command -v pgcli >/dev/null || exit 77
pgcli --version

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
failures=0

ask() { # STATEMENTS
  printf '%s\n' "$1" | HOME=$home PAGER=cat PGUSER=aurora_manager PGPASSWORD=$TOKEN_aurora_manager \
    timeout 60 pgcli --less-chatty 2>&1
}

shows() { # WHAT PATTERN OUTPUT
  if grep -qE -- "$2" <<<"$3"; then
    printf 'ok    %s\n' "$1"
  else
    printf 'FAIL  %s\n%s\n' "$1" "$(sed 's/^/      /' <<<"$3")"
    failures=$((failures + 1))
  fi
}

shows 'lists the databases' 'semwire' \
  "$(HOME=$home PAGER=cat PGUSER=aurora_manager PGPASSWORD=$TOKEN_aurora_manager timeout 60 pgcli --list 2>&1)"
shows 'asks for a measure by groups' 'web +\| 30719' \
  "$(ask 'SELECT channel, MEASURE(order_count) FROM sales GROUP BY channel ORDER BY channel;')"
shows '\d lists the tables' 'public +\| sales +\| table' "$(ask '\d')"
shows '\d lists columns' 'ordered_at +\| timestamp without time zone' "$(ask '\d sales')"
shows 'an error says what is wrong' 'column "nothing" does not exist' "$(ask 'SELECT nothing FROM sales;')"
[ "$failures" -eq 0 ]
