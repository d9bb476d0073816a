# What the checks of command-line clients share: how a result is told, and Ctrl-C. To be sourced.

failures=0

report() { # WHAT SHOULD-BE-TRUE OUTPUT
  if [ "$2" = yes ]; then
    printf 'ok    %s\n' "$1"
  else
    printf 'FAIL  %s\n%s\n' "$1" "$(head -40 <<<"$3" | sed 's/^/      /')"
    failures=$((failures + 1))
  fi
}

shows() { # WHAT PATTERN OUTPUT
  if grep -qE -- "$2" <<<"$3"; then report "$1" yes "$3"; else report "$1" no "$3"; fi
}

hides() { # WHAT PATTERN OTHER OUTPUT: PATTERN is absent, though OTHER is there, so the output is no error message
  if grep -qE -- "$2" <<<"$4" || ! grep -qE -- "$3" <<<"$4"; then report "$1" no "$4"; else report "$1" yes "$4"; fi
}

is() { # WHAT EXPECTED OUTPUT
  if [ "$2" = "$3" ]; then report "$1" yes "$3"; else report "$1" no "$3"; fi
}

skip() { # WHAT REASON: what this client has no way to do
  printf 'skip  %s: %s\n' "$1" "$2"
}

# interrupted COMMAND: what COMMAND prints in a terminal where a statement is typed, Ctrl-C is pressed once while it runs,
# and another statement is typed.
interrupted() {
  local output
  output=$(mktemp)
  {
    # Put together, so that the echo of what is typed is no answer.
    printf "SELECT 'session ' || pg_backend_pid() AS now;\n"
    until_shows 'session [0-9]+' "$output"
    printf 'SELECT count(*) FROM baskets a CROSS JOIN baskets b CROSS JOIN baskets c;\n'
    node_modules/.bin/tsx test/clients/session.ts running "$(grep -oE 'session [0-9]+' "$output" | head -1 | cut -d' ' -f2)"
    printf '\003'
    # The server's own deadline, a minute, is no cancel.
    if until_shows 'canceling statement|cancelled query' "$output"; then
      printf "SELECT 'goes' || ' on' AS now;\n"
      until_shows 'goes on' "$output"
    fi
    printf '\\q\n'
  } | PAGER=cat timeout 120 script --quiet --return --command "$1" /dev/null >"$output" 2>&1
  cat "$output"
  rm -f "$output"
}

until_shows() { # PATTERN FILE: for half a minute at most
  for _ in $(seq 150); do
    if grep -qE -- "$1" "$2"; then return; fi
    sleep 0.2
  done
  return 1
}
