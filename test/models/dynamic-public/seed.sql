CREATE TABLE customers (id integer, name text, email text, city text);
INSERT INTO customers VALUES (1, 'Ann', 'ann@example.com', 'Rome'), (2, 'Bob', 'bob@example.com', 'Oslo');
