-- Explicit casts between columns
SELECT i2::int4, i4::int2, i4::int8, i8::int4, i4::numeric, i4::float4, i4::float8, n::int4, f8::int4, f4::int2 FROM t WHERE id = 1
SELECT n::int4, (n * 100)::int8, f8::int4, f8::int8, f4::int4, n2::int4 FROM t
SELECT i8::int4 FROM t
SELECT i4::bool, b::int4, i2::bool FROM t
SELECT b::int8 FROM t
SELECT b::int4, i4::bool FROM t
SELECT b::text, b::varchar, b::bpchar, b::varchar(2), b::char(3) FROM t
SELECT i4::text, i8::varchar(3), n::text, n2::text, d::text, u::text, ts::text, tz::text, tm::text FROM t
SELECT f8::text, f4::text, iv::text, y::text, ai::text, atx::text, j::text, jb::text FROM t
SELECT s::varchar(3), s::char(3), v::text, c::text, c::varchar, s::bpchar, length(c), length(s::char(10)) FROM t
SELECT s::int4 FROM t
SELECT i4::text::int8, d::text::date, ts::date, ts::time, tz::date, d::timestamp, d::timestamptz, tm::interval, iv::time FROM t
SELECT d::int4 FROM t
SELECT d::time FROM t
SELECT j::jsonb, jb::json, jb::text, '1'::jsonb::int4, 'true'::jsonb::bool, '1.5'::jsonb::numeric FROM t
SELECT jb::int4 FROM t
SELECT u::text, '00000000-0000-0000-0000-000000000001'::uuid FROM t
SELECT u::int4 FROM t
SELECT y::int4 FROM t
SELECT i4::numeric(5,1), n::numeric(6,2), n2::numeric, 1.005::numeric(4,2), 12.5::numeric(3), n::numeric(20,0) FROM t
SELECT 123.45::numeric(3,2)
SELECT 12345::numeric(3,-2)
SELECT ts::timestamp(0), ts::timestamp(2), tm::time(1), tz::timestamptz(0), ts3::timestamp FROM t
SELECT ts::timestamp(7) FROM t
SELECT iv::interval, '1 day'::interval, '1.5 hours'::interval FROM t
SELECT ai::int8[], ai::text[], al::int4[], atx::varchar[], an::float8[], ad::timestamp[] FROM t
SELECT ai::bool[], ab::int4[] FROM t
SELECT ai::date[] FROM t
SELECT ai::int4, i4::int4[] FROM t
SELECT cast(i4 AS text), cast('7' AS int4), cast(NULL AS date), CAST(s AS character varying) FROM t
SELECT i4::foo FROM t
SELECT i4::int4(3) FROM t
SELECT i4::text(3) FROM t
SELECT s::varchar(0) FROM t
SELECT s::char(0) FROM t
SELECT n::numeric(0) FROM t
SELECT n::numeric(1001) FROM t
SELECT n::numeric(5,1,1) FROM t
SELECT s::varchar(1,2) FROM t
SELECT i4::double precision, i4::real, i4::float(20), i4::float(30), i4::decimal(8,3), i4::dec, i4::smallint, i4::bigint, i4::integer FROM t
SELECT i4::float(0) FROM t
SELECT i4::float(54) FROM t
SELECT s::"char" FROM t
SELECT i4::pg_catalog.int8, i4::pg_catalog.numeric(9,1) FROM t
SELECT int8(i4), float8(n), numeric(i4), text(v), date(ts), int4(f8), varchar(s), bool(i4) FROM t
SELECT text(i4) FROM t
SELECT int4('5'), float8('1.5'), date('2024-01-01'), numeric('3')
SELECT s::date FROM t WHERE false
SELECT i4::date FROM t
SELECT CAST(f8 AS numeric), f8::numeric(10,1), f4::numeric FROM t
SELECT 2.5::int4, 3.5::int4, -2.5::int4, (-2.5)::int4, 2.5::float8::int4, 3.5::float8::int4, 0.5::float8::int8
