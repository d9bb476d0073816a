-- Orders with two to-many branches: few enough rows to count by eye. Order 5 has no customer, 4 and 5 have no lines.
CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL, age integer);
INSERT INTO customers VALUES (1, 'Ann', 30), (2, 'Bob', 50), (3, 'Cy', NULL);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer, status text, amount numeric(10,2), placed_at timestamp);
INSERT INTO orders VALUES
  (1, 1, 'open', 10.00, '2025-01-05 08:00:00'),
  (2, 1, 'open', 20.00, '2025-01-20 23:30:00'),
  (3, 2, 'paid', 30.00, '2025-02-10 12:00:00'),
  (4, 3, 'paid', NULL, '2025-02-28 00:00:00'),
  (5, NULL, NULL, 5.50, NULL);
CREATE TABLE lines (id integer PRIMARY KEY, order_id integer, product text, quantity integer);
INSERT INTO lines VALUES
  (1, 1, 'apple', 1), (2, 1, 'pear', 2),
  (3, 2, 'apple', 3), (4, 2, 'apple', 4), (5, 2, 'fig', 5),
  (6, 3, 'pear', 6), (7, 3, 'pear', 6);
CREATE TABLE payments (id integer PRIMARY KEY, order_id integer, paid numeric(10,2));
INSERT INTO payments VALUES (1, 1, 4.00), (2, 1, 6.00), (3, 3, 30.00), (4, 5, 5.50);
