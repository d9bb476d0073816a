/** Statements that semwire answers otherwise than PostgreSQL, each with the reason. */

const UNLISTED = 'only listed functions and types exist; the lists are those of PostgreSQL 15';
const REFUSED = 'refused with 0A000, and a message of our own';
const NO_PLACE = 'the same error; the tree keeps no position of this word';
const OTHER_SCOPE = 'the same error, in other words: the planner does not look where a name would have been visible';
const OTHER_CHECK = 'refused with another of PostgreSQL’s errors, which comes first here';
const LATER = 'PostgreSQL finds this while running, the planner before';

const LIST: readonly (readonly [reason: string, ...statements: string[]])[] = [
  [
    UNLISTED,
    'SELECT max(y) FROM t',
    'SELECT any_value(s) FROM t WHERE id = 1',
    'SELECT y::int4 FROM t',
    'SELECT s::"char" FROM t',
    'SELECT pg_typeof(now())',
    'SELECT (d, ts) OVERLAPS (d, ts) FROM t',
    'SELECT random() < 2',
    "SELECT overlay('abcdef' placing 'XX' from 2 for 3), overlay('abc' placing 'X' from 2), quote_literal('a''b'), quote_ident('a b'), to_hex(10) FROM t",
    'SELECT pg_sleep(0)',
  ],
  [
    REFUSED,
    "SELECT jb['a'] FROM t",
    'SELECT make_interval(days => 3)',
    "SELECT lower(variadic ARRAY['a'])",
    "SELECT concat(variadic ARRAY['a', 'b'])",
    "SELECT * FROM lower('X') g",
    "SELECT * FROM unnest(ARRAY[1, 2], ARRAY['a', 'b']) g",
    "SELECT INTERVAL '1' YEAR",
    "SELECT (i4, s) IS DISTINCT FROM (1, 'a') FROM t",
    'SELECT (i4, s) + (1, 2) FROM t',
  ],
  [
    NO_PLACE,
    'SELECT sum(i4) OVER w FROM t',
    'SELECT sum(i4) OVER (w PARTITION BY id) FROM t WINDOW w AS (PARTITION BY b)',
    'WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1.5 FROM r WHERE n < 5) SELECT n FROM r',
  ],
  [
    OTHER_SCOPE,
    'SELECT t.i4 FROM t AS x',
    'SELECT t.* FROM t AS x',
    'SELECT a.id, x.m FROM t a, (SELECT a.i4 + 1 AS m) x',
    'SELECT i4 FROM t ORDER BY id LIMIT i4',
    'SELECT i4 FROM t ORDER BY id LIMIT s',
    'SELECT i4 FROM t ORDER BY id LIMIT d',
  ],
  [
    OTHER_CHECK,
    'SELECT (i4, s) = (42) FROM t',
    "SELECT repeat(s, 'x') FROM t",
    "SELECT * FROM unnest('{1,2}') g",
    'SELECT i4 AS a FROM t UNION SELECT i2 AS b FROM t ORDER BY b',
    "SELECT y LIKE '\\x01%' FROM t",
    'SELECT i4::float(0) FROM t',
    'SELECT i4::float(54) FROM t',
  ],
  [
    LATER,
    'SELECT greatest(j, j) FROM t',
    'SELECT extract(hour FROM d) FROM t',
    'SELECT i4 FROM t ORDER BY id LIMIT -1',
  ],
  ['no whole rows: contract, section 5', 'SELECT count(t.*) FROM t'],
];

export const DIFFERENCES: ReadonlyMap<string, string> = new Map(
  LIST.flatMap(([reason, ...statements]) => statements.map((sql): [string, string] => [sql, reason])),
);

/** On DuckDB besides: what the table of the oracle cannot show. */
export const DUCKDB_DIFFERENCES: ReadonlyMap<string, string> = new Map([
  ['SELECT public.t.n FROM t', 'the table that stands for DuckDB’s is in another schema'],
]);
