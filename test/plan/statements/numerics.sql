-- Numerics whose digits differ from row to row, wherever a value can stand
SELECT DISTINCT avg(n) FROM t
SELECT DISTINCT n / 3 FROM t
SELECT DISTINCT n / 3 AS q FROM t ORDER BY q DESC
SELECT DISTINCT b, n / 3 AS q FROM t ORDER BY 2, 1
SELECT avg(n) FROM t UNION SELECT avg(n2) FROM t
SELECT b, avg(n) FROM t GROUP BY b UNION ALL SELECT NULL, avg(n) FROM t ORDER BY 2
SELECT avg(n) FROM t UNION ALL SELECT 1 UNION ALL SELECT NULL
WITH x AS (SELECT b, avg(n) AS a FROM t GROUP BY b) SELECT * FROM x ORDER BY a
WITH x AS MATERIALIZED (SELECT b, avg(n) AS a FROM t GROUP BY b) SELECT * FROM x ORDER BY a
WITH x AS MATERIALIZED (SELECT b, avg(n) AS a FROM t GROUP BY b) SELECT max(a), min(a) FROM x
WITH x AS (SELECT avg(n) AS a FROM t UNION ALL SELECT avg(n2) FROM t) SELECT a FROM x ORDER BY 1
SELECT a FROM (SELECT avg(n) AS a FROM t UNION SELECT avg(n2) FROM t) x ORDER BY 1
SELECT n / 3, count(*) FROM t GROUP BY n / 3
SELECT n / 3 + 1, count(*) FROM t GROUP BY n / 3
SELECT q, count(*) FROM (SELECT n / 3 AS q FROM t) x GROUP BY q ORDER BY q
SELECT max(n / 3), min(n / 7) FROM t
SELECT max(n / 3) OVER (ORDER BY id) FROM t
SELECT lag(n / 3) OVER (ORDER BY id), first_value(n / 3) OVER (ORDER BY id) FROM t
SELECT sum(n / 3) FROM t
SELECT avg(n / 3) FROM t
SELECT (SELECT avg(n) FROM t)
SELECT n - (SELECT avg(n) FROM t) FROM t
SELECT n FROM t WHERE n > (SELECT avg(n) FROM t)
SELECT nullif(avg(n), 0), abs(avg(n)), -avg(n), greatest(avg(n), 1), least(avg(n), 0) FROM t
SELECT avg(n)::text FROM t
SELECT 'x' || avg(n) FROM t
SELECT concat('x', avg(n)) FROM t
SELECT round(avg(n), 2), trunc(avg(n), 3), floor(avg(n)), ceil(avg(n)) FROM t
SELECT avg(n)::int, avg(n)::float8, avg(n)::numeric(10, 2) FROM t
SELECT id, avg(n) OVER (PARTITION BY b) FROM t ORDER BY avg(n) OVER (PARTITION BY b), id
SELECT DISTINCT avg(n) OVER (PARTITION BY b) FROM t
SELECT DISTINCT ON (b) b, n / 3 FROM t ORDER BY b, id
VALUES (1, 'b'), (2.5, 'a') ORDER BY 1 DESC
SELECT column1 FROM (VALUES (1), (2.5), (NULL)) v
SELECT column1, count(*) FROM (VALUES (1), (2.5), (1.0), (NULL)) v GROUP BY 1
SELECT n2 FROM t WHERE n2 <> 0 UNION SELECT n FROM t ORDER BY 1
SELECT avg(n) FROM t INTERSECT SELECT avg(n) FROM t
SELECT avg(n) FROM t EXCEPT SELECT avg(n2) FROM t
SELECT (i4 / n2) * (i8 / n2) * (i4 / n2) FROM t WHERE id < 3
SELECT round((i4 / n2) * (i8 / n2) * (i4 / n2), 2) FROM t WHERE id < 3
SELECT i4 FROM t ORDER BY i8::numeric / 7, i4
SELECT count(DISTINCT n / 3) FROM t
SELECT sum(DISTINCT n / 3) FROM t
SELECT avg(DISTINCT n) FROM t
SELECT sum(n) / count(*) FROM t HAVING sum(n) / count(*) > 1
SELECT stddev(n) FROM t
SELECT stddev(i4) FROM t
SELECT variance(i4) FROM t
SELECT sqrt(n2 * n2) FROM t
SELECT power(i4, 2) FROM t
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY n) FROM t
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY n) FROM t
SELECT $1::numeric FROM t
SELECT n * $1::numeric FROM t
SELECT n FROM t WHERE n > $1
SELECT count(*) * 100.0 / sum(count(*)) OVER () FROM t GROUP BY b
SELECT ROUND(count(*) * 100.0 / sum(count(*)) OVER (), 2) FROM t GROUP BY b
SELECT to_char(avg(n), '999.99') FROM t
SELECT to_char(i4, '999,999') FROM t
SELECT CASE WHEN n > 0 THEN n / 3 ELSE 0 END FROM t
SELECT a.q, b.q FROM (SELECT id, n / 3 AS q FROM t) a JOIN (SELECT id, n / 7 AS q FROM t) b USING (id)
SELECT a.id FROM (SELECT id, n / 3 AS q FROM t) a JOIN (SELECT id, n / 3 AS q FROM t) b ON a.q = b.q
WITH RECURSIVE r(x, i) AS (SELECT 1.0, 1 UNION ALL SELECT x / 3, i + 1 FROM r WHERE i < 4) SELECT x FROM r
SELECT q FROM t, LATERAL (SELECT n / 3 AS q) l
SELECT q FROM t LEFT JOIN LATERAL (SELECT t.n / 3 AS q) l ON true
SELECT avg(q) FROM (SELECT avg(n) AS q FROM t GROUP BY b) x
SELECT sum(q) FROM (SELECT avg(n) AS q FROM t GROUP BY b) x
SELECT max(q) - min(q) FROM (SELECT avg(n) AS q FROM t GROUP BY b) x
SELECT CASE WHEN avg(n) > 1 THEN 'high' ELSE 'low' END FROM t
SELECT b, avg(n) FROM t GROUP BY b HAVING avg(n) > 1 ORDER BY avg(n) DESC LIMIT 3
SELECT x.a FROM (SELECT avg(n) AS a FROM t LIMIT 1) x
SELECT a FROM (SELECT a FROM (SELECT avg(n) AS a FROM t) x) y
SELECT 1 / 3.0, 2 / 3::numeric, 10.0 / 3
SELECT DISTINCT 1 / 3.0
SELECT coalesce(avg(n), 0) FROM t WHERE false
SELECT n % 3 / 2 FROM t
SELECT mod(n / 3, 2) FROM t
SELECT round(n / 3) FROM t
SELECT sign(n / 3) FROM t
SELECT string_agg(round(n, 1)::text, ',' ORDER BY id) FROM t
SELECT j FROM t WHERE n / 3 IN (4.115)
SELECT id, n / 3 FROM t EXCEPT SELECT id, n / 3 FROM t WHERE id = 1 ORDER BY 2
WITH RECURSIVE r(x) AS (SELECT 1.0 UNION ALL SELECT x + 1 FROM r WHERE x < 4) SELECT x FROM r
WITH RECURSIVE r(x, i) AS (SELECT 1, 1 UNION ALL SELECT x * 3, i + 1 FROM r WHERE i < 4) SELECT x, x::numeric / 7 FROM r
SELECT round(stddev(n), 2), round(variance(i4), 3), round(stddev_pop(i8), 1) FROM t
SELECT b, stddev(n2) OVER (PARTITION BY b) FROM t ORDER BY id
SELECT stddev(i4) FILTER (WHERE b), stddev_samp(i4), var_pop(i4), var_samp(n) FROM t
SELECT b, avg(n)::text || '%' FROM t GROUP BY b
SELECT (n / 3)::text FROM t GROUP BY n / 3
SELECT n / 3 AS q FROM t GROUP BY 1 HAVING n / 3 > 0 ORDER BY 1
SELECT CASE WHEN n / 3 > 1 THEN n / 3 ELSE 1 END FROM t GROUP BY n / 3
SELECT CASE WHEN n / 3 > 1 THEN 'x' END, count(*) FROM t GROUP BY 1
SELECT id, (SELECT avg(x.n) FROM t x WHERE x.id <= t.id) FROM t
SELECT id FROM t ORDER BY (SELECT avg(x.n) FROM t x WHERE x.id <= t.id), id
SELECT t.id, x.a FROM t, LATERAL (SELECT avg(y.n) AS a FROM t y WHERE y.id <= t.id) x
SELECT avg(n) FROM t GROUP BY GROUPING SETS ((b), ()) ORDER BY 1
SELECT n / 3, b, count(*) FROM t GROUP BY GROUPING SETS ((n / 3), (b)) ORDER BY 1, 2
SELECT DISTINCT n, n / 3 FROM t ORDER BY n / 3, n
SELECT DISTINCT n / 3 FROM t ORDER BY 1 LIMIT 2 OFFSET 1
SELECT sum(n / n2) FROM t WHERE id < 3
SELECT n::float8::numeric FROM t
SELECT sum(f8::numeric) FROM t
SELECT avg(i8), avg(i2), avg(i4) FROM t
SELECT 5 / 2, -5 / 2, 5 % -3, 5.0 / 2, 7::int8 / 2
SELECT i4 / 7, i4 % 5, -i4 / 7 FROM t
SELECT extract(epoch FROM iv), extract(epoch FROM ts) / 3600 FROM t
SELECT avg(extract(epoch FROM ts)) FROM t
SELECT age(ts, d) FROM t
SELECT age(ts) IS NULL FROM t
SELECT ts - d FROM t
SELECT ts - TIMESTAMP '2000-01-01' FROM t
SELECT iv * 2, iv * 1.5, iv / 2 FROM t
SELECT iv * 1.5 FROM t
SELECT iv / 2 FROM t
SELECT sum(iv) FROM t
SELECT iv::text, f8::text, f4::text FROM t
SELECT f8::text FROM t
SELECT iv::text FROM t
SELECT to_char(ts, 'YYYY-MM-DD HH24:MI:SS'), to_char(d, 'Day, DD Month YYYY') FROM t
SELECT to_char(ts, 'Month') FROM t
SELECT to_char(ts, 'Q') FROM t
SELECT to_char(ts, 'FMMonth DDth, YYYY HH12:MI AM') FROM t
SELECT to_char(n, 'FM999,990.00') FROM t
SELECT to_char(i4, '0000') FROM t
SELECT to_date('2024-01-02', 'YYYY-MM-DD')
SELECT s SIMILAR TO '(Z|g)%' FROM t
SELECT s ~ '^[A-Z]' , s ~* 'e' FROM t
SELECT s ~ '\w+' FROM t
SELECT regexp_replace(s, '[aeiou]', '*', 'g') FROM t
SELECT initcap(s) FROM t
SELECT s LIKE '%50\%%', s LIKE '%50|%%' ESCAPE '|', s ILIKE 'Z%' FROM t
SELECT s LIKE v || '%' FROM t
SELECT s < v, s >= 'Z', s || v FROM t
SELECT substring(s, 2), substring(s FROM id FOR 2), substring(s, -1, 3) FROM t
SELECT substring(s FROM id FOR 2) FROM t
SELECT round(n, id), round(n, i4) FROM t WHERE id < 3
SELECT round(n, id) FROM t
SELECT extract(milliseconds FROM ts) FROM t
SELECT date_bin('15 minutes', ts, TIMESTAMP '2001-01-01') FROM t
SELECT s::numeric FROM (SELECT '1.50' AS s) x
SELECT '1.5'::text::numeric(10, 2), 'x'::text::int
SELECT f8::numeric, f8::numeric(10, 2), n::int4, f8::int4 FROM t
SELECT 2.5::int, 3.5::int, -2.5::int, 2.5::float8::int, 0.5::float8::int
SELECT '2024-02-30'::text::date
SELECT s::date FROM t
SELECT d + 1, d - 1, d - DATE '2000-01-01', d + INTERVAL '1 month' FROM t
SELECT ts + iv, ts - iv, d + iv FROM t
SELECT DATE '2024-01-31' + INTERVAL '1 month'
SELECT ts AT TIME ZONE 'Europe/Vienna', tz AT TIME ZONE 'America/New_York' FROM t
SELECT extract(dow FROM d), extract(isodow FROM d), extract(week FROM d), extract(doy FROM d), extract(quarter FROM d) FROM t
SELECT concat(s, NULL, i4), concat_ws('-', s, v, d) FROM t
SELECT greatest(n, n2, i4), least(d, ts) FROM t
SELECT power(2, i2) FROM t
SELECT array_agg(i4 ORDER BY id), array_agg(n ORDER BY id) FROM t
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY i4), percentile_cont(0.9) WITHIN GROUP (ORDER BY n) FROM t
SELECT rank() OVER (ORDER BY n DESC), ntile(2) OVER (ORDER BY id), cume_dist() OVER (ORDER BY id) FROM t
SELECT sum(n) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), avg(i4) OVER (ORDER BY id) FROM t
SELECT n, s FROM t ORDER BY s DESC NULLS LAST, n NULLS FIRST
SELECT round(n / 3, 2), round(n / 7, 0), round(n / 3), round(n2 / i4, 5), round(i4 / n2, 1), round(i8::numeric / 7, 15), round(-n / 6, 3), round(n / -6, 3) FROM t WHERE id < 3
SELECT round(x / y, 2), x / y, round(x / y, 4) FROM (VALUES (1.005, 1), (2.675, 1), (-1.005, 1), (9999999999999.99, 0.01), (1, 3000000000), (123456789012345678, 7), (0.5, 1), (-0.5, 1), (1.5, -1), (99999.995, 1)) v(x, y)
SELECT x / y, x::numeric / y FROM (VALUES (7, 2), (-7, 2), (7, -2), (1, 3)) v(x, y)
SELECT id FROM t WHERE n / 3 > 1 ORDER BY n / 3 DESC
SELECT round(sum(n) / count(*), 2), round(100.0 * count(*) / sum(count(*)) OVER (), 1) FROM t
SELECT $2::int, $2::int + 1 WHERE $1::int IS NOT NULL
SELECT i4 FROM (SELECT i4, $1::int AS x, $2::int AS y FROM t) q WHERE y = 2
SELECT i4 FROM t WHERE n > $1 AND $2 = s
