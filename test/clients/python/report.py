"""What the checks of Python clients share: where the server is, and how a result is told."""

import os
import subprocess
import sys

HOST = os.environ["PGHOST"]
PORT = int(os.environ["PGPORT"])
DATABASE = os.environ["PGDATABASE"]
TABLES = ["baskets", "returns", "sales", "shoppers"]
# Types as PostgreSQL names them; every client is asked for the same few columns.
COLUMNS = {
    "order_id": "integer",
    "ordered_at": "timestamp without time zone",
    "goods_value": "numeric",
    "is_gift": "boolean",
    "order_count": "bigint",
}
BY_CHANNEL = "SELECT channel, MEASURE(order_count) FROM sales WHERE channel = {} GROUP BY channel"
SLOW = "SELECT count(*) FROM baskets a CROSS JOIN baskets b CROSS JOIN baskets c"

CANCELLED = "canceling statement due to user request"

_failures = []


def token(persona="aurora_manager"):
    return os.environ[f"TOKEN_{persona}"]


def check(what, found, expected):
    if found == expected:
        print(f"ok    {what}")
        return
    print(f"FAIL  {what}\n      found    {found!r}\n      expected {expected!r}")
    _failures.append(what)


def cancelling(pid):
    """Another session, that cancels the next statement of this one."""
    return subprocess.Popen(["node_modules/.bin/tsx", "test/clients/session.ts", "cancel", str(pid)])


def done():
    sys.exit(1 if _failures else 0)
