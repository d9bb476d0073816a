-- What a literal is, and what an untyped one becomes
SELECT 1, -1, 2147483647, 2147483648, -2147483648, -2147483649, 9223372036854775807, 9223372036854775808
SELECT - 2147483648, -9223372036854775808, -(-1), +1, + 1.5, -1.50
SELECT 1.5, .5, 5., 1e3, 1E-3, 1.50e2, 0x1F, 0o17, 0b101, 1_000, 1_000.5
SELECT 'a', '', NULL, true, false, E'a\tb', U&'d\0061t', $$x$$, 'a' 'b'
SELECT 'a' || 'b', 'a' || 1, 1 || 'a', 'a' || NULL, 'a' || 1.50, 'a' || true, 'a' || DATE '2024-01-01'
SELECT 1 + '2', '1' + 2, '1.5' + 2.5, 2 * '3', '7' / 2
SELECT '1' + '2'
SELECT '1' || '2'
SELECT - '1'
SELECT + '1'
SELECT @ '-1'
SELECT ~ '1'
SELECT '2024-01-01' + 1
SELECT 1 + 1.5, 1 / 2, 1 / 2.0, 7 % 3, 7.5 % 2, -7 / 2, -7 % 2, 2 ^ 3, 2.0 ^ 3, 2 ^ 0.5
SELECT 10000000000 / 3, 3000000000 + 1, 32767::int2 + 1::int2, 1::int2 + 1, 1::int2 * 2::int8
SELECT 2147483647 + 1
SELECT 9223372036854775807 + 1
SELECT 1 / 0
SELECT 1 % 0
SELECT 1.0 / 0
SELECT 'abc' + 1
SELECT 'abc'::int4
SELECT ''::int4
SELECT ' 12 '::int4
SELECT '12.5'::int4
SELECT 'x'::bool
SELECT 'yes'::bool, 'of'::bool, '1'::bool, ' T '::bool
SELECT '2024-02-30'::date
SELECT 'today' = 'today'
SELECT 'NaN'::float8, 'Infinity'::float8, '-inf'::float8, 'nan'::numeric, 'inf'::numeric
SELECT '1e400'::float8
SELECT '99999'::int2
SELECT '{1,2,NULL}'::int4[], '{"a b",c}'::text[], '{}'::date[]
SELECT '{1,2'::int4[]
SELECT DATE '2024-01-01', TIME '12:00', TIMESTAMP '2024-01-01 12:00', TIMESTAMPTZ '2024-01-01 12:00+02', INTERVAL '1 day 2 hours'
SELECT INTERVAL '1' YEAR
SELECT int4 '7', float8 '1.5', numeric(5,2) '1.239', bool 't'
SELECT 1 = '1', '1' = 1, 1 = 1.0, '2024-01-01' = DATE '2024-01-01', NULL = NULL, 1 = NULL
SELECT 'a' = 'a', 'a' < 'b', 'a' <> NULL
SELECT true = 't', 'f' = false, 1 = true
SELECT NULL IS NULL, NULL IS NOT NULL, NULL IS TRUE, 'x' IS NULL, NULL IS DISTINCT FROM NULL, 1 IS DISTINCT FROM '2'
SELECT NULL AND true, 't' AND 'f', NOT 't', NOT NULL
SELECT 1 AND true
SELECT NOT 1
SELECT 'x' AND true
