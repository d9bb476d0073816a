-- CASE, COALESCE, GREATEST, NULLIF, ARRAY, IN, ANY: what type they agree on
SELECT CASE WHEN b THEN 1 ELSE 2.5 END, CASE WHEN b THEN i2 ELSE i8 END, CASE WHEN b THEN '1' ELSE i4 END, CASE WHEN b THEN NULL ELSE n2 END, CASE WHEN b THEN 'x' END, CASE WHEN b THEN NULL END FROM t
SELECT CASE WHEN b THEN n2 ELSE n2 END, CASE WHEN b THEN n2 ELSE 1.5 END, CASE WHEN b THEN v ELSE v END, CASE WHEN b THEN v ELSE 'x' END, CASE WHEN b THEN v ELSE s END, CASE WHEN b THEN c ELSE c END FROM t
SELECT CASE WHEN b THEN f4 ELSE n END, CASE WHEN b THEN f8 ELSE n END, CASE WHEN b THEN d ELSE ts END, CASE WHEN b THEN ts ELSE tz END, CASE WHEN b THEN d ELSE tz END, CASE WHEN b THEN c ELSE v END, CASE WHEN b THEN v ELSE c END FROM t
SELECT CASE WHEN b THEN i4 ELSE s END FROM t
SELECT CASE WHEN b THEN s ELSE i4 END FROM t
SELECT CASE WHEN b THEN 1 ELSE 'x' END FROM t
SELECT CASE WHEN i4 THEN 1 END FROM t
SELECT CASE WHEN 't' THEN 1 WHEN NULL THEN 2 END FROM t
SELECT CASE i4 WHEN 42 THEN 'a' WHEN '-17' THEN 'b' ELSE 'c' END, CASE s WHEN 'Zebra' THEN 1 WHEN NULL THEN 2 END, CASE n WHEN 0 THEN true END FROM t
SELECT CASE i4 WHEN 'x' THEN 1 END FROM t
SELECT CASE i4 WHEN s THEN 1 END FROM t
SELECT CASE WHEN b THEN i4 ELSE d END FROM t
SELECT CASE WHEN b THEN tm ELSE d END FROM t
SELECT CASE WHEN b THEN iv ELSE tm END FROM t
SELECT CASE WHEN b THEN tm ELSE iv END FROM t
SELECT CASE WHEN b THEN j ELSE jb END FROM t
SELECT CASE WHEN b THEN ai ELSE al END FROM t
SELECT CASE WHEN b THEN ai ELSE '{}' END, CASE WHEN b THEN j ELSE '{}' END, CASE WHEN b THEN d ELSE '2000-01-01' END FROM t
SELECT coalesce(i4, 0), coalesce(i2, i8), coalesce(n, 0), coalesce(n2, 0), coalesce(s, ''), coalesce(v, ''), coalesce(v, v), coalesce(c, 'x'), coalesce(NULL, NULL), coalesce(NULL, 1), coalesce(d, '2000-01-01') FROM t
SELECT coalesce(n2, n2), coalesce(n2, NULL), coalesce(ts3, ts3), coalesce(ts3, ts) FROM t
SELECT coalesce(i4, 'x') FROM t
SELECT coalesce(s, 0) FROM t
SELECT coalesce(i4, d) FROM t
SELECT coalesce(f4, n), coalesce(i4, f4), coalesce(n, f8), coalesce(d, tz), coalesce(i4, 1.5) FROM t
SELECT greatest(i4, 5), greatest(i4, i8), least(n, 1), greatest(s, 'm'), least(d, '2000-01-01'), greatest(NULL, i4), greatest('a', 'b'), least(f8, i4), greatest(v, v), greatest(n2, n2) FROM t
SELECT greatest(i4, s) FROM t
SELECT greatest(j, j) FROM t
SELECT nullif(i4, 0), nullif(s, ''), nullif(n, 0), nullif(i4, 1.5), nullif(n2, n2), nullif(v, 'x'), nullif(c, 'ab'), nullif(NULL, 1), nullif('a', 'b'), nullif(d, '2000-01-01'), nullif(i2, i8) FROM t
SELECT nullif(i4, 'x') FROM t
SELECT nullif(s, 1) FROM t
SELECT nullif(1, NULL), nullif(j, j)
SELECT ARRAY[1, 2], ARRAY[1, 2.5], ARRAY['a', 'b'], ARRAY[i2, i8], ARRAY[NULL, 1], ARRAY[NULL], ARRAY[d, '2000-01-01'], ARRAY[v, s], ARRAY[n2, n2] FROM t
SELECT ARRAY[1, 'x'] FROM t
SELECT ARRAY[i4, s] FROM t
SELECT ARRAY[] FROM t
SELECT ARRAY[]::int4[], ARRAY[1, 2]::int8[], ARRAY['1', '2']::int4[], ARRAY[i4, n]::text[] FROM t
SELECT ARRAY[1, '2'::text] FROM t
SELECT i4 IN (1, 42), i4 IN (1, 2.5), i4 IN ('42', '1'), i4 IN ('42', 1), i4 IN (NULL, 42), s IN ('a', 'Zebra'), n IN (1, 2.5), d IN ('2024-02-29'), i4 NOT IN (1, 2), v IN ('vienna', 'x'), c IN ('ab', 'cd') FROM t
SELECT i4 IN (i2, i8), i4 IN (n, 1), i2 IN (1, i8, 2.5), s IN (v, c), v IN (s, 'x') FROM t
SELECT i4 IN (s) FROM t
SELECT i4 IN (1, 'x') FROM t
SELECT s IN (1, 2) FROM t
SELECT s IN (1, 'a') FROM t
SELECT d IN ('2024-02-29', ts), ts IN (d, tz), 1 IN (i4, '42'), '42' IN (i4, i8), 'a' IN ('a', 'b'), NULL IN (1, 2) FROM t
SELECT jb IN ('{}'), j IN ('{}') FROM t
SELECT i4 = ANY (ai), i4 = ANY ('{42,1}'), i4 = ANY (al), i8 = ANY (ai), i4 <> ALL (ai), s = ANY (atx), s = ANY ('{Zebra}'), v = ANY (atx), s = ANY (av), n = ANY (ai), i4 = ANY (ARRAY[1, 42]), s LIKE ANY (ARRAY['Z%', 'a']), i4 < ANY (an) FROM t
SELECT i4 = ANY (atx) FROM t
SELECT i4 = ANY (i4) FROM t
SELECT i4 = ANY (s) FROM t
SELECT s = ANY (ARRAY[1]) FROM t
SELECT '42' = ANY (ai), NULL = ANY (ai), 'a' = ANY ('{a}'), 42 = ANY (NULL) FROM t
SELECT i4 + ANY (ai) FROM t
SELECT d = ANY (ats), ts = ANY (ad), d = ANY ('{2024-02-29}') FROM t
SELECT i4 IN (SELECT i2 FROM t), i4 IN (SELECT '42'), s = ANY (SELECT v FROM t), (i4, s) IN (SELECT i4, s FROM t), i4 > ALL (SELECT i2 FROM t), EXISTS (SELECT 1), EXISTS (SELECT * FROM t WHERE false) FROM t
SELECT i4 IN (SELECT s FROM t) FROM t
SELECT i4 IN (SELECT i4, i4 FROM t) FROM t
SELECT (i4, i4) IN (SELECT i4 FROM t) FROM t
SELECT (SELECT i4, i4 FROM t) FROM t
SELECT (SELECT max(i4) FROM t), (SELECT 'x'), (SELECT NULL), (SELECT n2 FROM t WHERE id = 1) FROM t
SELECT (SELECT i4 FROM t) FROM t
SELECT ARRAY(SELECT i4 FROM t ORDER BY id), ARRAY(SELECT 'a'), ARRAY(SELECT n2 FROM t ORDER BY id)
SELECT ai[1], ai[2], ai[9], atx[1], an[1], ai[1:2], ai[2:], ai[:1], ai['1'], (ARRAY[1,2,3])[2] FROM t
SELECT ai['x'] FROM t
SELECT ai[s] FROM t
SELECT ai[1.5], ai[i8] FROM t
SELECT ai[n] FROM t
SELECT i4[1] FROM t
SELECT jb['a'] FROM t
