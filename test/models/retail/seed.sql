-- A small shop of three years: enough rows to have top customers, gaps in time and NULLs on every level.
CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL, segment text, region text, joined date NOT NULL);
INSERT INTO customers VALUES
  (1, 'Ada', 'Home', 'North', '2022-03-01'), (2, 'Ben', 'Office', 'South', '2022-07-15'),
  (3, 'Cleo', 'Home', 'South', '2023-01-10'), (4, 'Dora', 'Office', 'East', '2023-06-30'),
  (5, 'Emil', NULL, 'North', '2024-02-29'), (6, 'Fay', 'Home', NULL, '2024-08-08'),
  (7, 'Gus', 'Office', 'East', '2024-12-31');

CREATE TABLE products (id integer PRIMARY KEY, name text NOT NULL, category text);
INSERT INTO products VALUES
  (1, 'Desk', 'Furniture'), (2, 'Chair', 'Furniture'), (3, 'Pen', 'Supplies'), (4, 'Paper', 'Supplies'),
  (5, 'Lamp', 'Lighting'), (6, 'Mug', NULL);

-- Customer 7 has no orders; orders 8, 16 and 24 have no customer. Nothing was ordered in the summer of 2024.
CREATE TABLE orders (
  id integer PRIMARY KEY, customer_id integer, status text NOT NULL, ordered_at timestamp NOT NULL, paid boolean
);
INSERT INTO orders
SELECT
  i,
  CASE WHEN i % 8 = 0 THEN NULL ELSE 1 + (i * 5) % 6 END,
  CASE i % 4 WHEN 0 THEN 'open' WHEN 3 THEN 'returned' ELSE 'shipped' END,
  TIMESTAMP '2023-01-30 21:15:00' + i * INTERVAL '25 day' + i * INTERVAL '37 minute'
    + CASE WHEN i > 16 THEN INTERVAL '120 day' ELSE INTERVAL '0 day' END,
  CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN TRUE ELSE FALSE END
FROM generate_series(1, 28) AS g(i);

-- Orders 27 and 28 have no lines.
CREATE TABLE lines (
  id integer PRIMARY KEY, order_id integer NOT NULL, product_id integer NOT NULL,
  quantity integer NOT NULL, amount numeric(10,2)
);
INSERT INTO lines
SELECT
  i,
  1 + (i * 3) % 26,
  1 + (i * 7) % 6,
  1 + i % 5,
  CASE WHEN i % 11 = 0 THEN NULL ELSE CAST((i * 37) % 97 + i * 0.25 AS numeric(10,2)) END
FROM generate_series(1, 60) AS g(i);

-- What the view `sales` shows, joined by hand.
CREATE VIEW sold AS
SELECT
  l.id AS line_id, l.quantity, l.amount, o.id AS order_id, o.status, o.ordered_at, o.paid,
  c.id AS customer_id, c.name AS customer, c.segment, c.region, c.joined, p.name AS product, p.category
FROM lines l
LEFT JOIN orders o ON o.id = l.order_id
LEFT JOIN customers c ON c.id = o.customer_id
LEFT JOIN products p ON p.id = l.product_id;
