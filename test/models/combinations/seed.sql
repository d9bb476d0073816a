CREATE TABLE shops (id integer, name varchar, region varchar);
INSERT INTO shops VALUES (1, 'Hill', 'north'), (2, 'Dock', 'south'), (3, 'Gate', 'north');
CREATE TABLE orders (id integer, tenant varchar, shop integer, clerk varchar, status varchar, amount integer, note varchar);
INSERT INTO orders VALUES
  (1, 'red', 1, 'ann', 'open', 10, 'n1'),
  (2, 'red', 2, 'bob', 'done', 20, 'n2'),
  (3, 'red', 1, 'bob', 'void', 30, NULL),
  (4, 'blue', 1, 'cyd', 'open', 40, 'n4'),
  (5, 'blue', 3, 'cyd', 'done', 50, 'n5'),
  (6, 'red', NULL, 'ann', 'open', 60, 'n6'),
  (7, NULL, 2, 'dan', 'open', 70, NULL);
CREATE TABLE refunds (id integer, order_id integer, amount integer);
INSERT INTO refunds VALUES (1, 1, 5), (2, 1, 3), (3, 4, 40), (4, 2, 1);
CREATE TABLE wages (id integer, clerk varchar, wage integer);
INSERT INTO wages VALUES (1, 'ann', 1000), (2, 'bob', 2000);
CREATE TABLE products (id integer, kind varchar, price integer);
INSERT INTO products VALUES (1, 'toy', 5), (2, 'toy', 500), (3, 'tool', 50), (4, NULL, 7);
