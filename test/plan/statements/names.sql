-- The name of a column without an alias
SELECT i4, t.s, public.t.n FROM t
SELECT 1, 'a', NULL, i4 + 1, -i4, NOT b, i4 = 1, true, false FROM t
SELECT i4::text, 1::int8, 'a'::varchar(3), (i4 + 1)::numeric, i4::text::varchar, cast(1 AS double precision), NULL::date, '1'::int4[], 1::float(3) FROM t
SELECT lower(s), pg_catalog.upper(s), length(lower(s)), lower(s)::varchar, lower(s) || 'x' FROM t
SELECT count(*), sum(i4), count(DISTINCT i4), max(i4)::text, sum(i4) + 1, sum(i4) FILTER (WHERE b) FROM t
SELECT CASE WHEN b THEN 1 END, CASE WHEN b THEN 1 ELSE i4 END, CASE WHEN b THEN 1 ELSE 2 END, CASE WHEN b THEN 1 ELSE lower(s)::int4 END FROM t WHERE false
SELECT coalesce(i4, 1), nullif(i4, 1), greatest(i4, 1), least(i4, 1), ARRAY[1], ARRAY(SELECT 1), EXISTS (SELECT 1), (SELECT 1), (SELECT i4 FROM t WHERE id = 1), (SELECT 1 AS one), (SELECT max(i4) FROM t) FROM t
SELECT coalesce(i4, 1)::text, (ARRAY[1, 2])[1], ai[1], ai[1:2], ai[1]::text FROM t
SELECT extract(year FROM d), position('a' in s), substring(s from 1 for 2), trim(s), trim(leading 'x' from s), trim(trailing from s), overlay(s placing 'x' from 1), tz AT TIME ZONE 'UTC' FROM t
SELECT s COLLATE "C", (s COLLATE "C")::varchar, s COLLATE "C" || 'x' FROM t
SELECT i4 IN (1), i4 BETWEEN 1 AND 2, s LIKE 'a', s ILIKE 'a', i4 IS NULL, b IS TRUE, i4 IS DISTINCT FROM 1, i4 = ANY (ai), i4 IN (SELECT 1), s SIMILAR TO 'a' FROM t
SELECT row_number() OVER (), rank() OVER w, sum(i4) OVER w FROM t WINDOW w AS (ORDER BY id) ORDER BY id
SELECT current_date IS NULL, current_timestamp IS NULL
SELECT i4, grouping(i4) FROM t GROUP BY ROLLUP (i4)
SELECT $1, $1::text, -$2::int4
SELECT int4 '1', date '2024-01-01', interval '1 day', timestamp '2024-01-01', bool 't', double precision '1', true::text, (true), (1), ((i4)) FROM t
SELECT now() IS NULL AS a, date_trunc('day', ts), to_char(ts, 'YYYY') FROM t
SELECT * FROM (SELECT 1, 2) q
SELECT * FROM (SELECT i4 + 1, lower(s), count(*) FROM t GROUP BY 1, 2) q
SELECT * FROM (SELECT 1, 'a' AS b) q (x)
SELECT * FROM (VALUES (1, 'a')) q
SELECT * FROM (VALUES (1, 'a')) q (one)
SELECT q.* FROM (SELECT 1 AS "Mixed Case", 2 AS "select") q
SELECT "i4" AS "I4", i4 AS big FROM t
SELECT generate_series(1, 2)
SELECT * FROM generate_series(1, 2)
SELECT * FROM generate_series(1, 2) AS g
SELECT g FROM generate_series(1, 2) AS g
SELECT * FROM generate_series(1, 2) AS g (n)
SELECT * FROM generate_series(1, 2) WITH ORDINALITY
SELECT * FROM unnest(ARRAY['a', 'b']) WITH ORDINALITY AS u (word, place)
SELECT unnest(ai) FROM t
SELECT least(1, 2)::text, nullif(1, 2)::text, CASE WHEN true THEN 1 END::text, (SELECT 1)::text, ARRAY[1]::text
SELECT localtime IS NULL, localtimestamp IS NULL, current_time IS NULL
SELECT (CASE WHEN b THEN i4 ELSE i2 END)::text FROM t
SELECT jb -> 'a', jb ->> 'a', j #>> '{a}' FROM t
