#!/usr/bin/env bash
# Real clients against a real server: starts semwire with the demo model on DuckDB, then runs test/clients/NAME/check.sh
# of each client named below, or of those given: `npm run test:clients -- psql pgjdbc`. As root on Debian or Ubuntu the
# clients that are missing are installed first.
#
# A check finds the server in PGHOST, PGPORT and PGDATABASE, and a token of each persona in TOKEN_<persona>.
# It exits 0 when all is well, 77 when its client is not installed (reported as skipped), and else otherwise. A line of
# its output that begins with `skip` names what the client has no way to do.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
server=
cleanup() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap cleanup EXIT

# Each client, and the Debian packages that bring it. pgbench comes with PostgreSQL's server, which is not installed for it.
clients=(
  'psql postgresql-client'
  'psycopg2 python3-psycopg2'
  'psycopg python3-psycopg'
  'sqlalchemy python3-sqlalchemy python3-psycopg2'
  'asyncpg python3-asyncpg'
  'pgcli pgcli'
  'pgjdbc libpostgresql-jdbc-java default-jre-headless'
  'psqlodbc odbc-postgresql unixodbc python3-pyodbc'
  'perl-dbd-pg libdbd-pg-perl'
  'php-pdo php-cli php-pgsql'
  'ruby-pg ruby-pg'
  'go-pq golang-go golang-github-lib-pq-dev'
  'go-pgx golang-go golang-github-jackc-pgx-v4-dev'
  'activerecord ruby-activerecord ruby-pg'
  'django python3-django python3-psycopg2'
  'doctrine php-doctrine-dbal php-cli php-pgsql'
  'pg8000 python3-pg8000'
  'libpqxx libpqxx-dev g++'
  'lua-sql lua-sql-postgres lua5.4'
  'r-postgresql r-cran-rpostgresql'
  'ogr gdal-bin'
  'pgbench'
  'libreoffice libreoffice-base libreoffice-sdbc-postgresql python3-uno'
)

# Only those given.
if [ $# -gt 0 ]; then
  wanted=()
  for name in "$@"; do
    found=$(printf '%s\n' "${clients[@]}" | grep -E "^$name( |$)") || { echo "no client $name" >&2 && exit 2; }
    wanted+=("$found")
  done
  clients=("${wanted[@]}")
fi

# One package after the other, so that one that cannot be had keeps only its own client away.
install_clients() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 0
  local package missing=()
  for package in $(printf '%s\n' "${clients[@]}" | cut -s -d' ' -f2- | tr ' ' '\n' | sort -u); do
    # What is there already will do.
    [ "$package" = default-jre-headless ] && command -v java >/dev/null && continue
    [ "$package" = postgresql-client ] && command -v psql >/dev/null && continue
    dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  echo "installing ${missing[*]}"
  apt-get update >"$work/apt.log" 2>&1 || true
  for package in "${missing[@]}"; do
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$package" >"$work/apt.log" 2>&1 ||
      { echo "$package could not be installed:" && tail -3 "$work/apt.log"; } >&2
  done
}

start_server() {
  SEMWIRE_JWT_SECRET=$(node -e "process.stdout.write(require('node:crypto').randomBytes(48).toString('base64url'))")
  export SEMWIRE_JWT_SECRET
  node dist/main.js serve --port 0 >"$work/server.log" 2>&1 &
  server=$!
  local address=
  for _ in $(seq 300); do
    kill -0 "$server" 2>/dev/null || break
    # `|| true`: the line is not there yet
    address=$(grep -m1 ready "$work/server.log" | grep -oE '127\.0\.0\.1:[0-9]+' | head -1 || true)
    [ -n "$address" ] && break
    sleep 0.2
  done
  if [ -z "$address" ]; then
    echo 'the server did not become ready:' >&2
    sed 's/eyJ[A-Za-z0-9_.-]*/TOKEN/g' "$work/server.log" | tail -20 >&2
    exit 1
  fi
  export PGHOST=127.0.0.1 PGPORT=${address##*:} PGDATABASE=semwire PGCONNECT_TIMEOUT=10 PGCLIENTENCODING=UTF8
}

mint_tokens() {
  local persona token
  for persona in aurora_manager aurora_analyst aurora_support borealis_manager; do
    token=$(node dist/main.js token --persona "$persona")
    export "TOKEN_$persona=$token"
  done
}

install_clients
npm run --silent build
start_server
mint_tokens

passed=() skipped=() failed=() unable=()
for client in "${clients[@]}"; do
  name=${client%% *}
  printf '\n== %s\n' "$name"
  code=0
  timeout 300 bash "test/clients/$name/check.sh" </dev/null | tee "$work/output" || code=$?
  while read -r _ what; do unable+=("$name: $what"); done < <(grep '^skip ' "$work/output" || true)
  case $code in
    0) passed+=("$name") ;;
    77)
      echo 'skipped: it is not installed'
      skipped+=("$name")
      ;;
    *) failed+=("$name") ;;
  esac
done

if [ ${#unable[@]} -gt 0 ]; then
  printf '\nwhat a client has no way to do:\n'
  printf '  %s\n' "${unable[@]}"
fi
printf '\npassed: %s\nskipped: %s\nfailed: %s\n' "${passed[*]:-none}" "${skipped[*]:-none}" "${failed[*]:-none}"
printf '%d passed, %d failed, %d skipped\n' "${#passed[@]}" "${#failed[@]}" "${#skipped[@]}"
[ ${#failed[@]} -eq 0 ]
