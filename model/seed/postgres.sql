-- What PostgreSQL needs beside demo.sql: indexes, statistics, and the role that semwire connects as. It may read the
-- schema shop and nothing else, so a mistake in semwire or in a model cannot write, and cannot read other schemas.
-- DuckDB, embedded, needs none of this.

CREATE INDEX ON shop.orders (tenant_id, ordered_at);
CREATE INDEX ON shop.orders (customer_id);
CREATE INDEX ON shop.order_items (order_id);
CREATE INDEX ON shop.order_items (product_id);
CREATE INDEX ON shop.customers (tenant_id);
CREATE INDEX ON shop.returns (order_id);
ANALYZE;

CREATE ROLE semwire LOGIN PASSWORD 'semwire-demo' CONNECTION LIMIT 40;
ALTER ROLE semwire SET default_transaction_read_only = on;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA shop TO semwire;
GRANT SELECT ON ALL TABLES IN SCHEMA shop TO semwire;
