"""pg8000: the protocol in Python itself, no libpq: named statements for everything, binary parameters, DB-API cursors."""

import datetime
import decimal

import pg8000

from report import BY_CHANNEL, CANCELLED, COLUMNS, DATABASE, HOST, PORT, SLOW, TABLES, cancelling, check, done, token

print(f"pg8000 {pg8000.__version__}")


def connect(user, password):
    return pg8000.connect(user=user, host=HOST, port=PORT, database=DATABASE, password=password)


def code(error):
    """Release 1.12 and later give a dict of fields, those before a tuple."""
    first = error.args[0]
    return first["C"] if isinstance(first, dict) else next(part for part in error.args if len(str(part)) == 5 and str(part)[0].isdigit())


db = connect("aurora_manager", token())
cursor = db.cursor()


def ask(sql, parameters=()):
    cursor.execute(sql, parameters)
    return [list(row) for row in cursor.fetchall()]


def fails(what, sql, parameters, expected):
    try:
        ask(sql, parameters)
        check(what, "an answer", expected)
    except pg8000.ProgrammingError as error:
        check(what, code(error), expected)
    db.rollback()


check("signs in with a token", ask("SELECT current_user"), [["aurora_manager"]])
tables = ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
check("lists the tables", [name for (name,) in tables], TABLES)
columns = ask(
    "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s AND column_name = ANY(%s)",
    ("sales", list(COLUMNS)),
)
check("lists columns with their types", dict(columns), COLUMNS)
check("reads with parameters", ask(BY_CHANNEL.format("%s"), ("web",)), [["web", 30719]])
at = datetime.datetime(2024, 1, 1, 2, 8, 23)
row = ask(
    "SELECT order_id, ordered_at, goods_value, is_gift, coupon_code, ordered_at::date FROM sales WHERE order_id = %s", (1,)
)
check("values come as Python's own", row, [[1, at, decimal.Decimal("966.11"), False, None, at.date()]])
since = ask("SELECT COUNT(*) FROM sales WHERE ordered_at >= %s AND is_gift = %s", (datetime.datetime(2030, 1, 1), True))
check("parameters of more types, in binary", since, [[0]])
counts = [ask(BY_CHANNEL.format("%s"), (channel,))[0][1] for channel in ("web", "app", "web")]
check("the same statement again and again", counts, [30719, 19052, 30719])
fails("an error has its code", "SELECT nothing FROM sales", (), "42703")
fails("a failed statement leaves nothing behind", "SELECT * FROM orders", (), "42P01")
fails("nothing can be written", "INSERT INTO sales (order_id) VALUES (%s)", (1,), "25006")
# It has no call that cancels: another session does.
with cancelling(ask("SELECT pg_backend_pid()")[0][0]):
    try:
        check("is cancelled", ask(SLOW), "an error")
    except pg8000.ProgrammingError as error:
        check("is cancelled", (code(error), CANCELLED in str(error)), ("57014", True))
    db.rollback()
check("the connection goes on", ask("SELECT 1"), [[1]])
db.close()

db = connect("aurora_support", token("aurora_support"))
cursor = db.cursor()
check("shows support its regions", ask("SELECT region, COUNT(*) FROM sales GROUP BY region"), [["Nordics", 32691]])
fails("and no revenue", "SELECT revenue FROM sales", (), "42703")
cursor.execute("SELECT order_id FROM sales ORDER BY 1")
check("fetches a large result", len(cursor.fetchmany(3)) + sum(1 for _ in cursor), 32691)
db.close()
try:
    connect("aurora_manager", "not-a-token")
    check("is refused with another password", "signed in", "28P01")
except (pg8000.ProgrammingError, pg8000.InterfaceError) as error:
    check("is refused with another password", code(error), "28P01")
done()
