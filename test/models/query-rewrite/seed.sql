CREATE TABLE users (id integer PRIMARY KEY, name text);
INSERT INTO users VALUES (1, 'ann'), (2, 'bob');
CREATE TABLE orders (id integer PRIMARY KEY, user_id integer, status text, amount integer);
INSERT INTO orders VALUES (1, 1, 'open', 10), (2, 1, 'done', 20), (3, 2, 'open', 30), (4, 2, 'done', 40), (5, NULL, 'open', 50);
CREATE TABLE lines (id integer PRIMARY KEY, order_id integer, product text);
INSERT INTO lines VALUES (1, 1, 'nail'), (2, 1, 'saw'), (3, 3, 'nail'), (4, 5, 'nail');
CREATE TABLE logs (id integer PRIMARY KEY, line text);
INSERT INTO logs VALUES (1, 'first');
