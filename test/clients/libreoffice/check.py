"""LibreOffice Base's PostgreSQL driver: tables, columns, keys, a prepared statement, what its table window asks, cancel."""

import sys
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.sdbc import SQLException

from report import BY_CHANNEL, CANCELLED, COLUMNS, DATABASE, HOST, PORT, SLOW, TABLES, cancelling, check, done, token


def office(pipe):
    resolver = uno.getComponentContext().ServiceManager.createInstance("com.sun.star.bridge.UnoUrlResolver")
    for _ in range(240):
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            time.sleep(0.25)
    raise SystemExit("the office does not answer")


def rows(result, columns):
    found = []
    while result.next():
        found.append([result.getString(column) for column in columns])
    return found


def connect(driver, persona):
    properties = []
    for name, value in (("user", persona), ("password", token(persona))):
        one = PropertyValue()
        one.Name, one.Value = name, value
        properties.append(one)
    return driver.connect(URL, tuple(properties))


URL = f"sdbc:postgresql:host={HOST} port={PORT} dbname={DATABASE}"
context = office(sys.argv[1])
driver = context.ServiceManager.createInstanceWithContext("com.sun.star.sdbc.DriverManager", context).getDriverByURL(URL)
connection = connect(driver, "aurora_manager")
meta = connection.getMetaData()
print(f"{meta.getDriverName()} {meta.getDriverVersion()}, {meta.getDatabaseProductName()} {meta.getDatabaseProductVersion()}")

check("signs in with a token", meta.getUserName(), "aurora_manager")
tables = rows(meta.getTables(None, "public", "%", ("TABLE", "VIEW")), (3, 4))
check("lists the tables", sorted(tables), [[name, "TABLE"] for name in TABLES])
columns = {name: kind for name, kind in rows(meta.getColumns(None, "public", "sales", "%"), (4, 6))}
named = {"int4": "integer", "timestamp": "timestamp without time zone", "bool": "boolean", "int8": "bigint"}
found = {name: named.get(columns.get(name), columns.get(name)) for name in COLUMNS}
check("lists columns with their types", found, COLUMNS)
check("knows the key", rows(meta.getPrimaryKeys(None, "public", "sales"), (4,)), [["order_id"]])
keys = rows(meta.getImportedKeys(None, "public", "sales"), (3, 4, 8))
check("and what it refers to", keys, [["shoppers", "customer_id", "customer_id"]])

# Base's own list of tables, with columns and keys: the layer above.
definition = driver.getDataDefinitionByConnection(connection)
names = [name for name in definition.getTables().getElementNames() if name.startswith("public.")]
check("Base lists the tables", sorted(names), [f"public.{name}" for name in TABLES])
sales = definition.getTables().getByName("public.sales")
check("Base lists the columns", set(COLUMNS) <= set(sales.getColumns().getElementNames()), True)
keys = sales.getKeys().createEnumeration()
found = {}
while keys.hasMoreElements():
    key = keys.nextElement()
    found[key.Type] = [key.ReferencedTable, list(key.getColumns().getElementNames())]
# Type 2 is what it makes of NOT NULL, which PostgreSQL 18 lists among the constraints.
check("Base lists the primary key", found.get(1), [None, ["order_id"]])
check("Base lists the foreign key", found.get(3), ["public.shoppers", ["customer_id"]])

statement = connection.prepareStatement(BY_CHANNEL.format("?"))
statement.setString(1, "web")
check("reads with parameters", rows(statement.executeQuery(), (1, 2)), [["web", "30719"]])
result = connection.createStatement().executeQuery("SELECT order_id, ordered_at, goods_value, is_gift FROM sales WHERE order_id = 1")
result.next()
at = result.getTimestamp(2)
check(
    "values by type",
    (result.getInt(1), (at.Year, at.Month, at.Day, at.Hours, at.Minutes), result.getDouble(3), result.getBoolean(4)),
    (1, (2024, 1, 1, 2, 8), 966.11, False),
)


def failure(statement, sql):
    try:
        return f"an answer: {rows(statement.executeQuery(sql), (1,))}"
    except SQLException as error:
        return error.Message


found = failure(connection.createStatement(), "SELECT nothing FROM sales")
check("an error has its text", 'column "nothing" does not exist' in found, True)
# A statement of this driver has no cancel() (com.sun.star.util.XCancellable): another session cancels it.
slow = connection.createStatement()
check("has no call that cancels", hasattr(slow, "cancel"), False)
[[pid]] = rows(connection.createStatement().executeQuery("SELECT pg_backend_pid()"), (1,))
with cancelling(pid):
    found = failure(slow, SLOW)
check("is cancelled", CANCELLED in found, True)
check("the connection goes on", rows(connection.createStatement().executeQuery("SELECT 1"), (1,)), [["1"]])
connection.close()

support = connect(driver, "aurora_support")
tables = rows(support.getMetaData().getTables(None, "public", "%", ("TABLE",)), (3,))
check("shows support its own tables alone", sorted(tables), [[name] for name in TABLES if name != "returns"])
support.close()
context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context).terminate()
done()
