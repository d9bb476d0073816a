CREATE TABLE customers (id integer PRIMARY KEY, email text, region text, phone integer, born date, vip boolean);
INSERT INTO customers VALUES
  (1, 'ann@corp.example', 'north', 111, '1990-01-01', TRUE),
  (2, 'bob@corp.example', 'north', 222, '1991-02-02', FALSE),
  (3, 'cyd@home.example', 'south', 333, '1992-03-03', TRUE),
  (4, 'dan@home.example', 'south', 444, NULL, NULL);
CREATE TABLE orders (id integer PRIMARY KEY, customer integer, status text, amount numeric(10,2), code integer, sold_at timestamp);
INSERT INTO orders VALUES
  (1, 1, 'open', 10.00, 7, '2024-01-01 10:00:00'),
  (2, 1, 'done', 20.00, 8, '2024-01-02 10:00:00'),
  (3, 2, 'open', 30.00, 9, '2024-02-01 10:00:00'),
  (4, 3, 'open', 40.00, 7, '2024-02-02 10:00:00'),
  (5, 4, 'done', 50.00, 8, '2024-03-01 10:00:00'),
  (6, NULL, 'open', 60.00, 9, NULL);
