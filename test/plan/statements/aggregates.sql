-- Result types of aggregates
SELECT sum(i2), sum(i4), sum(i8), sum(n), sum(n2), sum(f4), sum(f8), sum(iv) FROM t
SELECT avg(i2), avg(i4), avg(i8), avg(n), avg(n2) FROM t
SELECT avg(f4), avg(f8), avg(iv) FROM t
SELECT round(avg(i4), 2), round(avg(n), 3), round(sum(n) / count(*), 2), round(avg(n2), 1), avg(i4)::numeric(10,4), avg(i4)::int4, avg(i4)::float8 FROM t
SELECT min(i2), max(i4), min(n2), max(n), max(f4), min(s), max(v), min(c), max(d), min(ts), max(ts3), min(tz), max(iv), min(tm), max(tmz), max(ai), max(atx) FROM t
SELECT min(b) FROM t
SELECT max(u) FROM t
SELECT max(j) FROM t
SELECT max(y) FROM t
SELECT sum(s) FROM t
SELECT sum(b) FROM t
SELECT sum('1') FROM t
SELECT sum(NULL), avg('2') FROM t
SELECT max('a'), min(NULL), count(NULL), count('x') FROM t
SELECT count(*), count(i4), count(DISTINCT b), count(DISTINCT i4), count(1), count(*) FILTER (WHERE b), count(DISTINCT n2) FROM t
SELECT count() FROM t
SELECT count(i4, s) FROM t
SELECT sum(*) FROM t
SELECT bool_and(b), bool_or(b), every(b), bit_and(i4), bit_or(i2), bit_xor(i8) FROM t
SELECT bool_and(i4) FROM t
SELECT string_agg(s, ','), string_agg(v, ', ' ORDER BY id), string_agg(s, NULL), string_agg(DISTINCT s, '-' ORDER BY s) FROM t
SELECT string_agg(i4, ',') FROM t
SELECT string_agg(s) FROM t
SELECT string_agg(i4::text, ',' ORDER BY i4 DESC) FROM t
SELECT array_agg(i4 ORDER BY id), array_agg(s ORDER BY id DESC), array_agg(n2 ORDER BY id), array_agg(DISTINCT b) FROM t
SELECT array_agg(ai) FROM t
SELECT json_agg(i4 ORDER BY id), jsonb_agg(s ORDER BY id), json_object_agg(id, i4) FROM t
SELECT stddev(i4), variance(i4), stddev_pop(n), var_pop(n2), stddev_samp(i8), var_samp(i2) FROM t
SELECT stddev(f8), variance(f4), stddev_pop(f8), var_pop(f8), corr(f8, i4), covar_pop(f8, f4), regr_slope(f8, i4), regr_count(f8, i4) FROM t
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY f8), percentile_cont(0.5) WITHIN GROUP (ORDER BY i4), percentile_disc(0.5) WITHIN GROUP (ORDER BY s), percentile_disc(0.5) WITHIN GROUP (ORDER BY n2), mode() WITHIN GROUP (ORDER BY b), percentile_cont(0.25) WITHIN GROUP (ORDER BY iv) FROM t
SELECT percentile_cont(ARRAY[0.25, 0.75]) WITHIN GROUP (ORDER BY f8), percentile_disc(ARRAY[0.5]) WITHIN GROUP (ORDER BY i4) FROM t
SELECT percentile_cont('0.5') WITHIN GROUP (ORDER BY n), percentile_cont(1) WITHIN GROUP (ORDER BY f8 DESC) FROM t
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY s) FROM t
SELECT percentile_cont(2) WITHIN GROUP (ORDER BY f8) FROM t
SELECT percentile_cont(0.5) FROM t
SELECT sum(i4) WITHIN GROUP (ORDER BY i4) FROM t
SELECT lower(s) FILTER (WHERE b) FROM t
SELECT lower(DISTINCT s) FROM t
SELECT rank(3) WITHIN GROUP (ORDER BY i4), dense_rank(3) WITHIN GROUP (ORDER BY i4), percent_rank(1) WITHIN GROUP (ORDER BY i4), cume_dist(1) WITHIN GROUP (ORDER BY i4) FROM t
SELECT sum(i4) FILTER (WHERE i4) FROM t
SELECT sum(i4) FILTER (WHERE 't') FROM t
SELECT sum(DISTINCT i4), avg(DISTINCT i4), sum(DISTINCT n2 ORDER BY n2) FROM t
SELECT sum(DISTINCT i4 ORDER BY s) FROM t
SELECT sum(i4 + n), sum(i4 * 1.5), sum(i4)::int4, sum(i4) / 2, sum(i4) / 2.0, sum(i4) / count(*), 100.0 * sum(i4) / sum(i8) FROM t
SELECT b, sum(i4), avg(n2) FROM t GROUP BY b ORDER BY b
SELECT max(i4) - min(i4), max(d) - min(d), max(ts) - min(ts), sum(i4 * i2) FROM t
SELECT sum(CASE WHEN b THEN i4 ELSE 0 END), sum(CASE WHEN b THEN 1 END), avg(CASE WHEN b THEN 1.0 ELSE 0 END), count(CASE WHEN b THEN 1 END) FROM t
SELECT coalesce(sum(i4), 0), coalesce(sum(n2), 0) FROM t WHERE false
SELECT any_value(s) FROM t WHERE id = 1
-- Windows
SELECT row_number() OVER (ORDER BY id), rank() OVER (ORDER BY b), dense_rank() OVER (ORDER BY b), percent_rank() OVER (ORDER BY id), cume_dist() OVER (ORDER BY id), ntile(2) OVER (ORDER BY id) FROM t ORDER BY id
SELECT lag(i4) OVER (ORDER BY id), lead(i4) OVER (ORDER BY id), lag(i4, 2) OVER (ORDER BY id), lag(i4, 1, 0) OVER (ORDER BY id), lag(i4, 1, 1.5) OVER (ORDER BY id), lag(n2) OVER (ORDER BY id), lag(v) OVER (ORDER BY id), lead(s, 1, 'x') OVER (ORDER BY id) FROM t ORDER BY id
SELECT first_value(i4) OVER w, last_value(s) OVER w, nth_value(n2, 2) OVER w FROM t WINDOW w AS (ORDER BY id) ORDER BY id
SELECT sum(i4) OVER (), avg(i4) OVER (PARTITION BY b), count(*) OVER (PARTITION BY b), max(n2) OVER (ORDER BY id), sum(sum(i4)) OVER () FROM t GROUP BY id, i4, b, n2 ORDER BY id
SELECT sum(i4) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), sum(i4) OVER (ORDER BY i4 RANGE BETWEEN 10 PRECEDING AND CURRENT ROW), sum(i4) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING), count(*) OVER (ORDER BY b GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t ORDER BY id
SELECT sum(i4) OVER (ORDER BY d RANGE BETWEEN '1 year' PRECEDING AND CURRENT ROW), sum(i4) OVER (ORDER BY ts RANGE BETWEEN INTERVAL '1 day' PRECEDING AND INTERVAL '1 day' FOLLOWING) FROM t ORDER BY id
SELECT sum(i4) OVER (ORDER BY id ROWS BETWEEN 'x' PRECEDING AND CURRENT ROW) FROM t
SELECT sum(i4) OVER (ORDER BY s RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t
SELECT row_number() FROM t
SELECT lower(s) OVER () FROM t
SELECT row_number(1) OVER () FROM t
SELECT ntile('2') OVER (ORDER BY id), nth_value(i4, '1') OVER (ORDER BY id) FROM t ORDER BY id
SELECT lag(i4, s) OVER (ORDER BY id) FROM t
SELECT lag(i4, 1, s) OVER (ORDER BY id) FROM t
SELECT sum(i4) OVER w FROM t
SELECT sum(i4) OVER (w ORDER BY id) FROM t WINDOW w AS (PARTITION BY b) ORDER BY id
SELECT sum(i4) OVER (w PARTITION BY id) FROM t WINDOW w AS (PARTITION BY b)
SELECT sum(row_number() OVER ()) OVER () FROM t
SELECT sum(row_number() OVER ()) FROM t
SELECT rank() OVER (ORDER BY sum(i4)) , b FROM t GROUP BY b ORDER BY b
SELECT count(DISTINCT i4) OVER () FROM t
SELECT sum(i4) FILTER (WHERE b) OVER (ORDER BY id) FROM t ORDER BY id
SELECT i4 FROM t ORDER BY row_number() OVER (ORDER BY id DESC)
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY f8) OVER () FROM t
-- Numerics whose digits differ from row to row
SELECT sum(CASE WHEN b THEN n2 ELSE 0 END), sum(CASE WHEN i4 > 1000 THEN n2 ELSE 0 END), coalesce(sum(CASE WHEN b THEN n2 END), 0), avg(CASE WHEN b THEN 1.0 ELSE 0 END), sum(coalesce(n2, 0)), avg(coalesce(n, 0)), sum(CASE WHEN b THEN 1.0 ELSE 0 END) / count(*), 100 * avg(n2), avg(n2) / avg(i4), sum(n2) / nullif(sum(i4), 0) * 100 FROM t
SELECT a, n, n + 1 FROM (SELECT avg(n2) AS a, coalesce(sum(n), 0) AS n FROM t) q
WITH q AS (SELECT b, avg(i4) AS a, sum(i4) / 3.0 AS p FROM t GROUP BY b) SELECT b, a, p FROM q ORDER BY a, b
SELECT b, avg(n2) AS a, round(avg(n2), 1) FROM t GROUP BY b ORDER BY a DESC, b
SELECT avg(i4) OVER (ORDER BY id), avg(n2) OVER (PARTITION BY b), sum(n2) OVER () / 3 FROM t ORDER BY id
SELECT b FROM t GROUP BY b HAVING avg(n2) > 5 ORDER BY b
