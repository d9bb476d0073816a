CREATE TABLE people (id integer PRIMARY KEY, name text, tenant text);
INSERT INTO people VALUES (1, 'ann', 'red'), (2, 'bob', 'red'), (3, 'cyd', 'blue'), (4, 'dan', NULL);
CREATE TABLE orders (id integer PRIMARY KEY, buyer integer, seller integer, status text, amount integer, sold_at timestamp, day date);
INSERT INTO orders VALUES
  (1, 1, 2, 'open', 10, '2024-02-28 23:59:59', '2024-02-28'),
  (2, 1, 3, 'done', 20, '2024-02-29 00:00:00', '2024-02-29'),
  (3, 2, 1, 'Open', 30, '2024-02-29 23:59:59.5', '2024-02-29'),
  (4, 3, 4, NULL, 40, '2024-03-01 00:00:00', '2024-03-01'),
  (5, NULL, 1, '100%', 50, NULL, NULL),
  (6, 4, 3, 'o_en', NULL, '2024-03-02 12:00:00', '2024-03-02');
CREATE TABLE items (id integer PRIMARY KEY, order_id integer, product text);
INSERT INTO items VALUES (1, 1, 'nail'), (2, 1, 'saw'), (3, 3, 'nail'), (4, 4, 'nail'), (5, 6, 'saw');
CREATE TABLE logs (id integer PRIMARY KEY, line text);
INSERT INTO logs VALUES (1, 'first'), (2, 'second');
