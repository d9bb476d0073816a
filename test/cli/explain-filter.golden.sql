SELECT "t1"."c1" AS "c0"
FROM (SELECT CAST(("tickets".status) AS VARCHAR) AS "c0", CAST(("tickets".title) AS VARCHAR) AS "c1"
  FROM tickets AS "tickets"
  WHERE ((("tickets".tenant) = CAST($p2 AS BIGINT)))) AS "t1"
WHERE (("t1"."c1" <> 'it''s FROM "x" WHERE') AND ("t1"."c0" = CAST($p1 AS VARCHAR)))

$p1 = a parameter of the client (text)
$p2 = '2' (int8)
