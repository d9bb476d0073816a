#!/usr/bin/env bash
# Debian keeps packaged Go libraries as a GOPATH.
command -v go >/dev/null && [ -d /usr/share/gocode/src/github.com/lib/pq ] || exit 77
go version
cache=$(mktemp -d)
trap 'rm -rf "$cache"' EXIT
GOPATH=/usr/share/gocode GO111MODULE=off GOFLAGS= GOCACHE=$cache go run test/clients/go-pq/check.go
