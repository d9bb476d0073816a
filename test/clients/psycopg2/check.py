"""psycopg2: client-side parameters, server-side cursors, cancel from another thread."""

import datetime
import decimal
import threading

import psycopg2
import psycopg2.errors

from report import BY_CHANNEL, CANCELLED, COLUMNS, DATABASE, HOST, PORT, SLOW, TABLES, check, done, token

print(f"psycopg2 {psycopg2.__version__}")
connection = psycopg2.connect(host=HOST, port=PORT, dbname=DATABASE, user="aurora_manager", password=token())
cursor = connection.cursor()

cursor.execute("SELECT current_user")
check("signs in with a token", cursor.fetchone(), ("aurora_manager",))
cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1")
check("lists the tables", [name for (name,) in cursor], TABLES)
cursor.execute(
    "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s AND column_name = ANY(%s)",
    ("sales", list(COLUMNS)),
)
check("lists columns with their types", dict(cursor.fetchall()), COLUMNS)
cursor.execute(BY_CHANNEL.format("%s"), ("web",))
check("reads with parameters", cursor.fetchall(), [("web", 30719)])
cursor.execute("SELECT order_id, ordered_at, goods_value, is_gift FROM sales ORDER BY order_id LIMIT 1")
check(
    "values come as Python's own",
    cursor.fetchone(),
    (1, datetime.datetime(2024, 1, 1, 2, 8, 23), decimal.Decimal("966.11"), False),
)

with connection.cursor(name="pages") as pages:
    pages.itersize = 1000
    pages.execute("SELECT order_id FROM sales WHERE order_id <= 5000")
    check("a server-side cursor reads page by page", sum(1 for _ in pages), 2918)
connection.rollback()

cursor = connection.cursor()
threading.Timer(0.5, connection.cancel).start()
try:
    cursor.execute(SLOW)
    check("cancels", "an answer", "QueryCanceled")
except psycopg2.errors.QueryCanceled as error:
    check("cancels", error.diag.message_primary, CANCELLED)
connection.rollback()
cursor.execute("SELECT 1")
check("the connection goes on", cursor.fetchone(), (1,))
try:
    cursor.execute("SELECT nothing FROM sales")
    check("an error has its code and position", "an answer", "UndefinedColumn")
except psycopg2.errors.UndefinedColumn as error:
    check("an error has its code and position", (error.pgcode, error.diag.statement_position), ("42703", "8"))
try:
    psycopg2.connect(host=HOST, port=PORT, dbname=DATABASE, user="aurora_manager", password="not a token")
    check("a bad token is refused", "a connection", "OperationalError")
except psycopg2.OperationalError as error:
    check("a bad token is refused", "password authentication failed" in str(error), True)
done()
