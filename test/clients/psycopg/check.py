"""psycopg 3: server-side parameters, binary results, prepared statements, COPY, pipeline, cancel."""

import datetime
import decimal
import threading

import psycopg
from psycopg import sql

from report import BY_CHANNEL, CANCELLED, COLUMNS, DATABASE, HOST, PORT, SLOW, TABLES, check, done, token

print(f"psycopg {psycopg.__version__}")
connection = psycopg.connect(
    host=HOST, port=PORT, dbname=DATABASE, user="aurora_manager", password=token(), autocommit=True
)

check("signs in with a token", connection.execute("SELECT current_user").fetchone(), ("aurora_manager",))
tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
check("lists the tables", [name for (name,) in tables], TABLES)
columns = connection.execute(
    "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s AND column_name = ANY(%s)",
    ("sales", list(COLUMNS)),
).fetchall()
check("lists columns with their types", dict(columns), COLUMNS)
for attempt in range(7):
    rows = connection.execute(BY_CHANNEL.format("%s"), ("web",)).fetchall()
    check(f"reads with parameters, time {attempt + 1}: prepared from the sixth on", rows, [("web", 30719)])
row = connection.execute(
    "SELECT order_id, ordered_at, goods_value, is_gift FROM sales ORDER BY order_id LIMIT %b", (1,), binary=True
).fetchone()
check(
    "binary values come as Python's own",
    row,
    (1, datetime.datetime(2024, 1, 1, 2, 8, 23), decimal.Decimal("966.11"), False),
)
copied = []
with connection.cursor().copy("COPY (SELECT DISTINCT channel FROM sales ORDER BY 1) TO STDOUT") as copy:
    for line in copy.rows():
        copied.append(line)
check("copies a query out", copied, [("app",), ("marketplace",), ("phone",), ("web",)])
with connection.pipeline():
    first = connection.execute("SELECT 1 AS one")
    second = connection.execute("SELECT MEASURE(order_count) FROM sales WHERE channel = %s", ("app",))
    check("a pipeline", (first.fetchone(), second.fetchone()), ((1,), (19052,)))
with connection.transaction(), connection.cursor("pages") as pages:
    pages.execute("SELECT order_id FROM sales WHERE order_id <= 5000")
    check("a server-side cursor reads page by page", sum(1 for _ in pages), 2918)
query = sql.SQL("SELECT {} FROM {} LIMIT 1").format(sql.Identifier("channel"), sql.Identifier("public", "sales"))
check("a statement that is put together", len(connection.execute(query).fetchall()), 1)

threading.Timer(0.5, connection.cancel).start()
try:
    connection.execute(SLOW)
    check("cancels", "an answer", "QueryCanceled")
except psycopg.errors.QueryCanceled as error:
    check("cancels", error.diag.message_primary, CANCELLED)
check("the connection goes on", connection.execute("SELECT 1").fetchone(), (1,))
try:
    connection.execute("SELECT nothing FROM sales")
    check("an error has its code and position", "an answer", "UndefinedColumn")
except psycopg.errors.UndefinedColumn as error:
    check("an error has its code and position", (error.sqlstate, error.diag.statement_position), ("42703", "8"))
done()
