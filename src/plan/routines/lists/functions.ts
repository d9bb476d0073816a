/**
 * Scalar and set-returning functions a client may call: `name(types) result volatility error-class`.
 * Generated from the catalog of PostgreSQL 15.18 and cut to what a query may use: no function that runs SQL, reads a
 * file, names a relation, role or setting, or has an effect. What is not listed answers 42883 as if it did not exist.
 * error-class: leakproof and total never raise and may run beside a row filter; may-raise stays above the fence.
 */
export const FUNCTIONS = `
abs(int8) int8 immutable may-raise
abs(float8) float8 immutable may-raise
abs(int4) int4 immutable may-raise
abs(numeric) numeric immutable may-raise
abs(float4) float4 immutable may-raise
abs(int2) int2 immutable may-raise
acos(float8) float8 immutable may-raise
acosd(float8) float8 immutable may-raise
acosh(float8) float8 immutable may-raise
age(timestamptz) interval stable may-raise
age(timestamptz, timestamptz) interval immutable may-raise
age(timestamp) interval stable may-raise
age(timestamp, timestamp) interval immutable may-raise
array_append(anycompatiblearray, anycompatible) anycompatiblearray immutable may-raise
array_cat(anycompatiblearray, anycompatiblearray) anycompatiblearray immutable may-raise
array_length(anyarray, int4) int4 immutable total
array_lower(anyarray, int4) int4 immutable total
array_ndims(anyarray) int4 immutable total
array_position(anycompatiblearray, anycompatible) int4 immutable may-raise
array_position(anycompatiblearray, anycompatible, int4) int4 immutable may-raise
array_positions(anycompatiblearray, anycompatible) int4[] immutable may-raise
array_prepend(anycompatible, anycompatiblearray) anycompatiblearray immutable may-raise
array_remove(anycompatiblearray, anycompatible) anycompatiblearray immutable may-raise
array_replace(anycompatiblearray, anycompatible, anycompatible) anycompatiblearray immutable may-raise
array_to_string(anyarray, text) text stable may-raise
array_to_string(anyarray, text, text) text stable may-raise
array_upper(anyarray, int4) int4 immutable total
ascii(text) int4 immutable may-raise
asin(float8) float8 immutable may-raise
asind(float8) float8 immutable may-raise
asinh(float8) float8 immutable may-raise
atan(float8) float8 immutable may-raise
atan2(float8, float8) float8 immutable may-raise
atan2d(float8, float8) float8 immutable may-raise
atand(float8) float8 immutable may-raise
atanh(float8) float8 immutable may-raise
bit_length(bytea) int4 immutable total
bit_length(text) int4 immutable total
bool(int4) bool immutable leakproof
bool(jsonb) bool immutable may-raise
bpchar(bpchar, int4, bool) bpchar immutable may-raise
btrim(bytea, bytea) bytea immutable total
btrim(text) text immutable total
btrim(text, text) text immutable total
cardinality(anyarray) int4 immutable total
cbrt(float8) float8 immutable may-raise
ceil(float8) float8 immutable may-raise
ceil(numeric) numeric immutable may-raise
ceiling(float8) float8 immutable may-raise
ceiling(numeric) numeric immutable may-raise
char_length(bpchar) int4 immutable total
char_length(text) int4 immutable total
character_length(bpchar) int4 immutable total
character_length(text) int4 immutable total
chr(int4) text immutable may-raise
concat(...any) text stable total
concat_ws(text, ...any) text stable total
cos(float8) float8 immutable may-raise
cosd(float8) float8 immutable may-raise
cosh(float8) float8 immutable may-raise
cot(float8) float8 immutable may-raise
cotd(float8) float8 immutable may-raise
date(timestamptz) date stable may-raise
date(timestamp) date immutable may-raise
date_bin(interval, timestamptz, timestamptz) timestamptz immutable may-raise
date_bin(interval, timestamp, timestamp) timestamp immutable may-raise
date_part(text, date) float8 immutable may-raise
date_part(text, interval) float8 immutable may-raise
date_part(text, timetz) float8 immutable may-raise
date_part(text, time) float8 immutable may-raise
date_part(text, timestamptz) float8 stable may-raise
date_part(text, timestamp) float8 immutable may-raise
date_trunc(text, interval) interval immutable may-raise
date_trunc(text, timestamptz) timestamptz stable may-raise
date_trunc(text, timestamptz, text) timestamptz stable may-raise
date_trunc(text, timestamp) timestamp immutable may-raise
decode(text, text) bytea immutable may-raise
degrees(float8) float8 immutable may-raise
div(numeric, numeric) numeric immutable may-raise
encode(bytea, text) text immutable may-raise
exp(float8) float8 immutable may-raise
exp(numeric) numeric immutable may-raise
extract(text, date) numeric immutable may-raise
extract(text, interval) numeric immutable may-raise
extract(text, timetz) numeric immutable may-raise
extract(text, time) numeric immutable may-raise
extract(text, timestamptz) numeric stable may-raise
extract(text, timestamp) numeric immutable may-raise
float4(int8) float4 immutable leakproof
float4(float8) float4 immutable may-raise
float4(int4) float4 immutable leakproof
float4(jsonb) float4 immutable may-raise
float4(numeric) float4 immutable may-raise
float4(int2) float4 immutable leakproof
float8(int8) float8 immutable leakproof
float8(int4) float8 immutable leakproof
float8(jsonb) float8 immutable may-raise
float8(numeric) float8 immutable may-raise
float8(float4) float8 immutable leakproof
float8(int2) float8 immutable leakproof
floor(float8) float8 immutable may-raise
floor(numeric) numeric immutable may-raise
format(text) text stable may-raise
format(text, ...any) text stable may-raise
gcd(int8, int8) int8 immutable may-raise
gcd(int4, int4) int4 immutable may-raise
gcd(numeric, numeric) numeric immutable may-raise
generate_series(int8, int8) setof int8 immutable may-raise
generate_series(int8, int8, int8) setof int8 immutable may-raise
generate_series(int4, int4) setof int4 immutable may-raise
generate_series(int4, int4, int4) setof int4 immutable may-raise
generate_series(numeric, numeric) setof numeric immutable may-raise
generate_series(numeric, numeric, numeric) setof numeric immutable may-raise
generate_series(timestamptz, timestamptz, interval) setof timestamptz stable may-raise
generate_series(timestamp, timestamp, interval) setof timestamp immutable may-raise
initcap(text) text immutable total
int2(int8) int2 immutable may-raise
int2(float8) int2 immutable may-raise
int2(int4) int2 immutable may-raise
int2(jsonb) int2 immutable may-raise
int2(numeric) int2 immutable may-raise
int2(float4) int2 immutable may-raise
int4(int8) int4 immutable may-raise
int4(bool) int4 immutable leakproof
int4(float8) int4 immutable may-raise
int4(jsonb) int4 immutable may-raise
int4(numeric) int4 immutable may-raise
int4(float4) int4 immutable may-raise
int4(int2) int4 immutable leakproof
int8(float8) int8 immutable may-raise
int8(int4) int8 immutable leakproof
int8(jsonb) int8 immutable may-raise
int8(numeric) int8 immutable may-raise
int8(float4) int8 immutable may-raise
int8(int2) int8 immutable leakproof
interval(interval, int4) interval immutable may-raise
interval(time) interval immutable leakproof
isfinite(date) bool immutable total
isfinite(interval) bool immutable total
isfinite(timestamptz) bool immutable total
isfinite(timestamp) bool immutable total
json_array_length(json) int4 immutable may-raise
json_build_array() json stable may-raise
json_build_array(...any) json stable may-raise
json_build_object() json stable may-raise
json_build_object(...any) json stable may-raise
json_extract_path(json, ...text) json immutable may-raise
json_extract_path_text(json, ...text) text immutable may-raise
json_strip_nulls(json) json immutable may-raise
json_typeof(json) text immutable total
jsonb_array_length(jsonb) int4 immutable may-raise
jsonb_build_array() jsonb stable may-raise
jsonb_build_array(...any) jsonb stable may-raise
jsonb_build_object() jsonb stable may-raise
jsonb_build_object(...any) jsonb stable may-raise
jsonb_extract_path(jsonb, ...text) jsonb immutable may-raise
jsonb_extract_path_text(jsonb, ...text) text immutable may-raise
jsonb_pretty(jsonb) text immutable may-raise
jsonb_strip_nulls(jsonb) jsonb immutable may-raise
jsonb_typeof(jsonb) text immutable total
justify_days(interval) interval immutable may-raise
justify_hours(interval) interval immutable may-raise
justify_interval(interval) interval immutable may-raise
lcm(int8, int8) int8 immutable may-raise
lcm(int4, int4) int4 immutable may-raise
lcm(numeric, numeric) numeric immutable may-raise
left(text, int4) text immutable may-raise
length(bytea) int4 immutable total
length(bpchar) int4 immutable total
length(text) int4 immutable total
ln(float8) float8 immutable may-raise
ln(numeric) numeric immutable may-raise
log(float8) float8 immutable may-raise
log(numeric) numeric immutable may-raise
log(numeric, numeric) numeric immutable may-raise
log10(float8) float8 immutable may-raise
log10(numeric) numeric immutable may-raise
lower(text) text immutable total
lpad(text, int4) text immutable may-raise
lpad(text, int4, text) text immutable may-raise
ltrim(bytea, bytea) bytea immutable total
ltrim(text) text immutable total
ltrim(text, text) text immutable total
make_date(int4, int4, int4) date immutable may-raise
make_interval(int4, int4, int4, int4, int4, int4, float8) interval immutable may-raise
make_time(int4, int4, float8) time immutable may-raise
make_timestamp(int4, int4, int4, int4, int4, float8) timestamp immutable may-raise
make_timestamptz(int4, int4, int4, int4, int4, float8) timestamptz stable may-raise
make_timestamptz(int4, int4, int4, int4, int4, float8, text) timestamptz stable may-raise
md5(bytea) text immutable leakproof
md5(text) text immutable leakproof
min_scale(numeric) int4 immutable may-raise
mod(int8, int8) int8 immutable may-raise
mod(int4, int4) int4 immutable may-raise
mod(numeric, numeric) numeric immutable may-raise
mod(int2, int2) int2 immutable may-raise
now() timestamptz stable total
num_nonnulls(...any) int4 immutable total
num_nulls(...any) int4 immutable total
numeric(int8) numeric immutable leakproof
numeric(float8) numeric immutable leakproof
numeric(int4) numeric immutable leakproof
numeric(jsonb) numeric immutable may-raise
numeric(numeric, int4) numeric immutable may-raise
numeric(float4) numeric immutable leakproof
numeric(int2) numeric immutable leakproof
octet_length(bytea) int4 immutable total
octet_length(bpchar) int4 immutable total
octet_length(text) int4 immutable total
overlay(bytea, bytea, int4) bytea immutable may-raise
overlay(bytea, bytea, int4, int4) bytea immutable may-raise
overlay(text, text, int4) text immutable may-raise
overlay(text, text, int4, int4) text immutable may-raise
pi() float8 immutable total
position(bytea, bytea) int4 immutable total
position(text, text) int4 immutable total
pow(float8, float8) float8 immutable may-raise
pow(numeric, numeric) numeric immutable may-raise
power(float8, float8) float8 immutable may-raise
power(numeric, numeric) numeric immutable may-raise
radians(float8) float8 immutable may-raise
regexp_count(text, text) int4 immutable may-raise
regexp_count(text, text, int4) int4 immutable may-raise
regexp_count(text, text, int4, text) int4 immutable may-raise
regexp_instr(text, text) int4 immutable may-raise
regexp_instr(text, text, int4) int4 immutable may-raise
regexp_instr(text, text, int4, int4) int4 immutable may-raise
regexp_instr(text, text, int4, int4, int4) int4 immutable may-raise
regexp_instr(text, text, int4, int4, int4, text) int4 immutable may-raise
regexp_instr(text, text, int4, int4, int4, text, int4) int4 immutable may-raise
regexp_like(text, text) bool immutable may-raise
regexp_like(text, text, text) bool immutable may-raise
regexp_match(text, text) text[] immutable may-raise
regexp_match(text, text, text) text[] immutable may-raise
regexp_replace(text, text, text) text immutable may-raise
regexp_replace(text, text, text, int4) text immutable may-raise
regexp_replace(text, text, text, int4, int4) text immutable may-raise
regexp_replace(text, text, text, int4, int4, text) text immutable may-raise
regexp_replace(text, text, text, text) text immutable may-raise
regexp_split_to_array(text, text) text[] immutable may-raise
regexp_split_to_array(text, text, text) text[] immutable may-raise
regexp_substr(text, text) text immutable may-raise
regexp_substr(text, text, int4) text immutable may-raise
regexp_substr(text, text, int4, int4) text immutable may-raise
regexp_substr(text, text, int4, int4, text) text immutable may-raise
regexp_substr(text, text, int4, int4, text, int4) text immutable may-raise
repeat(text, int4) text immutable may-raise
replace(text, text, text) text immutable may-raise
reverse(text) text immutable total
right(text, int4) text immutable may-raise
round(float8) float8 immutable may-raise
round(numeric) numeric immutable may-raise
round(numeric, int4) numeric immutable may-raise
rpad(text, int4) text immutable may-raise
rpad(text, int4, text) text immutable may-raise
rtrim(bytea, bytea) bytea immutable total
rtrim(text) text immutable total
rtrim(text, text) text immutable total
scale(numeric) int4 immutable may-raise
sha224(bytea) bytea immutable leakproof
sha256(bytea) bytea immutable leakproof
sha384(bytea) bytea immutable leakproof
sha512(bytea) bytea immutable leakproof
sign(float8) float8 immutable total
sign(numeric) numeric immutable total
sin(float8) float8 immutable may-raise
sind(float8) float8 immutable may-raise
sinh(float8) float8 immutable may-raise
split_part(text, text, int4) text immutable may-raise
sqrt(float8) float8 immutable may-raise
sqrt(numeric) numeric immutable may-raise
starts_with(text, text) bool immutable leakproof
statement_timestamp() timestamptz stable total
string_to_array(text, text) text[] immutable may-raise
string_to_array(text, text, text) text[] immutable may-raise
strpos(text, text) int4 immutable total
substr(bytea, int4) bytea immutable may-raise
substr(bytea, int4, int4) bytea immutable may-raise
substr(text, int4) text immutable may-raise
substr(text, int4, int4) text immutable may-raise
substring(bytea, int4) bytea immutable may-raise
substring(bytea, int4, int4) bytea immutable may-raise
substring(text, int4) text immutable may-raise
substring(text, int4, int4) text immutable may-raise
substring(text, text) text immutable may-raise
substring(text, text, text) text immutable may-raise
tan(float8) float8 immutable may-raise
tand(float8) float8 immutable may-raise
tanh(float8) float8 immutable may-raise
text(bool) text immutable may-raise
text(bpchar) text immutable may-raise
time(interval) time immutable may-raise
time(timetz) time immutable may-raise
time(time, int4) time immutable may-raise
time(timestamptz) time stable may-raise
time(timestamp) time immutable may-raise
timestamp(date) timestamp immutable may-raise
timestamp(date, time) timestamp immutable may-raise
timestamp(timestamptz) timestamp stable may-raise
timestamp(timestamp, int4) timestamp immutable may-raise
timestamptz(date) timestamptz stable may-raise
timestamptz(date, timetz) timestamptz immutable may-raise
timestamptz(date, time) timestamptz stable may-raise
timestamptz(timestamptz, int4) timestamptz immutable may-raise
timestamptz(timestamp) timestamptz stable may-raise
timezone(interval, timetz) timetz immutable may-raise
timezone(interval, timestamptz) timestamp immutable may-raise
timezone(interval, timestamp) timestamptz immutable may-raise
timezone(text, timetz) timetz stable may-raise
timezone(text, timestamptz) timestamp immutable may-raise
timezone(text, timestamp) timestamptz immutable may-raise
to_char(int8, text) text stable may-raise
to_char(float8, text) text stable may-raise
to_char(int4, text) text stable may-raise
to_char(interval, text) text stable may-raise
to_char(numeric, text) text stable may-raise
to_char(float4, text) text stable may-raise
to_char(timestamptz, text) text stable may-raise
to_char(timestamp, text) text stable may-raise
to_date(text, text) date stable may-raise
to_hex(int8) text immutable may-raise
to_hex(int4) text immutable may-raise
to_json(anyelement) json stable may-raise
to_jsonb(anyelement) jsonb stable may-raise
to_number(text, text) numeric stable may-raise
to_timestamp(float8) timestamptz immutable may-raise
to_timestamp(text, text) timestamptz stable may-raise
transaction_timestamp() timestamptz stable total
translate(text, text, text) text immutable may-raise
trim_array(anyarray, int4) anyarray immutable may-raise
trim_scale(numeric) numeric immutable may-raise
trunc(float8) float8 immutable may-raise
trunc(numeric) numeric immutable may-raise
trunc(numeric, int4) numeric immutable may-raise
unnest(anyarray) setof anyelement immutable may-raise
upper(text) text immutable total
varchar(varchar, int4, bool) varchar immutable may-raise
width_bucket(anycompatible, anycompatiblearray) int4 immutable may-raise
width_bucket(float8, float8, float8, int4) int4 immutable may-raise
width_bucket(numeric, numeric, numeric, int4) int4 immutable may-raise
`;
