-- Small tables for recorded statements of BI tools; both warehouses read this.
CREATE TABLE number_cube (id integer PRIMARY KEY, some_number numeric(10,2));
INSERT INTO number_cube VALUES (1, 10.50), (2, 20.25), (3, 3.75), (4, NULL);

CREATE TABLE log_lines (id integer PRIMARY KEY, read boolean, content text, agent text);
INSERT INTO log_lines VALUES (1, true, 'alpha', 'curl'), (2, false, 'beta', 'curl'), (3, NULL, 'gamma', 'wget'), (4, true, NULL, NULL);

CREATE TABLE kibana (
  id integer PRIMARY KEY, order_date timestamp, last_mod timestamp, customer_gender text, notes text,
  taxful_total_price numeric(10,2), has_subscription boolean, log_id integer
);
INSERT INTO kibana VALUES
  (1, '2019-11-30 08:15:00', '2022-05-20 10:10:10', NULL, 'bar1', 100.00, false, 2),
  (2, '2022-05-20 10:10:10', '2025-01-15 18:45:00', 'unknown', '1', 1.10, NULL, 3),
  (3, '2024-02-29 06:30:00', '2019-05-05 23:59:59', 'male', '2', 1.00, true, 4),
  (4, NULL, '2022-05-20 10:10:10', 'female', 'foo15', 55.50, false, NULL),
  (5, '2019-09-09 00:00:00', '2025-01-15 18:45:00', 'female', NULL, 123.23, NULL, 9),
  (6, '2022-01-09 09:09:09', '2019-05-05 23:59:59', 'unknown', '5', NULL, true, 1),
  (7, '2023-12-31 23:30:00', '2022-05-20 10:10:10', 'male', 'zed', 9.99, false, 2),
  (8, '2025-04-01 04:05:06', '2025-01-15 18:45:00', 'female', 'foo1', 77.00, NULL, 3),
  (9, '2019-05-05 23:59:59', '2019-05-05 23:59:59', NULL, 'bar1', 12.34, true, 4),
  (10, '2021-09-01 12:00:00', '2022-05-20 10:10:10', 'female', '1', 100.00, false, NULL),
  (11, '2023-03-05 14:00:00', '2025-01-15 18:45:00', 'male', '2', 1.10, NULL, 9),
  (12, '2025-02-28 22:22:22', '2019-05-05 23:59:59', 'female', 'foo15', 1.00, true, 1),
  (13, '2019-02-03 00:00:00', '2022-05-20 10:10:10', NULL, NULL, 55.50, false, 2),
  (14, '2021-06-30 00:00:00', '2025-01-15 18:45:00', 'unknown', '5', 123.23, NULL, 3),
  (15, '2022-09-20 00:00:00', '2019-05-05 23:59:59', 'female', 'zed', NULL, true, 4),
  (16, '2025-01-15 18:45:00', '2022-05-20 10:10:10', 'female', 'foo1', 9.99, false, NULL),
  (17, '2019-01-17 15:25:48', '2025-01-15 18:45:00', NULL, 'bar1', 77.00, NULL, 9),
  (18, '2021-05-16 01:02:03', '2019-05-05 23:59:59', 'unknown', '1', 12.34, true, 1),
  (19, '2022-06-20 11:30:00', '2022-05-20 10:10:10', 'male', '2', 100.00, false, 2),
  (20, '2024-07-07 07:07:07', '2025-01-15 18:45:00', 'female', 'foo15', 1.10, NULL, 3),
  (21, '2013-05-30 10:00:00', '2019-05-05 23:59:59', NULL, NULL, 1.00, true, 4),
  (22, '2019-11-30 08:15:00', '2022-05-20 10:10:10', 'unknown', '5', 55.50, false, NULL),
  (23, '2022-05-20 10:10:10', '2025-01-15 18:45:00', 'male', 'zed', 123.23, NULL, 9),
  (24, '2024-02-29 06:30:00', '2019-05-05 23:59:59', 'female', 'foo1', NULL, true, 1),
  (25, NULL, '2022-05-20 10:10:10', 'female', 'bar1', 9.99, false, 2),
  (26, '2019-09-09 00:00:00', '2025-01-15 18:45:00', 'unknown', '1', 77.00, NULL, 3),
  (27, '2022-01-09 09:09:09', '2019-05-05 23:59:59', 'male', '2', 12.34, true, 4),
  (28, '2023-12-31 23:30:00', '2022-05-20 10:10:10', 'female', 'foo15', 100.00, false, NULL),
  (29, '2025-04-01 04:05:06', '2025-01-15 18:45:00', NULL, NULL, 1.10, NULL, 9),
  (30, '2019-05-05 23:59:59', '2019-05-05 23:59:59', 'female', '5', 1.00, true, 1),
  (31, '2021-09-01 12:00:00', '2022-05-20 10:10:10', 'male', 'zed', 55.50, false, 2),
  (32, '2023-03-05 14:00:00', '2025-01-15 18:45:00', 'female', 'foo1', 123.23, NULL, 3);

CREATE TABLE sales (
  row_id integer PRIMARY KEY, order_id text, order_date timestamp, completed_date timestamp, customer_id text,
  customer_name text, city text, category text, product_name text, status text, sales numeric(10,2), quantity integer
);
INSERT INTO sales VALUES
  (1, 'o1', '2020-02-02 01:00:00', '2020-02-03 12:00:00', 'c3', 'Bob', 'Wien', 'Tools', 'hammer', 'processed', 37.25, 2),
  (2, 'o1', '2020-03-03 02:00:00', '2020-03-04 12:00:00', 'c0', 'Eve', 'Rome', 'Tea', 'black tea', 'shipped', 74.50, 3),
  (3, 'o2', '2020-04-04 03:00:00', '2020-04-05 12:00:00', 'c3', 'Dan', 'Oslo', 'Tools', 'saw', 'new', 10.75, 4),
  (4, 'o2', '2020-05-05 04:00:00', '2020-05-06 12:00:00', 'c0', 'Eve', 'Wien', 'Tea', 'mate', 'processed', 48.00, 1),
  (5, 'o3', '2020-06-06 05:00:00', '2020-06-07 12:00:00', 'c3', 'Bob', 'Rome', 'Tools', 'green tea', 'shipped', 85.25, 2),
  (6, 'o3', '2020-07-07 06:00:00', '2020-07-08 12:00:00', 'c0', 'Ann', 'Oslo', 'Tea', 'hammer', 'new', 21.50, 3),
  (7, 'o4', '2020-08-08 07:00:00', NULL, 'c3', 'Bob', 'Wien', 'Tools', 'black tea', 'processed', 58.75, 4),
  (8, 'o4', '2020-09-09 08:00:00', '2020-09-10 12:00:00', 'c0', 'Eve', 'Rome', 'Tea', 'saw', 'shipped', 96.00, 1),
  (9, 'o5', '2020-10-10 09:00:00', '2020-10-11 12:00:00', 'c3', 'Dan', 'Oslo', 'Tools', 'mate', 'new', 32.25, 2),
  (10, 'o5', '2020-11-11 00:00:00', '2020-11-12 12:00:00', 'c0', 'Eve', 'Wien', 'Tea', 'green tea', 'processed', 69.50, 3),
  (11, 'o6', '2020-12-12 01:00:00', '2020-12-13 12:00:00', 'c3', 'Bob', 'Rome', 'Tools', 'hammer', 'shipped', 5.75, 4),
  (12, 'o6', '2020-01-13 02:00:00', '2020-01-14 12:00:00', 'c0', 'Ann', 'Oslo', 'Tea', 'black tea', 'new', 43.00, 1),
  (13, 'o7', '2020-02-14 03:00:00', '2020-02-15 12:00:00', 'c3', 'Bob', 'Wien', 'Tools', 'saw', 'processed', 80.25, 2),
  (14, 'o7', '2020-03-15 04:00:00', NULL, 'c0', 'Eve', 'Rome', 'Tea', 'mate', 'shipped', 16.50, 3),
  (15, 'o8', '2020-04-16 05:00:00', '2020-04-17 12:00:00', 'c3', 'Dan', 'Oslo', 'Tools', 'green tea', 'new', 53.75, 4),
  (16, 'o8', '2020-05-17 06:00:00', '2020-05-18 12:00:00', 'c0', 'Eve', 'Wien', 'Tea', 'hammer', 'processed', 91.00, 1),
  (17, 'o9', '2020-06-18 07:00:00', '2020-06-19 12:00:00', 'c3', 'Bob', 'Rome', 'Tools', 'black tea', 'shipped', 27.25, 2),
  (18, 'o9', '2020-07-19 08:00:00', '2020-07-20 12:00:00', 'c0', 'Ann', 'Oslo', 'Tea', 'saw', 'new', 64.50, 3),
  (19, 'o10', '2020-08-20 09:00:00', '2020-08-21 12:00:00', 'c3', 'Bob', 'Wien', 'Tools', 'mate', 'processed', 101.75, 4),
  (20, 'o10', '2020-09-21 00:00:00', '2020-09-22 12:00:00', 'c0', 'Eve', 'Rome', 'Tea', 'green tea', 'shipped', 38.00, 1);

CREATE TABLE wide (id integer PRIMARY KEY, kind text, n integer);
INSERT INTO wide VALUES (1, 'Jewelry', 1), (2, 'Jewelry', 5), (3, 'Tools', 7), (4, NULL, NULL);

CREATE TABLE multi_type (id integer PRIMARY KEY, n integer, s0 text, s1 text, s2 text, d timestamp);
INSERT INTO multi_type VALUES
  (1, 2, 'b', 'Lima Lima Uniform', 'epsilon', '2022-05-11 11:00:00'),
  (2, 4, NULL, 'Lima Lima Uniform', NULL, '2022-06-12 12:00:00'),
  (3, 6, 'a', 'Lima Lima Uniform', 'alpha', '2022-04-13 13:00:00'),
  (4, 8, 'b', 'Other', 'epsilon', '2022-05-14 14:00:00'),
  (5, NULL, NULL, 'Lima Lima Uniform', NULL, '2022-06-15 15:00:00'),
  (6, 12, 'a', 'Lima Lima Uniform', 'alpha', '2022-04-16 16:00:00'),
  (7, 14, 'b', 'Lima Lima Uniform', 'epsilon', '2022-05-17 17:00:00'),
  (8, 16, NULL, 'Other', NULL, '2022-06-18 18:00:00'),
  (9, 18, 'a', 'Lima Lima Uniform', 'alpha', '2022-04-19 19:00:00'),
  (10, 20, 'b', 'Lima Lima Uniform', 'epsilon', '2022-05-20 10:00:00'),
  (11, 22, NULL, 'Lima Lima Uniform', NULL, '2022-06-21 11:00:00'),
  (12, 24, 'a', 'Other', 'alpha', '2022-04-22 12:00:00');
