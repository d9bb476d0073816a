#!/usr/bin/env bash
/usr/bin/python3 -c 'import pg8000' 2>/dev/null || exit 77
PYTHONPATH=test/clients/python PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 test/clients/pg8000/check.py
