"""psqlODBC through pyodbc: types of columns, keys, bound parameters (SQLBindParameter), SQLCancel from another thread."""

import datetime
import decimal
import threading

import pyodbc

from report import BY_CHANNEL, CANCELLED, COLUMNS, SLOW, TABLES, check, done, token

connection = pyodbc.connect(DSN="semwire", UID="aurora_manager", PWD=token(), autocommit=True)
print(f"{connection.getinfo(pyodbc.SQL_DRIVER_NAME)} {connection.getinfo(pyodbc.SQL_DRIVER_VER)}, pyodbc {pyodbc.version}")
cursor = connection.cursor()

check("signs in with a token", connection.getinfo(pyodbc.SQL_USER_NAME), "aurora_manager")
check("SQLTables", sorted(row.table_name for row in cursor.tables(schema="public", tableType="TABLE")), TABLES)
named = {"int4": "integer", "timestamp": "timestamp without time zone", "bool": "boolean", "int8": "bigint"}
found = {row.column_name: named.get(row.type_name, row.type_name) for row in cursor.columns(table="sales", schema="public")}
check("SQLColumns", {name: found[name] for name in COLUMNS}, COLUMNS)
check("SQLPrimaryKeys", [row.column_name for row in cursor.primaryKeys("sales", schema="public")], ["order_id"])
keys = [(row.fkcolumn_name, row.pktable_name, row.pkcolumn_name) for row in cursor.foreignKeys(foreignTable="sales")]
check("SQLForeignKeys", keys, [("customer_id", "shoppers", "customer_id")])

for attempt in (1, 2):
    rows = [tuple(row) for row in cursor.execute(BY_CHANNEL.format("?"), "web")]
    check(f"reads with parameters, time {attempt}", rows, [("web", 30719)])
row = cursor.execute(
    "SELECT order_id, ordered_at, goods_value, is_gift FROM sales WHERE order_id = ? AND ordered_at < ? AND goods_value > ?",
    1,
    datetime.datetime(2024, 1, 2),
    decimal.Decimal("966.10"),
).fetchone()
# A boolean is text unless the driver's setting BoolsAsChar says otherwise.
check("parameters by type", tuple(row), (1, datetime.datetime(2024, 1, 1, 2, 8, 23), decimal.Decimal("966.11"), "0"))


def state(sql):
    """(SQLSTATE, text of the error)"""
    try:
        return ("an answer", str(cursor.execute(sql).fetchall()))
    except pyodbc.Error as error:
        return error.args


threading.Timer(1, cursor.cancel).start()
code, message = state(SLOW)
check("SQLCancel", (code, CANCELLED in message), ("57014", True))
check("the connection goes on", cursor.execute("SELECT 1").fetchval(), 1)
check("an error has its code", state("SELECT nothing FROM sales")[0], "42703")
check("nothing can be written", state("DELETE FROM sales")[0], "25006")
done()
