/** Statements that are no query: what the session answers itself. */
import { beforeAll, expect, test } from 'vitest';
import type { Statement } from '../../src/sql/ast.ts';
import { loadParser } from '../../src/sql/libpg.ts';
import { parse } from '../../src/sql/parse.ts';

beforeAll(loadParser);

function statement(sql: string): Statement {
  const [only, ...more] = parse(sql);
  if (only === undefined || more.length > 0) throw new Error(`not one statement: ${sql}`);
  return only.statement;
}

const value = (kind: 'string' | 'identifier' | 'number', text: string) => ({ kind, text });
const set = (name: string, ...values: ReturnType<typeof value>[]) => ({ kind: 'set', local: false, name, values });
const options = (...pairs: [string, string][]) => pairs.map(([name, text]) => ({ name, value: text }));

test.each<[string, object]>([
  [
    'SET search_path = public, \'My Schema\', "Q"',
    set('search_path', value('identifier', 'public'), value('string', 'My Schema'), value('identifier', 'Q')),
  ],
  ['SET SEARCH_PATH TO x', set('search_path', value('identifier', 'x'))],
  ['SET statement_timeout = 5000', set('statement_timeout', value('number', '5000'))],
  ['SET extra_float_digits = -1', set('extra_float_digits', value('number', '-1'))],
  ['SET semwire.measure_aggregates = compatible', set('semwire.measure_aggregates', value('identifier', 'compatible'))],
  ['SET standard_conforming_strings TO on', set('standard_conforming_strings', value('identifier', 'on'))],
  ['SET x = true', set('x', value('identifier', 'true'))],
  ["SET x = E'a\\'b', $$c$$, U&'d'", set('x', value('string', "a'b"), value('string', 'c'), value('string', 'd'))],
  ["SET application_name = 'é', n", set('application_name', value('string', 'é'), value('identifier', 'n'))],
  ['SET LOCAL x = 1', { ...set('x', value('number', '1')), local: true }],
  ['SET SESSION x = 1', set('x', value('number', '1'))],
  ['SET x TO DEFAULT', { kind: 'set-default', local: false, name: 'x' }],
  ["SET TIME ZONE 'Europe/Berlin'", set('timezone', value('string', 'Europe/Berlin'))],
  ['SET TIME ZONE LOCAL', { kind: 'set-default', local: false, name: 'timezone' }],
  ['SET TIME ZONE -5', set('timezone', value('number', '-5'))],
  ["SET TIME ZONE INTERVAL '-08:00' HOUR TO MINUTE", set('timezone', value('string', "INTERVAL '-08:00'"))],
  ["SET NAMES 'UTF8'", set('client_encoding', value('string', 'UTF8'))],
  ["SET ROLE 'persona'", set('role', value('string', 'persona'))],
  ['SET ROLE NONE', set('role', value('identifier', 'none'))],
  ['SET SESSION AUTHORIZATION x', set('session_authorization', value('identifier', 'x'))],
  ['SET SESSION AUTHORIZATION DEFAULT', { kind: 'set-default', local: false, name: 'session_authorization' }],
  ['RESET ROLE', { kind: 'reset', name: 'role' }],
  ['RESET ALL', { kind: 'reset', name: 'all' }],
  ['RESET TIME ZONE', { kind: 'reset', name: 'timezone' }],
  [
    'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY',
    {
      kind: 'set-transaction',
      session: false,
      options: options(['transaction_isolation', 'serializable'], ['transaction_read_only', 'on']),
    },
  ],
  [
    'SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE',
    { kind: 'set-transaction', session: true, options: options(['transaction_read_only', 'off']) },
  ],
  ['SET CONSTRAINTS ALL DEFERRED', { kind: 'set-constraints' }],
  ['SHOW timezone', { kind: 'show', name: 'timezone' }],
  ['SHOW TIME ZONE', { kind: 'show', name: 'timezone' }],
  ['SHOW TRANSACTION ISOLATION LEVEL', { kind: 'show', name: 'transaction_isolation' }],
  ['SHOW ALL', { kind: 'show', name: 'all' }],
  ['BEGIN', { kind: 'begin', options: [] }],
  [
    'START TRANSACTION READ WRITE, NOT DEFERRABLE',
    { kind: 'begin', options: options(['transaction_read_only', 'off'], ['transaction_deferrable', 'off']) },
  ],
  [
    'BEGIN ISOLATION LEVEL REPEATABLE READ',
    { kind: 'begin', options: options(['transaction_isolation', 'repeatable read']) },
  ],
  ['COMMIT', { kind: 'commit', chain: false }],
  ['END WORK', { kind: 'commit', chain: false }],
  ['COMMIT AND CHAIN', { kind: 'commit', chain: true }],
  ['ROLLBACK', { kind: 'rollback', chain: false }],
  ['ABORT AND CHAIN', { kind: 'rollback', chain: true }],
  ['SAVEPOINT "a b"', { kind: 'savepoint', name: 'a b' }],
  ['RELEASE SAVEPOINT a', { kind: 'release', name: 'a' }],
  ['ROLLBACK TO a', { kind: 'rollback-to', name: 'a' }],
  ['DEALLOCATE a', { kind: 'deallocate', name: 'a' }],
  ['DEALLOCATE PREPARE ALL', { kind: 'deallocate', name: undefined }],
  ['FETCH c', { kind: 'fetch', cursor: 'c', move: false, direction: { kind: 'forward', count: 1 } }],
  ['FETCH 10 FROM c', { kind: 'fetch', cursor: 'c', move: false, direction: { kind: 'forward', count: 10 } }],
  ['FETCH -10 FROM c', { kind: 'fetch', cursor: 'c', move: false, direction: { kind: 'backward', count: 10 } }],
  ['FETCH BACKWARD -3 FROM c', { kind: 'fetch', cursor: 'c', move: false, direction: { kind: 'forward', count: 3 } }],
  ['FETCH ALL IN c', { kind: 'fetch', cursor: 'c', move: false, direction: { kind: 'forward', count: 'all' } }],
  ['FETCH PRIOR FROM c', { kind: 'fetch', cursor: 'c', move: false, direction: { kind: 'backward', count: 1 } }],
  [
    'FETCH BACKWARD ALL FROM c',
    { kind: 'fetch', cursor: 'c', move: false, direction: { kind: 'backward', count: 'all' } },
  ],
  ['FETCH LAST FROM c', { kind: 'fetch', cursor: 'c', move: false, direction: { kind: 'absolute', count: -1 } }],
  ['FETCH RELATIVE 0 FROM c', { kind: 'fetch', cursor: 'c', move: false, direction: { kind: 'relative', count: 0 } }],
  ['MOVE FORWARD 5 IN c', { kind: 'fetch', cursor: 'c', move: true, direction: { kind: 'forward', count: 5 } }],
  ['CLOSE c', { kind: 'close', cursor: 'c' }],
  ['CLOSE ALL', { kind: 'close', cursor: undefined }],
  ['DISCARD ALL', { kind: 'discard', what: 'all' }],
  ['DISCARD PLANS', { kind: 'discard', what: 'plans' }],
  ['DISCARD SEQUENCES', { kind: 'discard', what: 'sequences' }],
  ['DISCARD TEMP', { kind: 'discard', what: 'temp' }],
  ['LISTEN news', { kind: 'listen', name: 'news' }],
  ['UNLISTEN *', { kind: 'unlisten' }],
])('%s', (sql, expected) => {
  expect(statement(sql)).toEqual(expected);
});

test('PREPARE and EXECUTE', () => {
  const prepared = statement('PREPARE p (int, text[]) AS SELECT $1, $2');
  expect(prepared).toMatchObject({
    kind: 'prepare',
    name: 'p',
    types: [
      { path: ['int4'], dimensions: 0 },
      { path: ['text'], dimensions: 1 },
    ],
    statement: { kind: 'query' },
  });
  expect(statement('PREPARE p AS INSERT INTO t VALUES (1)')).toMatchObject({
    statement: { kind: 'refused', tag: 'INSERT', writes: true },
  });
  expect(statement("EXECUTE p (1, 'a')")).toMatchObject({
    kind: 'execute',
    name: 'p',
    args: [
      { kind: 'number', text: '1' },
      { kind: 'string', value: 'a' },
    ],
  });
});

test.each([
  ['DECLARE c CURSOR FOR SELECT 1', { binary: false, scroll: undefined, hold: false }],
  ['DECLARE c BINARY INSENSITIVE SCROLL CURSOR WITH HOLD FOR SELECT 1', { binary: true, scroll: true, hold: true }],
  ['DECLARE c ASENSITIVE NO SCROLL CURSOR WITHOUT HOLD FOR VALUES (1)', { binary: false, scroll: false, hold: false }],
])('%s', (sql, expected) => {
  expect(statement(sql)).toMatchObject({ kind: 'declare', name: 'c', ...expected });
});

test('COPY TO STDOUT of a query, a table, some columns', () => {
  expect(statement('COPY (SELECT a FROM t) TO STDOUT')).toMatchObject({ kind: 'copy-out', query: { orderBy: [] } });
  expect(statement('COPY public.t TO STDOUT')).toMatchObject({
    query: { body: { items: [{ kind: 'star', path: [] }], from: [{ kind: 'table', path: ['public', 't'] }] } },
  });
  expect(statement('COPY t (a, "B") TO STDOUT')).toMatchObject({
    query: { body: { items: [{ expr: { path: ['a'] } }, { expr: { path: ['B'] } }] } },
  });
});

const text = { format: 'text', header: false };
test.each([
  ['COPY t TO STDOUT', text],
  ['COPY t TO STDOUT (FORMAT csv, HEADER)', { format: 'csv', header: true }],
  ['COPY t TO STDOUT WITH CSV HEADER', { format: 'csv', header: true }],
  [
    "COPY t TO STDOUT (FORMAT csv, HEADER off, DELIMITER ';', NULL 'x', QUOTE '`', ESCAPE '\\')",
    { format: 'csv', header: false, delimiter: ';', null: 'x', quote: '`', escape: '\\' },
  ],
  ['COPY t TO STDOUT (FORMAT csv, FORCE_QUOTE *)', { forceQuote: 'all' }],
  ['COPY t TO STDOUT (FORMAT csv, FORCE_QUOTE (a, b))', { forceQuote: ['a', 'b'] }],
  ["COPY t TO STDOUT (FORMAT binary, ENCODING 'UTF8')", { format: 'binary' }],
])('%s', (sql, expected) => {
  expect(statement(sql)).toMatchObject({ kind: 'copy-out', options: expected });
});

test.each([
  ['EXPLAIN SELECT 1', { analyze: false, format: 'text', summary: false }],
  ['EXPLAIN ANALYZE VERBOSE SELECT 1', { analyze: true, format: 'text', summary: true }],
  ['EXPLAIN (ANALYZE, SUMMARY off) SELECT 1', { analyze: true, summary: false }],
  ['EXPLAIN (ANALYZE off, FORMAT JSON, COSTS, BUFFERS false) SELECT 1', { analyze: false, format: 'json' }],
])('%s', (sql, expected) => {
  expect(statement(sql)).toMatchObject({ kind: 'explain', statement: { kind: 'query' }, ...expected });
});

test('EXPLAIN of a write is the explanation of something refused', () => {
  expect(statement('EXPLAIN DELETE FROM t')).toMatchObject({
    kind: 'explain',
    statement: { kind: 'refused', tag: 'DELETE', writes: true },
  });
});

test.each([
  ['INSERT INTO t VALUES (1)', 'INSERT'],
  ['UPDATE t SET a = 1', 'UPDATE'],
  ['DELETE FROM t', 'DELETE'],
  ['MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE', 'MERGE'],
  ['TRUNCATE t', 'TRUNCATE TABLE'],
  ['CREATE TABLE t (a int)', 'CREATE TABLE'],
  ['CREATE TABLE t AS SELECT 1', 'CREATE TABLE AS'],
  ['CREATE MATERIALIZED VIEW v AS SELECT 1', 'CREATE MATERIALIZED VIEW'],
  ['CREATE VIEW v AS SELECT 1', 'CREATE VIEW'],
  ['CREATE INDEX ON t (a)', 'CREATE INDEX'],
  ['CREATE FUNCTION f() RETURNS int AS $$ SELECT 1 $$ LANGUAGE sql', 'CREATE FUNCTION'],
  ['CREATE EXTENSION x', 'CREATE EXTENSION'],
  ['CREATE ROLE x', 'CREATE ROLE'],
  ['CREATE TYPE x AS ENUM ()', 'CREATE TYPE'],
  ['CREATE AGGREGATE f (int) (sfunc = g, stype = int)', 'CREATE AGGREGATE'],
  ['ALTER TABLE t ADD a int', 'ALTER TABLE'],
  ['ALTER TABLE t RENAME TO u', 'ALTER TABLE'],
  ['ALTER TABLE t RENAME COLUMN a TO b', 'ALTER TABLE'],
  ['ALTER VIEW v SET SCHEMA s', 'ALTER VIEW'],
  ['ALTER FUNCTION f() OWNER TO x', 'ALTER FUNCTION'],
  ['ALTER ROLE x SET a = 1', 'ALTER ROLE'],
  ['DROP TABLE t', 'DROP TABLE'],
  ['DROP MATERIALIZED VIEW v', 'DROP MATERIALIZED VIEW'],
  ['DROP FOREIGN DATA WRAPPER x', 'DROP FOREIGN DATA WRAPPER'],
  ['DROP SCHEMA s CASCADE', 'DROP SCHEMA'],
  ['GRANT SELECT ON t TO x', 'GRANT'],
  ['REVOKE x FROM y', 'REVOKE ROLE'],
  ["COMMENT ON TABLE t IS 'x'", 'COMMENT'],
  ['REFRESH MATERIALIZED VIEW v', 'REFRESH MATERIALIZED VIEW'],
  ['COPY t FROM STDIN', 'COPY FROM'],
  ["COPY t FROM PROGRAM 'id'", 'COPY FROM'],
  ['COPY (DELETE FROM t RETURNING a) TO STDOUT', 'COPY'],
])('a write is refused by its tag: %s', (sql, tag) => {
  expect(statement(sql)).toEqual({ kind: 'refused', tag, writes: true });
});

test.each([
  ['LOCK TABLE t', 'LOCK TABLE'],
  ['DO $$ BEGIN END $$', 'DO'],
  ['CALL f()', 'CALL'],
  ['NOTIFY x', 'NOTIFY'],
  ["LOAD 'x'", 'LOAD'],
  ['VACUUM t', 'VACUUM'],
  ['ANALYZE t', 'ANALYZE'],
  ['CHECKPOINT', 'CHECKPOINT'],
  ['REINDEX TABLE t', 'REINDEX'],
  ['ALTER SYSTEM SET a = 1', 'ALTER SYSTEM'],
  ["PREPARE TRANSACTION 'x'", 'PREPARE TRANSACTION'],
  ["SET TRANSACTION SNAPSHOT 'x'", 'SET TRANSACTION SNAPSHOT'],
  ["COPY t TO '/tmp/x'", 'COPY'],
  ["COPY t TO PROGRAM 'id'", 'COPY'],
  ['CREATE TEMP TABLE t AS SELECT 1', 'CREATE TEMPORARY TABLE AS'],
  ['CREATE LOCAL TEMPORARY TABLE t (a int)', 'CREATE TEMPORARY TABLE'],
])('refused, though it writes no table: %s', (sql, tag) => {
  expect(statement(sql)).toEqual({ kind: 'refused', tag, writes: false });
});

test('a message of several statements: each with its text, its offset and its own parameters', () => {
  const sql = " SELECT $2 ; ;\n  SHOW a;-- é\n SELECT 'é', $1;SELECT 3 ";
  const statements = parse(sql);
  expect(statements.map(({ text, parameterCount }) => [text, parameterCount])).toEqual([
    ['SELECT $2', 2],
    ['SHOW a', 0],
    ["SELECT 'é', $1", 1],
    ['SELECT 3', 0],
  ]);
  for (const { text, offset } of statements) expect(sql.slice(offset, offset + text.length)).toBe(text);
});

test.each(['', ' \n', ';', ' ; ;', '-- nothing', '/* nothing */ ;'])('no statement: %j', (sql) => {
  expect(parse(sql)).toEqual([]);
});
