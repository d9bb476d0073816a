#!/usr/bin/env bash
# pgbench with a script of its own, in each of its protocols: four clients at once, every answer checked by \gset.
pgbench=$(command -v pgbench || compgen -G '/usr/lib/postgresql/*/bin/pgbench' | tail -1)
[ -n "$pgbench" ] || exit 77
"$pgbench" --version
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/read.sql" <<'SQL'
\set id random(1, 2918)
SELECT COUNT(*) AS found FROM sales WHERE order_id <= 5000 AND order_id >= :id \gset
SELECT channel, MEASURE(order_count) AS n FROM sales WHERE channel = 'web' GROUP BY channel \gset
\if :n != 30719
  SELECT 1 / 0;
\endif
SQL
failures=0
for mode in simple extended prepared; do
  # --no-vacuum: pgbench's own tables are not there.
  if output=$(PGUSER=aurora_manager PGPASSWORD=$TOKEN_aurora_manager "$pgbench" --no-vacuum --protocol="$mode" \
    --client=4 --transactions=5 --file="$work/read.sql" semwire 2>&1) && grep -q 'processed: 20/20' <<<"$output"; then
    echo "ok    $mode"
  else
    printf 'FAIL  %s\n%s\n' "$mode" "$(sed 's/^/      /' <<<"$output")"
    failures=$((failures + 1))
  fi
done
for what in 'lists the tables' 'lists columns with their types' 'cancels'; do
  echo "skip  $what: pgbench runs a script again and again, and looks at nothing"
done
[ "$failures" -eq 0 ]
