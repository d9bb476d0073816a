-- Arithmetic of columns
SELECT i2 + i2, i2 + i4, i2 + i8, i2 + n, i2 + f4, i2 + f8, i4 + f4, i8 + f4, n + f4, n + f8, f4 + f8, f4 + f4 FROM t
SELECT i4 - i2, i4 * i2, i4 / nullif(i2, 0), i4 % nullif(i2, 0), n * n2, n - n2, n + n2, -n, -i2, -f8, +i4 FROM t
SELECT n / nullif(n2, 0) FROM t
SELECT n % nullif(n2, 0), i4 % nullif(n2, 0) FROM t
SELECT i8 / nullif(i4, 0), i8 % nullif(i4, 0), -7 / 2, -7 % 2, 7 / -2, 7 % -2 FROM t
SELECT f8 / nullif(f8, 0), f4 / nullif(f8, 0), f8 ^ 2, f8 * 2, f8 + 1.5, f8 * '2', f4 * 2.0 FROM t
SELECT i4 / i2 FROM t
SELECT f8 / 0 FROM t
SELECT f8 % 2 FROM t
SELECT n % 0 FROM t
SELECT i4 & 6, i4 | 1, i4 # 3, ~i4, i4 << 2, i4 >> 1, i2 & i2, i8 & i4, i2 << 1 FROM t
SELECT @ i4, @ n, @ f8, |/ abs(f8), ||/ f8 FROM t
SELECT i4 ! FROM t
SELECT s + 1 FROM t
SELECT s - s FROM t
SELECT b + 1 FROM t
SELECT i4 + s FROM t
SELECT i4 = s FROM t
SELECT i4 = '7', i4 < '7', i4 <> '7', n = '1.5', f8 >= '2', d = '2024-02-29', ts > '2000-01-01', b = 't', u = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', s = 'x', v = 'vienna', c = 'ab' FROM t
SELECT c = 'ab   ', c = 'ab', v = 'ab ', c = v, c = s, v = s, c || 'x', c || c, v || v, s || v FROM t
SELECT c = s, c < 'b', c LIKE 'ab', c LIKE 'ab%', c::text = 'ab' FROM t
SELECT i4 = n, i4 = f8, i2 = i8, n = f8, f4 = f8, i8 < n, i4 <= f4, d = ts, d = tz, ts = tz, ts > d, d < '2020-01-01' FROM t
SELECT d = s FROM t
SELECT ts = s FROM t
SELECT tm = ts FROM t
SELECT u = s FROM t
SELECT j = j FROM t
SELECT jb = jb, jb = '{}', jb < '[1]' FROM t
SELECT y = y, y = '\x00', y || '\x01'::bytea, y || '\x01', y < '\xff' FROM t
SELECT b = b, b < true, b <> false, b > 'f' FROM t
SELECT ai = ai, ai = '{1,2,3}', ai < '{2}', ai @> '{1}', ai && '{3}', '{1}' <@ ai, atx = '{a,b,NULL}', atx || 'z'::text, atx || '{z}', 0 || ai, ai || 4, ai || ai, ai || NULL FROM t
SELECT ai = al FROM t
SELECT ai || al, al || i4, i4 || al, an || i4, an || ai FROM t
SELECT ai || 'x' FROM t
SELECT ai || 1.5 FROM t
SELECT ai @> al FROM t
SELECT atx || s, s || atx, av || v, atx || 1 FROM t
SELECT i4 || s, s || i4, s || n, s || d, s || b, s || u, s || ts, d || s FROM t
SELECT s || f8, s || iv, s || y, s || ai FROM t
SELECT i4 || i4 FROM t
SELECT s || j, s || jb, j || s FROM t
SELECT jb || jb, jb || '{"z":1}', jb - 'a', jb - 0, jb - '{a}'::text[] FROM t WHERE id = 3
SELECT i4 == 1 FROM t
SELECT i4 != 7, i4 <> 7 FROM t
SELECT s ~ 'e', s ~* 'E', s !~ 'e', s !~* 'E', v ~ '^v', c ~ 'b$' FROM t
SELECT s ~~ '%e%', s !~~ '%e%', s ~~* '%E%', s !~~* 'E%' FROM t
SELECT i4 ~ '1' FROM t
SELECT s ^@ 'Z' FROM t
SELECT i4 BETWEEN 1 AND 50, i4 NOT BETWEEN '1' AND 50, n BETWEEN 1 AND 2.5, d BETWEEN '2000-01-01' AND '2030-01-01', s BETWEEN 'A' AND 'b', i4 BETWEEN SYMMETRIC 50 AND 1 FROM t
SELECT i4 BETWEEN 'a' AND 5 FROM t
SELECT i4 BETWEEN s AND 5 FROM t
SELECT i4 IS DISTINCT FROM i2, i4 IS NOT DISTINCT FROM NULL, s IS DISTINCT FROM 'x', n IS DISTINCT FROM 1 FROM t
SELECT s IS DISTINCT FROM 1 FROM t
SELECT b IS TRUE, b IS NOT TRUE, b IS FALSE, b IS UNKNOWN, b IS NOT UNKNOWN, (i4 > 1) IS TRUE FROM t
SELECT i4 IS TRUE FROM t
SELECT s IS NULL, ai IS NOT NULL, j IS NULL FROM t
SELECT (i4, s) = (42, 'Zebra'), (i4, n) < (50, 1), (i4, i8) >= (i4, 3), (d, i4) <> ('2024-02-29', 1) FROM t
SELECT (i4, s) = (42) FROM t
SELECT (i4, s) = (42, 1) FROM t
SELECT (i4, i4) IN ((42, 42), (1, 2)), (i4, s) IN (('42', 'Zebra')) FROM t
SELECT (i4, s) IS DISTINCT FROM (1, 'a') FROM t
SELECT (i4, s) + (1, 2) FROM t
