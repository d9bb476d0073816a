#!/usr/bin/env bash
# Runs the source file itself (java 11 and later).
driver=/usr/share/java/postgresql.jar
command -v java >/dev/null && [ -e "$driver" ] || exit 77
exec java -cp "$driver" test/clients/pgjdbc/Check.java
