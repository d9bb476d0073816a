-- Numbers
SELECT abs(i2), abs(i4), abs(n), abs(f8), abs(-5), abs('-5'), sign(n), sign(f8), sign(i4), sign(-5) FROM t
SELECT round(n), round(n, 1), round(f8), round(i4), round(n2, -1), round(2.5), round(-2.5), round(3.5), round(2.5::float8), round(0.125, 2), round(i4, 0), round(1.005, 2) FROM t
SELECT round(f8, 2) FROM t
SELECT round(n, i4) FROM t WHERE id = 3
SELECT ceil(n), ceiling(f8), floor(n), floor(f8), trunc(n), trunc(n, 1), trunc(f8), ceil(i4), floor(-2.5), trunc(-2.7), trunc(12.345, -1) FROM t
SELECT power(2, 3), power(2.0, 3), pow(f8, 2), sqrt(16), sqrt(n2 * n2), exp(1), exp(0.0), ln(2), ln(2.0), log(100), log(100.0), log(2.0, 64.0), cbrt(27), pi(), log10(1000) FROM t
SELECT power(f8, 2), sqrt(abs(f8)), exp(f8), ln(abs(f8) + 1), sin(f8), cos(f8), tan(f8), atan(f8), atan2(f8, 1), degrees(f8), radians(f8), cot(1) FROM t
SELECT sqrt(-1)
SELECT sqrt(-1.0)
SELECT ln(0)
SELECT ln(0.0)
SELECT power(0, -1)
SELECT acos(2)
SELECT mod(7, 3), mod(-7, 3), mod(7.5, 2), mod(i4, 5), mod(n, 2), div(7, 2), div(-7, 2), div(n, 0.5), gcd(12, 18), lcm(4, 6) FROM t
SELECT mod(1, 0)
SELECT width_bucket(5.35, 0.024, 10.06, 5), width_bucket(i4, 0, 100, 10), width_bucket(f8, ARRAY[1.0, 2.0]::float8[]) FROM t
SELECT scale(n), min_scale(n), trim_scale(n), to_hex(255), to_hex(i8) FROM t
SELECT random() < 2
SELECT abs(s) FROM t
SELECT round('1.5'), round('x') FROM t
SELECT greatest(1, 2.5), abs(i4) + 1.5, round(i4 / 3.0, 2), round(n2 / 3, 2), round(100.0 * i4 / 7, 1), trunc(n2 / 3, 2), floor(n2 / 3), ceil(i4 / 4.0) FROM t
SELECT n2 / 3, i4 / 3.0, 1.0 / 3, 10 / 4.0, 2.0 / 3.00, 1e10 / 7, 0.001 / 3, n2 / 2 * 2 FROM t
SELECT n2 / 3 > 1, n2 / 3 = n2 / 3, (n2 / 3)::float8, (n2 / 3)::text, (n2 / 3)::int4 FROM t
SELECT 1.10 + 2.205, 1.10 * 2.20, 1.10 - 1.1, 3 * 1.50, n * n, n2 * 1.5, -n2, n + 1, n2 + n, n2 - 0.001 FROM t
-- Strings
SELECT lower(s), upper(s), initcap(s), length(s), char_length(s), octet_length(s), bit_length(s), reverse(s), length(v), length(c), upper(c), lower(v) FROM t
SELECT left(s, 2), right(s, 2), left(s, -2), right(s, -2), left(s, 0), substr(s, 2), substr(s, 2, 3), substring(s, 2), substring(s from 2 for 3), substring(s for 2), substr(s, 0, 3), substr(s, -1, 3), substring(s from '[a-z]+') FROM t
SELECT substr(s, 1, -1) FROM t
SELECT trim(s), trim('  x  '), ltrim('xxa', 'x'), rtrim('axx', 'x'), btrim('xax', 'x'), trim(both 'x' from 'xax'), trim(leading from '  x'), btrim(s) FROM t
SELECT lpad(s, 8), rpad(s, 8, '*'), lpad('abc', 2), rpad('abc', 5, 'xy'), repeat('ab', 3), repeat('x', 0), replace(s, 'e', 'E'), translate(s, 'eb', 'EB'), translate('12345', '143', 'ax') FROM t
SELECT split_part('a,b,c', ',', 2), split_part('a,b', ',', 5), split_part('a,b,c', ',', -1), split_part(s, 'e', 1), string_to_array('a,b', ','), string_to_array('a,b,', ','), string_to_array('', ','), string_to_array('abc', NULL), array_to_string(ARRAY['a', NULL, 'b'], ','), array_to_string(ARRAY['a', NULL], ',', '*'), array_to_string(ai, '-') FROM t
SELECT strpos(s, 'e'), position('e' in s), strpos(s, ''), starts_with(s, 'Z'), ascii(s), chr(65), ascii(''), md5(s), md5('') FROM t
SELECT concat(s, i4), concat(i4, n2, d), concat(NULL, 'a'), concat_ws('-', s, NULL, v), concat_ws(',', i4, b), concat('a', true), concat(s) FROM t
SELECT concat(f8, ' ', iv), concat(ts, tz), concat(ai) FROM t
SELECT format('%s-%I-%L', 'a', 'b c', 'd'), format('%s', i4) FROM t
SELECT overlay('abcdef' placing 'XX' from 2 for 3), overlay('abc' placing 'X' from 2), quote_literal('a''b'), quote_ident('a b'), to_hex(10) FROM t
SELECT regexp_replace(s, 'e', 'E'), regexp_replace('aaa', 'a', 'b', 'g'), regexp_replace('Abc', 'a', 'x', 'i'), regexp_match('abc123', '[0-9]+'), regexp_like(s, 'Z'), regexp_count('banana', 'a'), regexp_substr('abc123', '[0-9]+'), regexp_split_to_array('a1b2c', '[0-9]') FROM t
SELECT regexp_replace('abc', '(b)', '[\1]'), regexp_replace('foo.bar', '\.', '-'), regexp_replace('x', '(', 'y') FROM t
SELECT s LIKE 'Z%', s LIKE '_ebra', s LIKE '%50\%%', s LIKE '%\_%', s LIKE 'größe%', s LIKE '', s LIKE '%', s LIKE '%50!%%' ESCAPE '!', s LIKE 'gr_ße%', s ILIKE 'GRÖSSE%', s ILIKE 'ZEBRA', s NOT LIKE 'Z%', s NOT ILIKE 'z%', s LIKE NULL FROM t
SELECT s LIKE '%\' FROM t
SELECT s LIKE 'a' ESCAPE 'xy' FROM t
SELECT s LIKE '%\\' FROM t
SELECT s LIKE v, s LIKE v || '%', s ILIKE v FROM t
SELECT s SIMILAR TO '(Z|g)%', s SIMILAR TO 'Zebra', s NOT SIMILAR TO 'x' FROM t
SELECT i4 LIKE '4%' FROM t
SELECT y LIKE '\x01%' FROM t
SELECT lower(NULL), lower('X'), length(NULL), upper(c) || 'x', v || s, coalesce(v, s) FROM t
SELECT lower(b) FROM t
SELECT left(s, i8) FROM t
SELECT left(s, n) FROM t
SELECT substr(s, '2') FROM t
SELECT repeat(s, 'x') FROM t
SELECT length(i4) FROM t
SELECT length(123)
SELECT upper(123)
SELECT lpad(i4::text, 5, '0'), i4::text || '%', s || ' ' || v, s || i4 || b FROM t
SELECT s < v, s > 'a', s = v, 'a' < 'B', 'Z' < 'a', upper('ß'), lower('ÄÖÜ'), initcap('hello world-foo'), length('größe'), reverse('äb'), left('äöü', 2), strpos('äöü', 'ü') FROM t
SELECT encode(y, 'hex'), decode('ff', 'hex'), length(y), md5(y), octet_length(y), substring(y from 1 for 1), encode(y, 'base64') FROM t
-- Arrays and JSON
SELECT array_length(ai, 1), cardinality(ai), array_upper(ai, 1), array_lower(ai, 1), array_ndims(ai), array_append(ai, 9), array_prepend(0, ai), array_cat(ai, ai), array_remove(ai, 1), array_replace(ai, 1, 7), array_position(ai, 2), array_positions(ai, 2), array_length(ai, 2) FROM t
SELECT array_append(ai, 1.5), array_append(ai, 'x') FROM t
SELECT array_append(ai, i8), array_position(al, i4), array_cat(ai, al), array_append(atx, 'x'), array_remove(atx, 'a'), array_to_string(atx, ','), array_append(NULL, 1), array_length(NULL, 1) FROM t
SELECT cardinality(i4) FROM t
SELECT cardinality('{1,2}') FROM t
SELECT jb -> 'a', jb ->> 'a', jb -> 'b' -> 0, jb #> '{b,1}', jb #>> '{b,1}', j -> 'a', j ->> 'c', jb @> '{"a":1}', jb ? 'a', '{"a":1}' <@ jb, jb -> 0, j -> 0, j ->> 1 FROM t
SELECT s -> 'a' FROM t
SELECT jb -> s, jb -> i4, jb ->> v FROM t
SELECT jb -> n FROM t
SELECT jsonb_typeof(jb), json_typeof(j), jsonb_array_length('[1,2]'), to_json(i4), to_jsonb(s), json_build_object('a', i4), jsonb_build_array(i4, s), jsonb_extract_path_text(jb, 'a'), json_extract_path(j, 'b', '0'), jsonb_strip_nulls(jb), jsonb_pretty(jb) FROM t
SELECT json_array_length(j) FROM t WHERE false
SELECT jsonb_array_length(jb) FROM t WHERE id = 2
SELECT (jb ->> 'a')::int4 + 1, (jb -> 'a')::int4, (jb ->> 'c') || 'x' FROM t WHERE id = 1
SELECT num_nulls(i4, s), num_nonnulls(i4, s) FROM t
SELECT current_user = user, current_schema IS NULL, current_database() IS NULL
SELECT lower(variadic ARRAY['a'])
SELECT concat(variadic ARRAY['a', 'b'])
SELECT pg_catalog.lower(s), pg_catalog.count(*) FROM t GROUP BY s
SELECT other.lower(s) FROM t
SELECT generate_series(1, 3) + 1
SELECT generate_series('2024-01-01'::timestamp, '2024-01-03', '1 day'), generate_series(1, 3, 1)
SELECT * FROM generate_series(DATE '2024-01-01', DATE '2024-01-03', '1 day') g
SELECT * FROM generate_series(1.5, 3.5) g
SELECT * FROM generate_series(1, 10, 3) g
SELECT * FROM generate_series(3, 1) g
SELECT * FROM generate_series('1', '3') g
SELECT * FROM lower('X') g
SELECT * FROM unnest(ARRAY[1, 2], ARRAY['a', 'b']) g
SELECT * FROM unnest(ARRAY[1.5, NULL]) g
SELECT * FROM unnest('{1,2}') g
