#!/usr/bin/env bash
/usr/bin/python3 -c 'import django, psycopg2' 2>/dev/null || exit 77
PYTHONPATH=test/clients/python PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 test/clients/django/check.py
