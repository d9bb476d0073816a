-- Two tenants whose numbers are one and the same double: 2^53 + 1 and 2^53.
CREATE TABLE tickets AS
SELECT * FROM (VALUES
  (1, 9007199254740993, 'open', 'Printer on fire'),
  (2, 9007199254740993, 'open', 'No light'),
  (3, 9007199254740993, 'closed', 'Door' || chr(10) || 'stuck'),
  (4, 9007199254740992, 'open', 'Not Ann''s'),
  (5, 2, 'open', 'Not Ann''s either')
) t(id, tenant, status, title);
