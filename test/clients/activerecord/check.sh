#!/usr/bin/env bash
command -v ruby >/dev/null && ruby -e 'require "active_record"; require "pg"' 2>/dev/null || exit 77
exec ruby test/clients/activerecord/check.rb
