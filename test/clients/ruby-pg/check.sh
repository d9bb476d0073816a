#!/usr/bin/env bash
/usr/bin/ruby -e 'require "pg"' 2>/dev/null || exit 77
exec /usr/bin/ruby test/clients/ruby-pg/check.rb
