"""SQLAlchemy: inspect, reflection, autoload and queries over reflected tables."""

import decimal

import sqlalchemy
from sqlalchemy import MetaData, Table, func, inspect, select, text
from sqlalchemy.engine import URL

from report import DATABASE, HOST, PORT, TABLES, check, done, token

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
check("knows the key", inspector.get_pk_constraint("sales")["constrained_columns"], ["order_id"])
check("knows the foreign keys", isinstance(inspector.get_foreign_keys("sales"), list), True)
check("knows the indexes", isinstance(inspector.get_indexes("sales"), list), True)
check("knows the table's comment", inspector.get_table_comment("sales")["text"].startswith("Sales"), True)

metadata = MetaData()
metadata.reflect(bind=engine)
check("reflects everything", sorted(metadata.tables), TABLES)
sales = Table("sales", MetaData(), autoload_with=engine)
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
    check("text with parameters", connection.execute(text("SELECT :n + 1"), {"n": 41}).scalar_one(), 42)
with engine.connect() as connection:
    try:
        connection.execute(text("DELETE FROM sales"))
        check("nothing can be written", "written", "refused")
    except sqlalchemy.exc.DBAPIError as error:
        check("nothing can be written", error.orig.pgcode, "25006")
done()
