SELECT "t1"."c0" AS "c0", "count"("t1"."c4") AS "c1"
FROM (SELECT CAST(("tickets".status) AS VARCHAR) AS "c0", CASE WHEN ("tickets".status = 'open') THEN TRUE END AS "c4"
  FROM tickets AS "tickets"
  WHERE ((("tickets".tenant) = CAST($p1 AS BIGINT)))) AS "t1"
GROUP BY "t1"."c0"
ORDER BY 2 DESC NULLS FIRST
LIMIT CAST(3 AS BIGINT)

$p1 = '9007199254740993' (int8)
