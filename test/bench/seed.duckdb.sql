CREATE TABLE small AS SELECT i::INT AS id, (i * 1.5)::DECIMAL(12,2) AS amount FROM range(1, 201) t(i);
CREATE TABLE customers AS
  SELECT i::INT AS id, 'region ' || i % 12 AS region, (['free', 'pro', 'enterprise'])[1 + i % 3] AS segment
  FROM range(1, 2001) t(i);
CREATE TABLE sales AS
  SELECT i::INT AS id, (1 + i % 2000)::INT AS customer_id, (i % 1000)::DECIMAL(12,2) AS amount,
    TIMESTAMP '2024-01-01' + to_minutes(i * 3) AS created_at
  FROM range(1, 20001) t(i);
CREATE TABLE big AS
  SELECT i::INT AS id, i * 1000003 AS code, (i % 100000 / 7.0)::DECIMAL(12,2) AS price, (i % 50)::INT AS quantity,
    TIMESTAMP '2020-01-01' + to_minutes(i) AS sold_at, 'customer ' || i % 10000 AS customer,
    (['Bergen', 'Ljubljana', 'Copenhagen', 'Graz'])[1 + i % 4] AS city, DATE '2020-01-01' + (i % 2000)::INT AS due
  FROM range(1, 1000001) t(i);
CREATE TABLE purchases AS
  SELECT i::INT AS id, (1 + i % 2000)::INT AS customer_id,
    (['open', 'paid', 'shipped', 'returned', 'void'])[1 + i % 5] AS status, (i % 1000)::DECIMAL(12,2) AS amount
  FROM range(1, 100001) t(i);
CREATE TABLE purchase_lines AS
  SELECT i::INT AS id, (1 + i % 100000)::INT AS purchase_id, 'category ' || i % 12 AS category,
    (1 + i % 7)::INT AS quantity
  FROM range(1, 300001) t(i);
