CREATE TABLE orders (id integer PRIMARY KEY, year integer);
INSERT INTO orders VALUES (1, 2025), (2, 2026), (3, 2027);
