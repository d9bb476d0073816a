CREATE TABLE shops (id integer PRIMARY KEY, name text, chain text, manager text);
INSERT INTO shops VALUES (1, 'Dock', 'red', 'ann'), (2, 'Gate', 'red', 'bob'), (3, 'Hill', 'blue', 'ann');
CREATE TABLE sales (id integer PRIMARY KEY, sold_at timestamp, country text, city text, code text, paid boolean,
  amount numeric(10,2), clerk text, shop integer);
INSERT INTO sales VALUES
  (1, '2009-12-31 23:59:59', 'sk', 'Bratislava', 'a-b', TRUE, 10.00, 'ann', 1),
  (2, '2010-01-01 00:00:00', 'sk', 'Kosice', 'a', FALSE, 20.00, 'bob', 2),
  (3, '2010-06-15 12:00:00', 'us', 'Boston', 'b', TRUE, 30.00, 'ann', 3),
  (4, '2010-06-16 00:00:00', 'us', NULL, 'a:b', NULL, 40.00, 'bob', 1),
  (5, '2011-02-28 08:00:00', NULL, NULL, '', TRUE, -5.00, NULL, 2),
  (6, '2012-07-04 09:30:00', 'de', 'Bonn', 'a|b', FALSE, 60.00, 'cyd', NULL),
  (7, '2012-12-31 23:59:59', 'sk', 'Bratislava', 'a,b', TRUE, 70.00, 'cyd', 3),
  (8, '2013-01-01 00:00:00', 'us', 'Austin', '__null__', TRUE, 80.00, 'ann', 1),
  (9, NULL, 'de', 'Ulm', NULL, FALSE, 90.00, 'bob', 2);
CREATE TABLE items (id integer PRIMARY KEY, sale integer, product text, pieces integer);
INSERT INTO items VALUES (1, 1, 'nail', 100), (2, 1, 'nut', 50), (3, 2, 'nail', 10), (4, 3, 'saw', 1),
  (5, 7, 'nail', 7), (6, 7, 'nut', 8), (7, 8, 'saw', 2);
CREATE TABLE wages (id integer PRIMARY KEY, clerk text, wage integer);
INSERT INTO wages VALUES (1, 'ann', 100), (2, 'bob', 200), (3, 'cyd', 300);
