#!/usr/bin/env bash
# pgx, the driver of many Go programs. Debian keeps packaged Go libraries as a GOPATH.
command -v go >/dev/null && [ -d /usr/share/gocode/src/github.com/jackc/pgx ] || exit 77
go version
cache=$(mktemp -d)
trap 'rm -rf "$cache"' EXIT
GOPATH=/usr/share/gocode GO111MODULE=off GOFLAGS= GOCACHE=$cache go run test/clients/go-pgx/check.go
