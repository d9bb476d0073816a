#!/usr/bin/env bash
# LibreOffice's PostgreSQL driver, as Base uses it: an office without a screen is driven through its API (UNO).
command -v soffice >/dev/null && /usr/bin/python3 -c 'import uno' 2>/dev/null || exit 77
compgen -G '/usr/lib*/libreoffice/program/libpostgresql-sdbc*' >/dev/null || exit 77
soffice --version
profile=$(mktemp -d)
pipe=semwire-$$
soffice "-env:UserInstallation=file://$profile" --headless --norestore --nologo "--accept=pipe,name=$pipe;urp" 2>/dev/null &
office=$!
# soffice is a script: the office that it starts has to be ended by itself
cleanup() {
  kill "$office" 2>/dev/null
  wait "$office" 2>/dev/null
  rm -rf "$profile"
}
trap cleanup EXIT
PYTHONPATH=test/clients/python PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 test/clients/libreoffice/check.py "$pipe"
