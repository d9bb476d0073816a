#!/usr/bin/env bash
# pgx, the driver of many Go programs.
command -v go >/dev/null && [ -d /usr/share/gocode/src/github.com/jackc/pgx ] || exit 77
go version
. test/clients/go/run.sh
run go-pgx
