/**
 * Window functions a client may call: `name(types) result volatility error-class`.
 * Generated from the catalog of PostgreSQL 15.18 and cut to what a query may use: no function that runs SQL, reads a
 * file, names a relation, role or setting, or has an effect. What is not listed answers 42883 as if it did not exist.
 */
export const WINDOW_FUNCTIONS = `
cume_dist() float8 immutable above-filter
dense_rank() int8 immutable above-filter
first_value(anyelement) anyelement immutable above-filter
lag(anycompatible, int4, anycompatible) anycompatible immutable above-filter
lag(anyelement) anyelement immutable above-filter
lag(anyelement, int4) anyelement immutable above-filter
last_value(anyelement) anyelement immutable above-filter
lead(anycompatible, int4, anycompatible) anycompatible immutable above-filter
lead(anyelement) anyelement immutable above-filter
lead(anyelement, int4) anyelement immutable above-filter
nth_value(anyelement, int4) anyelement immutable above-filter
ntile(int4) int4 immutable above-filter
percent_rank() float8 immutable above-filter
rank() int8 immutable above-filter
row_number() int8 immutable above-filter
`;
