/**
 * Aggregates a client may call: `name(direct types order by ordered types) result volatility error-class`.
 * Generated from the catalog of PostgreSQL 15.18 and cut to what a query may use: no function that runs SQL, reads a
 * file, names a relation, role or setting, or has an effect. What is not listed answers 42883 as if it did not exist.
 */
export const AGGREGATES = `
array_agg(anyarray) anyarray immutable above-filter
array_agg(anynonarray) anyarray immutable above-filter
avg(int8) numeric immutable above-filter
avg(float8) float8 immutable above-filter
avg(int4) numeric immutable above-filter
avg(interval) interval immutable above-filter
avg(numeric) numeric immutable above-filter
avg(float4) float8 immutable above-filter
avg(int2) numeric immutable above-filter
bit_and(int8) int8 immutable above-filter
bit_and(int4) int4 immutable above-filter
bit_and(int2) int2 immutable above-filter
bit_or(int8) int8 immutable above-filter
bit_or(int4) int4 immutable above-filter
bit_or(int2) int2 immutable above-filter
bit_xor(int8) int8 immutable above-filter
bit_xor(int4) int4 immutable above-filter
bit_xor(int2) int2 immutable above-filter
bool_and(bool) bool immutable above-filter
bool_or(bool) bool immutable above-filter
corr(float8, float8) float8 immutable above-filter
count() int8 immutable above-filter
count(any) int8 immutable above-filter
covar_pop(float8, float8) float8 immutable above-filter
covar_samp(float8, float8) float8 immutable above-filter
cume_dist(...any order by ...any) float8 immutable above-filter
dense_rank(...any order by ...any) int8 immutable above-filter
every(bool) bool immutable above-filter
json_agg(anyelement) json stable above-filter
json_object_agg(any, any) json stable above-filter
jsonb_agg(anyelement) jsonb stable above-filter
jsonb_object_agg(any, any) jsonb immutable above-filter
max(anyarray) anyarray immutable above-filter
max(int8) int8 immutable above-filter
max(bpchar) bpchar immutable above-filter
max(date) date immutable above-filter
max(float8) float8 immutable above-filter
max(int4) int4 immutable above-filter
max(interval) interval immutable above-filter
max(numeric) numeric immutable above-filter
max(float4) float4 immutable above-filter
max(int2) int2 immutable above-filter
max(text) text immutable above-filter
max(timetz) timetz immutable above-filter
max(time) time immutable above-filter
max(timestamptz) timestamptz immutable above-filter
max(timestamp) timestamp immutable above-filter
min(anyarray) anyarray immutable above-filter
min(int8) int8 immutable above-filter
min(bpchar) bpchar immutable above-filter
min(date) date immutable above-filter
min(float8) float8 immutable above-filter
min(int4) int4 immutable above-filter
min(interval) interval immutable above-filter
min(numeric) numeric immutable above-filter
min(float4) float4 immutable above-filter
min(int2) int2 immutable above-filter
min(text) text immutable above-filter
min(timetz) timetz immutable above-filter
min(time) time immutable above-filter
min(timestamptz) timestamptz immutable above-filter
min(timestamp) timestamp immutable above-filter
mode(order by anyelement) anyelement immutable above-filter
percent_rank(...any order by ...any) float8 immutable above-filter
percentile_cont(float8 order by float8) float8 immutable above-filter
percentile_cont(float8 order by interval) interval immutable above-filter
percentile_cont(float8[] order by float8) float8[] immutable above-filter
percentile_cont(float8[] order by interval) interval[] immutable above-filter
percentile_disc(float8 order by anyelement) anyelement immutable above-filter
percentile_disc(float8[] order by anyelement) anyarray immutable above-filter
rank(...any order by ...any) int8 immutable above-filter
regr_avgx(float8, float8) float8 immutable above-filter
regr_avgy(float8, float8) float8 immutable above-filter
regr_count(float8, float8) int8 immutable above-filter
regr_intercept(float8, float8) float8 immutable above-filter
regr_r2(float8, float8) float8 immutable above-filter
regr_slope(float8, float8) float8 immutable above-filter
regr_sxx(float8, float8) float8 immutable above-filter
regr_sxy(float8, float8) float8 immutable above-filter
regr_syy(float8, float8) float8 immutable above-filter
stddev(int8) numeric immutable above-filter
stddev(float8) float8 immutable above-filter
stddev(int4) numeric immutable above-filter
stddev(numeric) numeric immutable above-filter
stddev(float4) float8 immutable above-filter
stddev(int2) numeric immutable above-filter
stddev_pop(int8) numeric immutable above-filter
stddev_pop(float8) float8 immutable above-filter
stddev_pop(int4) numeric immutable above-filter
stddev_pop(numeric) numeric immutable above-filter
stddev_pop(float4) float8 immutable above-filter
stddev_pop(int2) numeric immutable above-filter
stddev_samp(int8) numeric immutable above-filter
stddev_samp(float8) float8 immutable above-filter
stddev_samp(int4) numeric immutable above-filter
stddev_samp(numeric) numeric immutable above-filter
stddev_samp(float4) float8 immutable above-filter
stddev_samp(int2) numeric immutable above-filter
string_agg(bytea, bytea) bytea immutable above-filter
string_agg(text, text) text immutable above-filter
sum(int8) numeric immutable above-filter
sum(float8) float8 immutable above-filter
sum(int4) int8 immutable above-filter
sum(interval) interval immutable above-filter
sum(numeric) numeric immutable above-filter
sum(float4) float4 immutable above-filter
sum(int2) int8 immutable above-filter
var_pop(int8) numeric immutable above-filter
var_pop(float8) float8 immutable above-filter
var_pop(int4) numeric immutable above-filter
var_pop(numeric) numeric immutable above-filter
var_pop(float4) float8 immutable above-filter
var_pop(int2) numeric immutable above-filter
var_samp(int8) numeric immutable above-filter
var_samp(float8) float8 immutable above-filter
var_samp(int4) numeric immutable above-filter
var_samp(numeric) numeric immutable above-filter
var_samp(float4) float8 immutable above-filter
var_samp(int2) numeric immutable above-filter
variance(int8) numeric immutable above-filter
variance(float8) float8 immutable above-filter
variance(int4) numeric immutable above-filter
variance(numeric) numeric immutable above-filter
variance(float4) float8 immutable above-filter
variance(int2) numeric immutable above-filter
`;
