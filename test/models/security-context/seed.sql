CREATE TABLE orders (id integer, user_id integer, org text, token uuid, placed date, open boolean, amount numeric(10,2));
INSERT INTO orders VALUES
  (1, 42, 'acme', '8f14e45f-ceea-467f-ab3d-000000000001', '2024-05-01', true, 10.5),
  (2, 42, 'globex', '8f14e45f-ceea-467f-ab3d-000000000002', '2024-05-02', false, 20),
  (3, 43, 'acme', '8f14e45f-ceea-467f-ab3d-000000000001', '2024-05-01', true, 30),
  (4, NULL, NULL, NULL, NULL, NULL, NULL);
