-- Dates and intervals as BI tools compute them
SELECT i4 * INTERVAL '1 day', INTERVAL '1 day' * f8, n2 * INTERVAL '1 day', (i4 - 0.5) * INTERVAL '1 day', i2 * INTERVAL '-3 day' FROM t
SELECT f8 * INTERVAL '1 hour', n * INTERVAL '1 second', -n2 * INTERVAL '1 minute', 0.1 * INTERVAL '1 day', 1.999999 * INTERVAL '7 day' FROM t
SELECT i4 * INTERVAL '1 month', (i4 % 3) * -1 * INTERVAL '1 year', i2 * INTERVAL '1 month 2 days', i2 * iv, iv * 2.0 FROM t
SELECT NULL * INTERVAL '1 day', INTERVAL '1 month' * NULL, (CASE WHEN b THEN -10 ELSE 2 END) * INTERVAL '1 month' FROM t
SELECT ts + (-EXTRACT(DOW FROM ts) * INTERVAL '1 day'), d + (4 - MOD(CAST(i4 AS numeric), 7)) * INTERVAL '1 day' FROM t WHERE id < 4
SELECT 7 * -5 * INTERVAL '1 day', 0.99999999999999 * INTERVAL '1 day', -1.5 * INTERVAL '1 day', 0 * INTERVAL '1 day'
SELECT to_timestamp('2021-05-15 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US'), to_timestamp('2020-01-01 10:20:30', 'yyyy-MM-dd HH24:mi:ss')
SELECT to_timestamp('2020-01-01 10:20:30.5', 'YYYY-MM-DD HH24:MI:SS.MS'), to_timestamp('2020-01-01T10:20:30', 'YYYY-MM-DD"T"HH24:MI:SS'), to_timestamp('2020-02-29', 'YYYY-MM-DD'), to_timestamp(NULL, 'YYYY-MM-DD')
SELECT to_timestamp(CAST(ts3 AS text), 'YYYY-MM-DD"T"HH24:MI:SS.MS'), to_timestamp(CAST(d AS text), 'YYYY-MM-DD HH24:MI:SS') FROM t
SELECT to_date('2020-02-29', 'YYYY-MM-DD'), to_date(CAST(d AS text), 'YYYY-MM-DD') FROM t
SELECT to_timestamp('2020-13-01 00:00:00', 'YYYY-MM-DD HH24:MI:SS')
SELECT date_trunc('qtr', ts), date_trunc('yrs', ts), date_trunc('mon', d), date_trunc('MINS', tz), date_trunc('hr', ts), date_trunc('msec', ts), date_trunc('w', ts), extract(qtr FROM ts), date_part('mons', d), extract(secs FROM ts) FROM t
SELECT CAST(CAST((EXTRACT(YEAR FROM d) * 100 + 1) * 100 + 1 AS varchar) AS date), ' 20240131 '::text::date, CAST(EXTRACT(YEAR FROM d) || '-' || EXTRACT(MONTH FROM d) || '-01' AS date) FROM t
SELECT CAST((s || '20241301') AS date) FROM t WHERE id = 3
