CREATE TABLE sales (id integer PRIMARY KEY, tenant text NOT NULL, region text NOT NULL, amount integer NOT NULL, cost integer NOT NULL);
INSERT INTO sales VALUES
  (1, 'red', 'north', 10, 1), (2, 'red', 'south', 20, 2), (3, 'blue', 'north', 300, 30), (4, 'blue', 'south', 400, 40),
  (5, 'blue', 'south', 500, 50);
