-- The shop in the warehouse; both warehouses read this.
CREATE SCHEMA shop;
CREATE TABLE shop.customers (id integer PRIMARY KEY, name text, joined_at timestamp with time zone);
INSERT INTO shop.customers VALUES (1, 'Ann', '2024-01-02 03:04:05+00'), (2, 'Bob', '2024-02-03 04:05:06+00');
CREATE TABLE shop.products (id bigint PRIMARY KEY, sku text, weight double precision, listed_at timestamp);
INSERT INTO shop.products VALUES (1, 'T-1', 0.25, '2023-12-01 00:00:00'), (2, 'T-2', NULL, '2023-12-02 12:00:00');
CREATE TABLE shop.orders (
  id integer PRIMARY KEY, customer_id integer, product_id bigint, status text, ordered_on date, total numeric(10,2),
  paid boolean
);
INSERT INTO shop.orders VALUES
  (1, 1, 1, 'new', '2024-03-01', 120.00, false),
  (2, 1, 2, 'shipped', '2024-03-02', 19.90, true),
  (3, 2, 1, NULL, '2024-03-02', NULL, NULL);
