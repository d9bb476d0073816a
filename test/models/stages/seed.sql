-- Orders of fourteen months, with gaps: few enough to count by eye. Statuses and cities may be unknown.
CREATE TABLE customers (id integer PRIMARY KEY, city text, tier text NOT NULL);
INSERT INTO customers VALUES (1, 'Oslo', 'gold'), (2, 'Wien', 'basic'), (3, NULL, 'basic');

CREATE TABLE orders (
  id integer PRIMARY KEY, customer_id integer, status text, channel text NOT NULL, amount numeric(10,2),
  placed_at timestamp NOT NULL, due_on date
);
INSERT INTO orders VALUES
  (1, 1, 'open', 'web',  10.00, '2024-01-05 08:00:00', '2024-01-10'),
  (2, 1, 'paid', 'web',  20.00, '2024-01-20 23:30:00', '2024-02-01'),
  (3, 2, 'paid', 'shop', 30.00, '2024-02-10 12:00:00', '2024-02-10'),
  (4, 3, NULL,   'shop',  5.00, '2024-02-29 23:59:59', NULL),
  (5, 2, 'open', 'web',  40.00, '2024-04-01 00:00:00', '2024-04-30'),
  (6, 1, 'paid', 'shop', 50.00, '2024-04-15 10:00:00', '2024-05-01'),
  (7, NULL, 'open', 'web', 7.00, '2024-04-30 23:59:59', '2024-05-02'),
  (8, 3, 'paid', 'web',  NULL,  '2024-12-31 12:00:00', '2025-01-01'),
  (9, 1, 'paid', 'shop', 60.00, '2025-01-02 09:00:00', '2025-01-31'),
  (10, 2, 'open', 'web', 70.00, '2025-01-31 18:00:00', '2025-02-10'),
  (11, 2, NULL,  'web',   8.00, '2025-02-28 07:00:00', '2025-02-28');

-- Lines repeat orders. Orders 4 and 8 have none.
CREATE TABLE lines (id integer PRIMARY KEY, order_id integer NOT NULL, product text NOT NULL, quantity integer NOT NULL);
INSERT INTO lines VALUES
  (1, 1, 'apple', 1), (2, 1, 'pear', 2), (3, 2, 'apple', 3), (4, 3, 'pear', 4), (5, 3, 'fig', 5), (6, 5, 'apple', 6),
  (7, 6, 'fig', 7), (8, 7, 'pear', 8), (9, 9, 'apple', 9), (10, 10, 'apple', 10), (11, 10, 'pear', 11), (12, 11, 'fig', 12);

-- What was planned for a month.
CREATE TABLE plans (month date PRIMARY KEY, planned numeric(10,2) NOT NULL);
INSERT INTO plans VALUES ('2024-01-01', 25.00), ('2024-02-01', 30.00), ('2024-03-01', 35.00), ('2025-01-01', 100.00);
