-- Parameters without a declared type take it from what stands beside them
SELECT $1 FROM t
SELECT $1 + 1
SELECT 1 + $1, $1 * 2.5, i4 + $2, f8 * $3, n - $4 FROM t
SELECT $1 + $2
SELECT - $1
SELECT $1 || 'x', 'x' || $1, $1 || $2
SELECT $1 || s, s || $2 FROM t
SELECT i4 = $1, s = $2, d < $3, n <> $4, b = $5, u = $6, v = $7, c = $8, ts > $9, jb = $10 FROM t
SELECT i4 + $1, i4 = $1 FROM t
SELECT $1 = i4, $1 = i8 FROM t
SELECT $1 = i8, $1 = i4 FROM t
SELECT $1 = i4, $1 = s FROM t
SELECT $1 = s, $1 = v, $1 = c FROM t
SELECT $1 = v, $1 = s FROM t
SELECT s LIKE $1, v LIKE $2, c ILIKE $3, s NOT LIKE $4 FROM t
SELECT $1 LIKE 'a%', $1 LIKE $2
SELECT i4 FROM t ORDER BY id LIMIT $1
SELECT i4 FROM t ORDER BY id LIMIT $1 OFFSET $2
SELECT coalesce($1, i4), coalesce(s, $2), coalesce($3, $4), coalesce($5, 1.5), coalesce(v, $6) FROM t
SELECT CASE WHEN $1 THEN $2 ELSE i4 END, CASE $3 WHEN 1 THEN 'a' END, CASE WHEN b THEN $4 END FROM t
SELECT nullif($1, i4), nullif(s, $2), nullif($3, 1) FROM t
SELECT greatest($1, 5), least($2, s), greatest($3, $4) FROM t
SELECT $1::int4, $1 + 1
SELECT $1 + 1, $1::int8
SELECT $1::int4, $1::text
SELECT $1::numeric(10,2), $2::varchar(3), $3::timestamp(0), $4::date[]
SELECT cast($1 AS int8), cast($1 AS int8) + 1
SELECT d + $1, d - $2, ts + $3, ts - $4, tz - $5, tm + $6, $7 + d, d + $8::int4 FROM t
SELECT $1 - d, $2 - ts FROM t
SELECT d - $1 FROM t
SELECT iv * $1, $2 * iv, iv / $3 FROM t
SELECT i4 IN ($1, $2), s IN ($3), i4 IN (1, $4), $5 IN (1, 2), $6 IN (i4, n) FROM t
SELECT i4 = ANY ($1), s = ANY ($2), v = ANY ($3), d = ANY ($4), $5 = ANY (ai), i4 <> ALL ($6), $7 = ANY (atx) FROM t
SELECT $1 = ANY ($2)
SELECT i4 BETWEEN $1 AND $2, $3 BETWEEN 1 AND 5, d BETWEEN $4 AND $5, $6 BETWEEN $7 AND $8 FROM t
SELECT (i4, s) = ($1, $2), ($3, $4) IN ((1, 'a')) FROM t
SELECT $1 IS NULL
SELECT $1 IS TRUE, NOT $2, $3 AND true, i4 IS DISTINCT FROM $4 FROM t
SELECT i4 FROM t WHERE $1
SELECT i4 FROM t WHERE id = $1 AND s = $2 OR i4 > $3
SELECT abs($1)
SELECT lower($1), length($2), round($3, 2), substring($4, 1, 2), upper(s || $5) FROM t
SELECT date_trunc('day', $1)
SELECT date_trunc('month', $1::timestamp), extract(year FROM $2::date), date_trunc($3, ts), date_part($4, d) FROM t
SELECT sum($1), max($2) FROM t
SELECT sum(i4 * $1), avg(n + $2), string_agg(s, $3), count($4) FROM t
SELECT to_char(ts, $1), concat($2, $3), left(s, $4), s || repeat('a', 3), concat_ws($5, s, v) FROM t
SELECT $1 UNION SELECT 1
SELECT 1 UNION SELECT $1
SELECT 'a' UNION SELECT $1
SELECT $1 UNION SELECT $2
SELECT i4 FROM t UNION SELECT $1
VALUES ($1, 1), (2, $2)
VALUES ($1), ($2)
SELECT * FROM (VALUES (1, $1), ($2, 'a')) AS v (a, b)
SELECT * FROM (SELECT $1 AS x) q WHERE x = 'a'
SELECT x + 1 FROM (SELECT $1 AS x) q
SELECT x FROM (SELECT $1::int4 AS x) q WHERE x > $2
SELECT i4 FROM t WHERE i4 IN (SELECT $1)
SELECT (SELECT $1), EXISTS (SELECT $2)
SELECT ARRAY[$1, 1], ARRAY[$2, 'a'], ARRAY[$3], ai[$4], ai[$5:$6] FROM t
SELECT i4, count(*) FROM t GROUP BY i4 HAVING count(*) >= $1 ORDER BY i4
SELECT s, $1 FROM t GROUP BY s ORDER BY s
SELECT i4 + $1 FROM t GROUP BY i4 + $1
SELECT t.id FROM t JOIN t AS o ON o.i4 = $1 AND t.id = o.id
SELECT * FROM generate_series(1, $1) AS g
SELECT * FROM unnest($1::int4[]) AS g
SELECT row_number() OVER (ORDER BY id) + $1, lag(i4, $2) OVER (ORDER BY id), lag(i4, 1, $3) OVER (ORDER BY id), ntile($4) OVER (ORDER BY id) FROM t ORDER BY id
SELECT sum(i4) OVER (ORDER BY id ROWS BETWEEN $1 PRECEDING AND CURRENT ROW) FROM t ORDER BY id
SELECT jb -> $1, jb ->> $2, j #> $3, jb @> $4, jb ? $5 FROM t
SELECT $3
SELECT $2 + 1
SELECT tz AT TIME ZONE $1, ts AT TIME ZONE $2 FROM t
SELECT $1 ~ 'a', s ~ $2 FROM t
SELECT position($1 in s), overlay(s placing $2 from 1), trim($3 from s) FROM t
SELECT $1 FROM t ORDER BY $1
SELECT DISTINCT $1 FROM t
SELECT $1 AS x, i4 FROM t ORDER BY x, i4
