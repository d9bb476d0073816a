#!/usr/bin/env bash
lua5.4 -e 'require("luasql.postgres")' 2>/dev/null || exit 77
exec lua5.4 test/clients/lua-sql/check.lua
