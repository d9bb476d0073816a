CREATE SCHEMA "500";
CREATE SCHEMA acme;
CREATE TABLE "500".orders (id integer, amount integer);
CREATE TABLE acme.orders (id integer, amount numeric(10,2));
INSERT INTO "500".orders VALUES (1, 10), (2, 20);
INSERT INTO acme.orders VALUES (7, 70.50);
