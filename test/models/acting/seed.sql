CREATE TABLE deals (id integer PRIMARY KEY, tenant text, region text, amount integer, cost integer);
INSERT INTO deals VALUES
  (1, 'acme', 'north', 10, 1), (2, 'acme', 'south', 20, 2),
  (3, 'globex', 'north', 300, 3), (4, 'globex', 'north', 400, 4), (5, 'globex', 'south', 500, 5);
CREATE TABLE wages (id integer PRIMARY KEY, wage integer);
INSERT INTO wages VALUES (1, 7000);
