-- to_char, patterns, intervals, text of values
WITH RECURSIVE r(x, i) AS (SELECT 1.0, 1 UNION ALL SELECT x / 3, i + 1 FROM r WHERE i < 4) SELECT round(x, 3) FROM r
SELECT sum(iv), avg(iv) FROM t
SELECT to_char(n, 'FM999,990.00'), to_char(n, '999,990.00'), to_char(i4, '0000'), to_char(i4, 'S999'), to_char(i4, '999S'), to_char(n, 'FM9999.99') FROM t
SELECT to_char(1234567.891, 'FM9,999,999.99'), to_char(1234567.891, '$9,999,999.99'), to_char(-1234567.891, '9,999,999.99')
SELECT to_char(0, '9'), to_char(0.1, '9.99'), to_char(0.1, 'FM9.99'), to_char(0.1, '0.99'), to_char(-0.1, '99.99'), to_char(12, 'FM999.99'), to_char(12345, '999')
SELECT to_char(485, '9 9 9'), to_char(1485, '9,999'), to_char(148.5, '999.999'), to_char(148.5, 'FM999.999'), to_char(148.5, 'FM999.990'), to_char(-485, '999S'), to_char(-485, '999MI'), to_char(485, '999MI'), to_char(485, 'FM999MI'), to_char(485, 'PL999'), to_char(485, 'SG999'), to_char(-485, 'SG999'), to_char(-485, '9SG99'), to_char(-485, '999PR'), to_char(485, '"Good number:"999'), to_char(485.8, '"Pre:"999" Post:" .999')
SELECT to_char(-12, 'FM0000'), to_char(12, 'FM0000.0'), to_char(12.3, '0999.9'), to_char(0, 'FM999'), to_char(0, 'FM990'), to_char(0.05, '90%'), to_char(7, '00'), to_char(1234, '9G999'), to_char(-5, 'S9'), to_char(5, 'S9'), to_char(0, 'FM9.9'), to_char(10, 'FM9.9')
SELECT to_char(avg(n), 'FM999990.000'), to_char(n2 / 3, '99.9999') FROM t GROUP BY n2
SELECT to_char(i8, '999,999,999,999') FROM t
SELECT to_char(ts, 'Day, DD Month YYYY'), to_char(ts, 'FMDay, FMDD FMMonth YYYY'), to_char(ts, 'DY DD MON YY'), to_char(ts, 'dy, dd mon'), to_char(ts, 'Q'), to_char(ts, 'YYYY"Q"Q'), to_char(ts, 'IYYY-IW'), to_char(ts, 'WW W D ID DDD IDDD'), to_char(ts, 'HH:MI AM'), to_char(ts, 'HH24:MI:SS.MS'), to_char(ts, 'US'), to_char(ts, 'SSSS'), to_char(ts, 'DDth'), to_char(ts, 'FMDDth'), to_char(ts, 'yyyy-mm-dd'), to_char(ts, 'CC'), to_char(ts, 'J'), to_char(ts, 'RM'), to_char(ts, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), to_char(ts, 'Mon''YY') FROM t
SELECT to_char(d, 'Month'), to_char(d, 'MONTH') , to_char(d, 'month'), to_char(d, 'Mon YYYY'), to_char(tz, 'YYYY Q'), to_char(ts, s) FROM t
SELECT to_char(ts, 'p.m. a.m. A.M.'), to_char(ts, 'YYYYMMDD'), to_char(ts, 'YYYY-DDDth'), to_char(ts, '\"x'), to_char(ts, 'DD/MM/YYYY hh12:mi:ss pm') FROM t
SELECT iv * 1.5, iv / 2, iv / 3.7, iv * f8, iv * -0.3 FROM t
SELECT b, sum(iv), avg(iv) FROM t GROUP BY b
SELECT avg(ts - d), sum(ts - d), max(ts - d) FROM t
SELECT id, sum(iv) OVER (ORDER BY id), avg(iv) FILTER (WHERE id < 3) OVER () FROM t
SELECT iv::text, (iv * 3)::text || 'x', f8::text, f4::text, (f8 * 1e20)::text, (f8 / 3)::text, (f8 / 1e10)::text, concat(f8, iv) FROM t
SELECT substring(s FROM id FOR 2), substring(s, id - 2, 3), substring(s, 0), substring(s, -1, 3), substring(s, 0, 2), substr(s, id), substring(s FROM i2::int) FROM t
SELECT substring(s, 1, i4) FROM t
SELECT round(n, id), round(n2, i2), trunc(n, id - 2), round(n, -1) FROM t WHERE id < 4
SELECT round(n, id) FROM t ORDER BY round(n, id)
SELECT '1.50'::text::numeric, ' 12 '::text::numeric + 1, '1e3'::text::numeric, sum(x::numeric), avg(x::numeric) FROM (VALUES ('1.5'), ('2.25')) v(x)
SELECT s::numeric FROM t
SELECT initcap(s), initcap('hello wORLD o''neil a1b') FROM t
SELECT extract(milliseconds FROM ts), extract(microseconds FROM ts), extract(ms FROM iv), date_part('milliseconds', ts) FROM t
SELECT date_trunc('hour', iv), date_trunc('month', iv), date_trunc('day', iv * 3), date_trunc('year', iv), date_trunc('second', iv), date_trunc('quarter', iv), date_trunc('decade', iv) FROM t
SELECT s SIMILAR TO '(Z|g)%', s SIMILAR TO '%e_', s NOT SIMILAR TO 'Zebra', s SIMILAR TO 'Z.*', s SIMILAR TO '[A-Z]%', s SIMILAR TO '%\_\\', s SIMILAR TO '%50#%%' ESCAPE '#' FROM t
SELECT s ~ '\w+', s ~ '^\w+$', s ~ '\d', s ~ '\d\d%', s ~ '\s', s ~ '^\S+$', s ~ '\D{3}', s ~ 'b.*?a', s !~ '\W' FROM t
SELECT s ~ '[\d]' FROM t
SELECT regexp_replace(s, '\d', '#', 'g') FROM t
SELECT substring(s from '\w\w') FROM t
WITH RECURSIVE r(x) AS (SELECT 1.0 UNION ALL SELECT x + 1 FROM r WHERE x < 14) SELECT x, x * 2 FROM r
WITH RECURSIVE r(x) AS (SELECT 1.0 UNION ALL SELECT x * 1.5 FROM r WHERE x < 14) SELECT sum(x), avg(x), max(x) FROM r
WITH RECURSIVE r(x) AS (SELECT 1.0 UNION SELECT x * 1.5 FROM r WHERE x < 14) SELECT sum(x) FROM r
WITH RECURSIVE r(x) AS (SELECT 1 UNION SELECT x + 1 FROM r WHERE x < 14) SELECT sum(x) FROM r
SELECT to_char(ts, 'SSSS'), to_char(ts, '\"x'), to_char(ts, 'YYYY"-q-"Q') FROM t
SELECT stddev(n / 3) FROM t
SELECT s ~ '\%', s ~ '50\%\_' FROM t
