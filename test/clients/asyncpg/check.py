"""asyncpg: prepares everything, reads binary, introspects unknown types; cursors, cancel, a pool."""

import asyncio
import datetime
import decimal

import asyncpg

from report import BY_CHANNEL, CANCELLED, COLUMNS, DATABASE, HOST, PORT, SLOW, TABLES, check, done, token


async def main():
    print(f"asyncpg {asyncpg.__version__}")
    at = {"host": HOST, "port": PORT, "database": DATABASE, "user": "aurora_manager", "password": token()}
    connection = await asyncpg.connect(**at)
    check("signs in with a token", await connection.fetchval("SELECT current_user"), "aurora_manager")
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1", "public")
    check("lists the tables", [row["tablename"] for row in tables], TABLES)
    columns = await connection.fetch(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_name = $1 AND column_name = ANY($2::text[])",
        "sales",
        list(COLUMNS),
    )
    check("lists columns with their types", dict(tuple(row) for row in columns), COLUMNS)
    rows = await connection.fetch(BY_CHANNEL.format("$1"), "web")
    check("reads with parameters", [tuple(row) for row in rows], [("web", 30719)])
    row = await connection.fetchrow(
        "SELECT order_id, ordered_at, goods_value, is_gift FROM sales WHERE ordered_at >= $1 AND goods_value > $2"
        " ORDER BY order_id LIMIT 1",
        datetime.datetime(2024, 1, 1),
        decimal.Decimal("966.10"),
    )
    check(
        "binary values come as Python's own",
        tuple(row),
        (1, datetime.datetime(2024, 1, 1, 2, 8, 23), decimal.Decimal("966.11"), False),
    )
    statement = await connection.prepare("SELECT channel, revenue, order_count FROM sales")
    check(
        "describes a statement",
        [(each.name, each.type.name) for each in statement.get_attributes()],
        [("channel", "text"), ("revenue", "numeric"), ("order_count", "int8")],
    )
    async with connection.transaction():
        seen = 0
        async for _ in connection.cursor("SELECT order_id FROM sales WHERE order_id <= $1", 5000, prefetch=100):
            seen += 1
        check("a cursor reads page by page", seen, 2918)
    try:
        await asyncio.wait_for(connection.fetchval(SLOW), 0.5)
        check("cancels", "an answer", "a timeout")
    except asyncio.TimeoutError:
        check("cancels, and the connection goes on", await connection.fetchval("SELECT 1"), 1)
    # Of its own cancel it keeps the answer to itself; of another's it tells it.
    other = await asyncpg.connect(**at)
    running = asyncio.create_task(connection.fetchval(SLOW))
    await asyncio.sleep(0.5)
    check("cancels another session", await other.fetchval("SELECT pg_cancel_backend($1)", connection.get_server_pid()), True)
    await other.close()
    try:
        check("which is told", await running, "QueryCanceledError")
    except asyncpg.QueryCanceledError as error:
        check("which is told", error.message, CANCELLED)
    try:
        await connection.fetch("SELECT nothing FROM sales")
        check("an error has its code and position", "an answer", "UndefinedColumnError")
    except asyncpg.UndefinedColumnError as error:
        check("an error has its code and position", (error.sqlstate, error.position), ("42703", "8"))
    await connection.close()
    async with asyncpg.create_pool(**at, min_size=2, max_size=4) as pool:
        found = await asyncio.gather(*(pool.fetchval("SELECT $1::int + 1", n) for n in range(20)))
        check("a pool, whose connections are reset", found, list(range(1, 21)))
    done()


asyncio.run(main())
