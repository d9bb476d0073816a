-- Three customers, five orders, seven lines: few enough to count by eye.
CREATE TABLE cities (id integer PRIMARY KEY, name text NOT NULL, country text NOT NULL);
INSERT INTO cities VALUES (1, 'Oslo', 'NO'), (2, 'Bergen', 'NO'), (3, 'Wien', 'AT');

CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL, age integer, city_id integer);
INSERT INTO customers VALUES (1, 'Ann', 30, 1), (2, 'Bob', 50, 3), (3, 'Cy', NULL, NULL);

-- Order 5 has no customer. Orders 4 and 5 have no lines.
CREATE TABLE orders (
  id integer PRIMARY KEY, customer_id integer, status text NOT NULL, amount numeric(10,2), placed_at timestamp NOT NULL
);
INSERT INTO orders VALUES
  (1, 1, 'open',   10.00, '2025-01-05 08:00:00'),
  (2, 1, 'open',   20.00, '2025-01-20 23:30:00'),
  (3, 2, 'paid',   30.00, '2025-02-10 12:00:00'),
  (4, 3, 'paid',   NULL,  '2025-02-28 00:00:00'),
  (5, NULL, 'void', 5.50, '2025-03-01 06:15:00');

CREATE TABLE lines (id integer PRIMARY KEY, order_id integer NOT NULL, product text NOT NULL, quantity integer NOT NULL);
INSERT INTO lines VALUES
  (1, 1, 'apple', 1), (2, 1, 'pear', 2),
  (3, 2, 'apple', 3), (4, 2, 'apple', 4), (5, 2, 'fig', 5),
  (6, 3, 'pear', 6), (7, 3, 'pear', 6);

-- Payments hang on orders, beside the lines: a second to-many path.
CREATE TABLE payments (id integer PRIMARY KEY, order_id integer NOT NULL, paid numeric(10,2) NOT NULL);
INSERT INTO payments VALUES (1, 1, 4.00), (2, 1, 6.00), (3, 3, 30.00), (4, 5, 5.50);
