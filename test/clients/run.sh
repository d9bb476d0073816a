#!/usr/bin/env bash
# Real clients against a real server: starts semwire with the demo model on DuckDB, then runs test/clients/NAME/check.sh
# of each client named below. As root on Debian or Ubuntu a missing psql is installed.
#
# A check finds the server in PGHOST, PGPORT and PGDATABASE, and a token of each persona in TOKEN_<persona>.
# It exits 0 when all is well, 77 when its client is not installed (reported as skipped), and else otherwise.
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

install_psql() {
  command -v psql >/dev/null && return
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 0
  echo 'installing postgresql-client'
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql-client; } \
    >"$work/apt.log" 2>&1 || { tail -5 "$work/apt.log" >&2; echo 'postgresql-client could not be installed' >&2; }
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

install_psql
npm run --silent build
start_server
mint_tokens

passed=() skipped=() failed=()
# Those that are meant to be checked; one without a check.sh is named among the skipped, so that nobody thinks it passed.
for name in psql psycopg sqlalchemy asyncpg pgjdbc psqlodbc pgcli; do
  check=test/clients/$name/check.sh
  printf '\n== %s\n' "$name"
  if [ ! -e "$check" ]; then
    echo 'skipped: there is no check for it yet'
    skipped+=("$name")
    continue
  fi
  code=0
  bash "$check" || code=$?
  case $code in
    0) passed+=("$name") ;;
    77)
      echo 'skipped: it is not installed'
      skipped+=("$name")
      ;;
    *) failed+=("$name") ;;
  esac
done

printf '\npassed: %s\nskipped: %s\nfailed: %s\n' "${passed[*]:-none}" "${skipped[*]:-none}" "${failed[*]:-none}"
printf '%d passed, %d failed, %d skipped\n' "${#passed[@]}" "${#failed[@]}" "${#skipped[@]}"
[ ${#failed[@]} -eq 0 ]
