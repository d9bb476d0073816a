#!/usr/bin/env bash
command -v go >/dev/null && [ -d /usr/share/gocode/src/github.com/lib/pq ] || exit 77
go version
. test/clients/go/run.sh
run go-pq
