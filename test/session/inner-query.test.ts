/** The query inside another statement: its text and its tree must say the same, wherever it hides. */
import { beforeAll, expect, test } from 'vitest';
import { characterPosition } from '../../src/session/errors-to-wire.ts';
import { innerStatement } from '../../src/session/inner-query.ts';
import { redact } from '../../src/session/log.ts';
import { loadParser } from '../../src/sql/libpg.ts';
import { parse } from '../../src/sql/parse.ts';

beforeAll(() => loadParser());

function inner(sql: string) {
  const source = parse(sql).at(-1);
  const statement = source?.statement;
  if (source === undefined) throw new Error('nothing');
  if (statement?.kind !== 'declare' && statement?.kind !== 'copy-out' && statement?.kind !== 'prepare') {
    throw new Error(`a statement of kind ${statement?.kind}`);
  }
  const found = innerStatement(source, statement);
  return { text: found.text, query: found.statement, offset: found.offset, whole: statement };
}

test.each([
  ['DECLARE c CURSOR FOR SELECT 1', 'SELECT 1'],
  ['SELECT 0; DECLARE "for" NO SCROLL CURSOR WITH HOLD FOR SELECT 1 AS "for" FOR UPDATE OF x', undefined],
  ["DECLARE c /* for SELECT 2 /* for */ */ CURSOR -- for\n FOR SELECT 'for' AS a", "SELECT 'for' AS a"],
  ['DECLARE "a for b" CURSOR FOR VALUES (1)', 'VALUES (1)'],
  ['PREPARE p AS SELECT 1 AS x', 'SELECT 1 AS x'],
  ['PREPARE p (int, numeric(10, 2)) AS SELECT $1, $2', 'SELECT $1, $2'],
  ['PREPARE "as" AS SELECT \'as\' AS "as"', 'SELECT \'as\' AS "as"'],
  ['COPY (SELECT 1) TO STDOUT', 'SELECT 1'],
  ["COPY (SELECT ')', $$)$$, $t$ ) $t$, E'\\')', \")\" FROM (VALUES (1)) v(\")\") ) TO STDOUT (FORMAT csv)", undefined],
  ['COPY /* ( */ (TABLE t) TO STDOUT', 'TABLE t'],
  ['COPY t TO STDOUT', 'SELECT * FROM "t"'],
  ['COPY public."T ""x""" (a, "B c") TO STDOUT', 'SELECT "a", "B c" FROM "public"."T ""x"""'],
])('%s', (sql, text) => {
  let found: ReturnType<typeof inner>;
  try {
    found = inner(sql);
  } catch (error) {
    // FOR UPDATE is refused when the statement is read, and then nothing is cut out of it.
    expect(error).toMatchObject({ code: '25006' });
    return;
  }
  if (text !== undefined) expect(found.text).toBe(text);
  const { whole, query } = found;
  const tree = whole.kind === 'prepare' ? whole.statement : { kind: 'query', query: whole.query };
  const withoutPlaces = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value, (key, part) => (key === 'at' ? undefined : part)));
  expect(withoutPlaces(query)).toEqual(withoutPlaces(tree));
});

test('positions count from the start of the message', () => {
  const sql = 'SELECT 1; DECLARE c CURSOR FOR SELECT nope';
  expect(sql.slice(inner(sql).offset)).toBe('SELECT nope');
});

test('positions are characters, not UTF-16 units', () => {
  expect(characterPosition('😀x', 0)).toBe(1);
  expect(characterPosition('😀x', 2)).toBe(2);
  expect(characterPosition('äx', 1)).toBe(2);
});

test('tokens that were pasted into a statement stay out of the log (D23)', () => {
  expect(redact("SELECT 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln_-' AS x")).toBe("SELECT '[token]' AS x");
  expect(redact('password=eyJhbGciOiJIUzI1NiJ9')).toBe('password=[token]');
});
