-- Values of every type, NULL among them, and edges where warehouses differ.
CREATE TABLE items (
  id integer PRIMARY KEY, name text, code text, small smallint, big bigint, price numeric(10,2), ratio double precision,
  day date, made timestamp, seen timestamptz, flag boolean
);
INSERT INTO items VALUES
  (1, 'apple',  'A-1',  1,    10000000000, 1.50,   0.5,   '2024-01-31', '2024-01-31 10:20:30',        '2024-01-31 10:20:30+00', true),
  (2, 'Banana', 'B-2',  -2,   7,           -2.25,  -1.25, '2024-02-29', '2024-02-29 23:59:59.5',      '2024-03-31 01:30:00+00', false),
  (3, 'cherry', NULL,   32767, -7,         100.00, 1e15,  '2023-12-31', '2023-12-31 00:00:00',        NULL,                     NULL),
  (4, NULL,     'D_4%', NULL, NULL,        NULL,   NULL,  NULL,         NULL,                         '2024-10-27 00:30:00+00', true),
  (5, 'Ärger',  '',     0,    0,           0.00,   0,     '2025-06-15', '2025-06-15 12:00:00.123456', '2025-06-15 12:00:00+00', false);

CREATE TABLE tags (item_id integer NOT NULL, tag text NOT NULL, weight integer, id integer PRIMARY KEY);
INSERT INTO tags VALUES (1, 'red', 3, 1), (1, 'sweet', 5, 2), (2, 'sweet', NULL, 3), (9, 'lost', 1, 4);
