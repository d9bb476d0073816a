CREATE SCHEMA acme;
CREATE SCHEMA globex;
CREATE TABLE acme.orders (id integer, amount integer);
CREATE TABLE acme.refunds (id integer, amount integer);
CREATE TABLE globex.orders (id integer, amount numeric(10,2));
CREATE TABLE globex.refunds (id integer, amount integer);
INSERT INTO acme.orders VALUES (1, 10), (2, 20);
INSERT INTO acme.refunds VALUES (1, 5);
INSERT INTO globex.orders VALUES (1, 300.50);
