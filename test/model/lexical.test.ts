/**
 * What the author writes stays inside the parentheses that it is put in. PostgreSQL's own scanner is the judge.
 */
import fc from 'fast-check';
import { loadModule, scanSync } from 'libpg-query';
import { beforeAll, describe, expect, it } from 'vitest';
import { isTableName, readSql } from '../../src/model/lexical.ts';

beforeAll(async () => {
  await loadModule();
});

const references = (sql: string) =>
  readSql(sql)
    .lexemes.filter((lexeme) => lexeme.kind === 'reference')
    .map((lexeme) => lexeme.path.join('.'));
const text = (sql: string) =>
  readSql(sql)
    .lexemes.map((lexeme) => lexeme.text)
    .join('');

describe('braces', () => {
  it.each([
    ['{CUBE}.amount', ['CUBE']],
    ['{amount} + { orders . tax }', ['amount', 'orders.tax']],
    ['{a.b.c}', ['a.b.c']],
    ['lower($' + '{CUBE}.status)', ['CUBE']],
  ])('%s is a reference', (sql, found) => {
    expect(readSql(sql).fault).toBeUndefined();
    expect(references(sql)).toEqual(found);
  });

  it.each([
    `x ~ '^[0-9]{2}$'`,
    `x ~ 'a{2,3}'`,
    `'{}'::jsonb`,
    `'{"a": 1}'::jsonb`,
    `'{1,2}'::int[]`,
    `'{a,b}'::text[]`,
    `{'a': 1}`,
    `{a: 1}`,
    `-- see {nothing}\n1`,
    `/* {nothing} */ 1`,
  ])('%s is plain text', (sql) => {
    expect(readSql(sql).fault).toBeUndefined();
    expect(references(sql)).toEqual([]);
    expect(text(sql)).toBe(sql);
  });

  it("loses Cube's escape", () => {
    expect(text("'\\{a\\}' || x")).toBe("'{a}' || x");
    expect(readSql("'\\{a\\}' || x").fault).toBeUndefined();
  });

  it.each([
    [`{FILTER_PARAMS.orders.status.filter('status')}`, '(1 = 1)'],
    [`NOT $` + `{ FILTER_PARAMS . orders . status . filter ( "{CUBE}.status" ) } AND x`, 'NOT (1 = 1) AND x'],
    [
      `{FILTER_GROUP(FILTER_PARAMS.a.b.filter('x'), FILTER_PARAMS.a.c.filter('y'))} OR {FILTER_PARAMS.a.b.filter(\`z\`)}`,
      '(1 = 1) OR (1 = 1)',
    ],
  ])("%s: a query's filter says that it holds", (sql, written) => {
    expect(readSql(sql).fault).toBeUndefined();
    expect(text(sql)).toBe(written);
  });

  it.each([
    `{FILTER_PARAMS.orders.status.filter(lambda x: x)}`,
    `{FILTER_PARAMS.orders.status.filter('a') OR TRUE}`,
    `{FILTER_PARAMS.orders.filter('a')}`,
    `{FILTER_PARAMS.orders.status.filter('a', 'b')}`,
    `{FILTER_GROUP()}`,
    `{FILTER_GROUP('a')}`,
    `'{FILTER_PARAMS.orders.status.filter("a")}'`,
  ])('%s is no form of it', (sql) => {
    expect(readSql(sql).fault?.message).toMatch(/^FILTER_(PARAMS|GROUP) stands outside of quotes as \{/);
  });

  it.each([`'{status}'`, `"{status}"`, `$$ {status} $$`, `E'\\'{status}'`])(
    '%s: a reference inside quotes is refused',
    (sql) => {
      expect(readSql(sql).fault?.message).toContain('reference {status} inside');
    },
  );

  it.each(['{status', '{status.sql()}', '{status + 1}', '{orders status}'])('%s is a broken reference', (sql) => {
    expect(readSql(sql).fault?.message).toContain('not a reference');
  });
});

describe('an authored fragment', () => {
  it.each([
    ["'a''b'", undefined],
    ["E'a\\'b'", undefined],
    ["E'a\\\\'", undefined],
    ['"a""b"', undefined],
    ['$q$ ) ; $q$', undefined],
    ['a$$b', undefined],
    ['f(a[1])', undefined],
    ["'a", 0],
    ['(a', 0],
    ['(a]', 2],
    ['a)', 1],
    ['a;', 1],
    ["E'a' \n 'b\\''", 0],
    ['a = ${', 5],
    ['1$$', 1],
    ['a\0', 1],
  ])('%j', (sql, offset) => {
    expect(readSql(sql).fault?.offset).toBe(offset);
  });

  it('stays inside its parentheses whenever no fault is found', () => {
    const piece = fc.constantFrom(
      ..."'|\"|(|)|[|]|--|\n|/*|*/|/|*|-|$|$$|$x$|x|a|e|E'|U&'|n'|\\|;| |1|.|''|::|é|,".split('|'),
    );
    let accepted = 0;
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const sql = pieces.join('');
        if (readSql(sql).fault !== undefined) return;
        accepted += 1;
        const tokens = scanTokens(`(${sql}\n)`);
        if (tokens === undefined) return;
        let depth = 0;
        for (const [i, token] of tokens.entries()) {
          expect(token).not.toBe(';');
          if (token === '(') depth += 1;
          if (token === ')') depth -= 1;
          expect(depth > 0, `closed early: ${JSON.stringify(sql)}`).toBe(i < tokens.length - 1);
        }
      }),
      { numRuns: 20_000 },
    );
    expect(accepted).toBeGreaterThan(1000);
  });
});

/** PostgreSQL's tokens without comments; undefined where it refuses the text outright. */
function scanTokens(sql: string): readonly string[] | undefined {
  try {
    return scanSync(sql)
      .tokens.filter((token) => !token.tokenName.endsWith('COMMENT'))
      .map((token) => token.text);
  } catch {
    return undefined;
  }
}

describe('sql_table', () => {
  it.each([
    'orders',
    'public.orders',
    'db."My Schema"."T" ',
    "read_parquet('a/*.parquet')",
    's.f(1, (2))',
    "'file.csv'",
  ])('%s', (sql) => {
    expect(isTableName(readSql(sql).lexemes)).toBe(true);
  });
  it.each(['orders o', 'a, b', 'a.', '.a', 'a b.c', 'f(1) x', 'f(1)(2)', '(select 1)', '1', 'a -- \n, b'])(
    '%s is none',
    (sql) => {
      expect(isTableName(readSql(sql).lexemes)).toBe(false);
    },
  );
});
