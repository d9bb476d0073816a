-- Two branches, four members (one never borrows, one belongs to no branch), loans over some years, fines on some of them.
CREATE TABLE branches (id integer PRIMARY KEY, town text NOT NULL, latitude numeric(8,5), longitude double precision);
INSERT INTO branches VALUES (1, 'Ghent', 51.05430, 3.7174), (2, 'Bruges', 51.20930, 3), (3, 'Ypres', NULL, 2.8857);

CREATE TABLE members (id integer PRIMARY KEY, name text NOT NULL, branch_id integer, joined date, age integer);
INSERT INTO members VALUES
  (1, 'An', 1, '2020-02-29', 17), (2, 'Bo', 2, '2021-12-31', 40), (3, 'Cy', 1, '2023-06-15', 67), (4, 'Di', NULL, NULL, NULL);

CREATE TABLE loans (
  id integer PRIMARY KEY, member_id integer, branch_id integer NOT NULL, status text, borrowed timestamp, returned timestamptz
);
INSERT INTO loans VALUES
  (1, 1, 1, 'returned', '2023-12-31 23:59:59.999', '2024-01-14 10:00:00+00'),
  (2, 1, 1, 'returned', '2024-01-01 00:00:00',     '2024-03-31 00:30:00+00'),
  (3, 1, 2, 'open',     '2024-03-31 02:30:00',     NULL),
  (4, 2, 2, 'lost',     '2024-06-30 12:00:00',     NULL),
  (5, 2, 2, 'returned', '2024-07-01 00:00:00',     '2024-10-27 01:30:00+00'),
  (6, 2, 1, NULL,       '2025-01-31 09:15:30.5',   '2025-02-01 23:30:00+00'),
  (7, 3, 1, 'open',     '1999-12-31 23:00:00',     NULL),
  (8, NULL, 1, 'open',  NULL,                      NULL);

CREATE TABLE fines (id integer PRIMARY KEY, loan_id integer NOT NULL, amount numeric(10,2));
INSERT INTO fines VALUES (1, 1, 2.50), (2, 1, 1.00), (3, 4, 30.00), (4, 6, NULL), (5, 5, 0.50);
