-- What semwire shows of the shop, by ordinary statements, in a PostgreSQL of its own: the judge of recorded questions to
-- the catalog. Tables without rows, since such questions read none. It runs as a superuser in the database semwire.
CREATE TABLE customers (
  id integer, name text, joined_at timestamp with time zone, customer_count bigint, PRIMARY KEY (id)
);
COMMENT ON TABLE customers IS 'Customers: Who has ordered';
COMMENT ON COLUMN customers.name IS 'Full name';
COMMENT ON COLUMN customers.customer_count IS 'Customers (measure: count)';

CREATE TABLE products (
  id bigint, sku text, weight double precision, listed_at timestamp, product_count bigint, PRIMARY KEY (id)
);
COMMENT ON COLUMN products.product_count IS '(measure: count)';

CREATE TABLE orders (
  id integer, customer_id integer REFERENCES customers, product_id bigint REFERENCES products, status text,
  ordered_on date, total numeric(10,2), paid boolean, order_count bigint, largest numeric(10,2), large boolean,
  PRIMARY KEY (id)
);
COMMENT ON TABLE orders IS 'Orders: One row an order';
COMMENT ON COLUMN orders.id IS 'Order number';
COMMENT ON COLUMN orders.total IS 'Total: Net of tax';
COMMENT ON COLUMN orders.order_count IS '(measure: count)';
COMMENT ON COLUMN orders.largest IS 'Largest order (measure: max)';
COMMENT ON COLUMN orders.large IS '(segment)';

-- What every server of semwire has beside the model's tables (contract, section 4).
CREATE SCHEMA semwire;
COMMENT ON SCHEMA semwire IS 'What this server tells of itself';
CREATE TABLE semwire.members ("table" text, "column" text, kind text, type text, title text, description text, format text);
COMMENT ON TABLE semwire.members IS 'Every column of every table that you see, with its meaning';
CREATE VIEW semwire.whoami AS
  SELECT NULL::text AS "user", NULL::text AS subject, NULL::text AS persona, NULL::jsonb AS context,
    NULL::timestamp with time zone AS expires_at;
COMMENT ON VIEW semwire.whoami IS 'Who you are to this server, and until when';
COMMENT ON COLUMN semwire.members."table" IS 'Table in the schema public';
COMMENT ON COLUMN semwire.members."column" IS 'Column of the table';
COMMENT ON COLUMN semwire.members.kind IS 'dimension, measure or segment';
COMMENT ON COLUMN semwire.members.type IS 'Type of its values';
COMMENT ON COLUMN semwire.members.title IS 'Title in the model';
COMMENT ON COLUMN semwire.members.description IS 'Description in the model';
COMMENT ON COLUMN semwire.members.format IS 'How the model wants it shown';
COMMENT ON COLUMN semwire.whoami."user" IS 'Name that the session goes by: current_user';
COMMENT ON COLUMN semwire.whoami.subject IS 'Who signed in, as verified';
COMMENT ON COLUMN semwire.whoami.persona IS 'As whom the session acts; NULL for itself';
COMMENT ON COLUMN semwire.whoami.context IS 'Claims that policies and models read, without secrets';
COMMENT ON COLUMN semwire.whoami.expires_at IS 'When the session ends';
COMMENT ON DATABASE postgres IS NULL;
-- As whom current_setting() reads: no other role's name can begin so.
CREATE ROLE semwire_reader;
UPDATE pg_authid SET rolname = 'pg_semwire_reader' WHERE rolname = 'semwire_reader';

-- The user that asks: no superuser, owner of nothing, may read.
CREATE ROLE analyst LOGIN;
GRANT SELECT, REFERENCES ON ALL TABLES IN SCHEMA public TO analyst;
GRANT USAGE ON SCHEMA semwire TO analyst;
GRANT SELECT ON ALL TABLES IN SCHEMA semwire TO analyst;
