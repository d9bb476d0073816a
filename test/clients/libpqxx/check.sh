#!/usr/bin/env bash
# libpqxx: C++ over libpq, with prepared statements, streams (COPY) and cursors of its own.
command -v g++ >/dev/null && [ -e /usr/include/pqxx/pqxx ] || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
g++ -std=c++17 -w -o "$work/check" test/clients/libpqxx/check.cpp -lpqxx -lpq || exit 1
"$work/check"
