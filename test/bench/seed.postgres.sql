CREATE TABLE small AS SELECT i AS id, i * 1.5::numeric(12,2) AS amount FROM generate_series(1, 200) i;
CREATE TABLE customers AS
  SELECT i AS id, 'region ' || i % 12 AS region, (ARRAY['free', 'pro', 'enterprise'])[1 + i % 3] AS segment
  FROM generate_series(1, 2000) i;
ALTER TABLE customers ADD PRIMARY KEY (id);
CREATE TABLE sales AS
  SELECT i AS id, 1 + i % 2000 AS customer_id, (i % 1000)::numeric(12,2) AS amount,
    timestamp '2024-01-01' + i * interval '3 minutes' AS created_at
  FROM generate_series(1, 20000) i;
ALTER TABLE sales ADD PRIMARY KEY (id);
CREATE INDEX ON sales (created_at);
CREATE TABLE big AS
  SELECT i AS id, i::bigint * 1000003 AS code, (i % 100000 / 7.0)::numeric(12,2) AS price, i % 50 AS quantity,
    timestamp '2020-01-01' + i * interval '1 minute' AS sold_at, ('customer ' || i % 10000)::varchar AS customer,
    (ARRAY['Bergen', 'Ljubljana', 'Copenhagen', 'Graz'])[1 + i % 4]::varchar AS city, date '2020-01-01' + i % 2000 AS due
  FROM generate_series(1, 1000000) i;
CREATE TABLE purchases AS
  SELECT i AS id, 1 + i % 2000 AS customer_id, (ARRAY['open', 'paid', 'shipped', 'returned', 'void'])[1 + i % 5] AS status,
    (i % 1000)::numeric(12,2) AS amount
  FROM generate_series(1, 100000) i;
ALTER TABLE purchases ADD PRIMARY KEY (id);
CREATE TABLE purchase_lines AS
  SELECT i AS id, 1 + i % 100000 AS purchase_id, 'category ' || i % 12 AS category, 1 + i % 7 AS quantity
  FROM generate_series(1, 300000) i;
ALTER TABLE purchase_lines ADD PRIMARY KEY (id);
CREATE INDEX ON purchase_lines (purchase_id);
VACUUM ANALYZE;
