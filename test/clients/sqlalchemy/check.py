"""SQLAlchemy: inspect, reflection of tables and keys, autoload, queries over reflected tables, cancel."""

import decimal
import threading

import sqlalchemy
from sqlalchemy import MetaData, Table, func, inspect, select, text
from sqlalchemy.engine import URL

from report import CANCELLED, DATABASE, HOST, PORT, SLOW, TABLES, check, done, token

print(f"SQLAlchemy {sqlalchemy.__version__}")
url = URL.create("postgresql+psycopg2", "aurora_manager", token(), HOST, PORT, DATABASE)
engine = sqlalchemy.create_engine(url, future=True)
inspector = inspect(engine)
check("lists the schemas", "public" in inspector.get_schema_names(), True)
check("lists the tables", sorted(inspector.get_table_names()), TABLES)
check("lists the views", inspector.get_view_names(), [])
columns = {column["name"]: column for column in inspector.get_columns("sales")}
check(
    "lists columns with their types",
    [str(columns[name]["type"]) for name in ("order_id", "ordered_at", "goods_value", "is_gift", "order_count")],
    ["INTEGER", "TIMESTAMP", "NUMERIC(12, 2)", "BOOLEAN", "BIGINT"],
)
check("knows what may be null", (columns["order_id"]["nullable"], columns["note"]["nullable"]), (False, True))
check("knows the comments", columns["revenue"]["comment"].endswith("(measure: sum)"), True)
primary = {name: inspector.get_pk_constraint(name)["constrained_columns"] for name in TABLES}
check("knows the keys", primary, {"baskets": [], "returns": ["id"], "sales": ["order_id"], "shoppers": ["customer_id"]})


def references(table):
    return [
        (key["name"], key["constrained_columns"], key["referred_table"], key["referred_columns"])
        for key in inspector.get_foreign_keys(table)
    ]


check("knows the foreign key of sales", references("sales"), [("sales_customer_id_fkey", ["customer_id"], "shoppers", ["customer_id"])])
check("and of returns", references("returns"), [("returns_order_id_fkey", ["order_id"], "sales", ["order_id"])])
check("and that others have none", [references("shoppers"), references("baskets")], [[], []])
check("knows no other index", inspector.get_indexes("sales"), [])
check("knows the table's comment", inspector.get_table_comment("sales")["text"].startswith("Sales"), True)

metadata = MetaData()
metadata.reflect(bind=engine)
check("reflects everything", sorted(metadata.tables), TABLES)
returns, reflected = metadata.tables["returns"], metadata.tables["sales"]
check("reflects the keys", [column.name for column in reflected.primary_key], ["order_id"])
check("and what they join", str(returns.join(reflected).onclause), "sales.order_id = returns.order_id")
sales = Table("sales", MetaData(), autoload_with=engine)
# Autoload follows the foreign key.
check("autoloads what it refers to", [key.column.table.name for key in sales.foreign_keys], ["shoppers"])
with engine.connect() as connection:
    rows = connection.execute(
        select(sales.c.channel, func.sum(sales.c.revenue).label("revenue"))
        .where(sales.c.status != "cancelled")
        .group_by(sales.c.channel)
        .having(func.sum(sales.c.revenue) > 2_000_000)
        .order_by(sqlalchemy.desc("revenue"))
        .limit(2)
    ).all()
    check(
        "asks for a measure by groups",
        rows,
        [("web", decimal.Decimal("16573922.90")), ("app", decimal.Decimal("10182911.23"))],
    )
    best = select(sales.c.channel).group_by(sales.c.channel).order_by(func.sum(sales.c.revenue).desc()).limit(1)
    found = connection.execute(
        select(func.count()).select_from(sales).where(sales.c.channel.in_(best.scalar_subquery()))
    ).scalar_one()
    check("a subquery with a limit", found, 30719)
    rows = connection.execute(
        select(reflected.c.channel, func.count())
        .select_from(returns.join(reflected))
        .where(returns.c.approved)
        .group_by(reflected.c.channel)
        .order_by(reflected.c.channel)
    ).all()
    check("joins by the foreign key", [channel for channel, _ in rows], ["app", "marketplace", "phone", "web"])
    check("text with parameters", connection.execute(text("SELECT :n + 1"), {"n": 41}).scalar_one(), 42)
with engine.connect() as connection:
    try:
        connection.execute(text("DELETE FROM sales"))
        check("nothing can be written", "written", "refused")
    except sqlalchemy.exc.DBAPIError as error:
        check("nothing can be written", error.orig.pgcode, "25006")
with engine.connect() as connection:
    # SQLAlchemy has no call for it: the driver's connection has.
    threading.Timer(1, connection.connection.dbapi_connection.cancel).start()
    try:
        connection.execute(text(SLOW))
        check("cancels", "an answer", "57014")
    except sqlalchemy.exc.DBAPIError as error:
        check("cancels", (error.orig.pgcode, error.orig.diag.message_primary), ("57014", CANCELLED))
        check("is still connected", error.connection_invalidated, False)
    connection.rollback()
    check("the connection goes on", connection.execute(text("SELECT 1")).scalar_one(), 1)
done()
