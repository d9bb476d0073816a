-- Date arithmetic
SELECT d + 1, d - 1, 1 + d, d - d, d + iv, d - iv, iv + d, d + tm, d + INTERVAL '1 month', d - INTERVAL '1 day' FROM t
SELECT ts + iv, ts - iv, ts - ts, ts3 - ts, tz + iv, tz - tz, tz - ts, ts - d, d - ts, tm + iv, tm - tm, iv + iv, iv - iv, -iv, iv * 2, 2 * iv, iv / 2, iv * 1.5 FROM t
SELECT ts - '1 day', ts - INTERVAL '1 day', ts + '1 day', d + '1 day' FROM t
SELECT d - '2020-01-01', ts - '2020-01-01' FROM t
SELECT d + 1.5 FROM t
SELECT d + i8 FROM t
SELECT d + i2 FROM t
SELECT d + d FROM t
SELECT ts + ts FROM t
SELECT ts + 1 FROM t
SELECT d + s FROM t
SELECT d * 2 FROM t
SELECT d + tmz, tm + d, iv * n FROM t
SELECT tm + tm FROM t
SELECT DATE '2024-01-31' + INTERVAL '1 month', TIMESTAMP '2024-03-31' - INTERVAL '1 month', DATE '2024-02-29' + INTERVAL '1 year'
SELECT extract(year FROM d), extract(month FROM ts), extract(day FROM d), extract(hour FROM ts), extract(minute FROM ts), extract(second FROM ts), extract(quarter FROM d), extract(week FROM d), extract(dow FROM d), extract(isodow FROM d), extract(doy FROM d), extract(isoyear FROM d), extract(century FROM d), extract(decade FROM d), extract(millennium FROM d) FROM t
SELECT extract(epoch FROM d), extract(epoch FROM ts), extract(epoch FROM tz), extract(epoch FROM iv), extract(millisecond FROM ts), extract(microseconds FROM ts), extract(epoch FROM tm) FROM t
SELECT extract(year FROM iv), extract(month FROM iv), extract(day FROM iv), extract(hour FROM iv), extract(second FROM iv), extract(hour FROM tm), extract(second FROM tm) FROM t
SELECT extract('year' FROM d), extract("month" FROM d), extract(YEAR FROM d) FROM t
SELECT extract(hour FROM d) FROM t
SELECT extract(nope FROM ts) FROM t
SELECT extract(year FROM s) FROM t
SELECT extract(year FROM '2024-01-01') FROM t
SELECT extract(timezone FROM tz), extract(julian FROM d) FROM t
SELECT date_part('year', d), date_part('second', ts), date_part('epoch', ts), date_part('dow', ts), date_part('month', iv), date_part('hour', tz) FROM t
SELECT date_part('year', '2024-01-01') FROM t
SELECT date_trunc('day', ts), date_trunc('month', d), date_trunc('year', tz), date_trunc('hour', ts), date_trunc('week', ts), date_trunc('quarter', ts), date_trunc('decade', ts), date_trunc('century', ts), date_trunc('minute', ts3), date_trunc('second', ts), date_trunc('milliseconds', ts), date_trunc('microseconds', ts) FROM t
SELECT date_trunc('DAY', ts), date_trunc('days', ts), date_trunc('month', ts)::date, date_trunc('day', iv), date_trunc('day', tz, 'Europe/Vienna'), date_trunc('month', '2024-02-29') FROM t
SELECT date_trunc('nope', ts) FROM t
SELECT date_trunc('day', s) FROM t
SELECT date_trunc('day', tm) FROM t
SELECT date_trunc(s, ts) FROM t WHERE false
SELECT age(ts, ts3), age(ts, TIMESTAMP '2000-01-01'), age(d, DATE '2001-03-31'), age(TIMESTAMP '2024-03-01', TIMESTAMP '2024-01-31') FROM t
SELECT date_bin('1 hour', ts, TIMESTAMP '2000-01-01'), date_bin('15 minutes', ts, '2000-01-01') FROM t
SELECT make_date(2024, 2, 29), make_timestamp(2024, 1, 2, 3, 4, 5.5), make_time(1, 2, 3.5), make_interval(1, 2, 0, 4, 5, 6, 7.5)
SELECT make_date(2023, 2, 29)
SELECT make_interval(days => 3)
SELECT to_char(ts, 'YYYY-MM-DD HH24:MI:SS'), to_char(d, 'YYYY-MM'), to_char(tz, 'Mon DD'), to_char(ts, 'IYYY-IW'), to_char(ts, 'Dy Day Month'), to_char(ts, 'YYYY"Q"Q'), to_char(ts, 'MS US'), to_char(ts, 'FMMonth FMDD'), to_char(ts, 'HH12:MI AM'), to_char(ts, 'DDD D ID J') FROM t
SELECT to_char(i4, '999'), to_char(n, 'FM999.00'), to_char(f8, '9.9'), to_char(iv, 'HH24:MI'), to_char(1234567, '9,999,999') FROM t
SELECT to_date('2024-02-29', 'YYYY-MM-DD'), to_timestamp('2024-02-29 01:02', 'YYYY-MM-DD HH24:MI'), to_timestamp(0), to_timestamp(1700000000.5)
SELECT ts AT TIME ZONE 'UTC', tz AT TIME ZONE 'Europe/Vienna', ts AT TIME ZONE 'America/New_York', timezone('UTC', tz), d AT TIME ZONE 'UTC', tz AT TIME ZONE INTERVAL '1 hour' FROM t
SELECT tz AT TIME ZONE 'Nowhere' FROM t
SELECT s AT TIME ZONE 'UTC' FROM t
SELECT now() > '2020-01-01', current_date > d, current_timestamp > ts, now() - INTERVAL '1 day' < now(), date_trunc('day', now()) <= now(), localtimestamp > ts FROM t
SELECT pg_typeof(now())
SELECT isfinite(d), isfinite(ts), isfinite(iv), justify_days(iv), justify_hours(iv), justify_interval(iv) FROM t
SELECT d = ts, d < tz, ts >= d, d BETWEEN ts AND tz, greatest(d, ts), d IN ('2024-02-29', '2000-01-01'), ts::date = d FROM t
SELECT ts > '2024-01-01', ts > DATE '2024-01-01', tz >= TIMESTAMP '2024-01-01', d = '2024-02-29'::text FROM t
SELECT (ts - INTERVAL '1 day')::date, (d || ' 10:00')::timestamp, date '2024-01-01' + time '10:00', d::timestamp + tm FROM t
SELECT (d, ts) OVERLAPS (d, ts) FROM t
SELECT '2024-01-01'::date - '2023-01-01'::date, '2024-01-01'::timestamp - '2023-01-01', timestamp '2024-01-01' = '2024-01-01'
SELECT interval '1 day' > interval '23 hours', interval '1 month' = interval '30 days', iv > '1 day', iv = iv FROM t
SELECT d::text || '', ts::text, tz::text, iv::text FROM t
SELECT ts::varchar(10), to_char(d, 'YYYY')::int4, extract(year FROM d)::int4, date_part('year', d)::int4 FROM t
