/** What is refused, with its SQLSTATE and, where PostgreSQL points, its position. */
import { beforeAll, describe, expect, test } from 'vitest';
import { SqlError } from '../../src/errors.ts';
import { loadParser } from '../../src/sql/libpg.ts';
import { parse, parseExpression } from '../../src/sql/parse.ts';

beforeAll(loadParser);

function failure(run: () => unknown): SqlError {
  try {
    run();
  } catch (error) {
    if (error instanceof SqlError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

test.each([
  ['SELECT a INTO b FROM t', 'SELECT INTO'],
  ['SELECT a FROM t FOR UPDATE', 'SELECT FOR UPDATE'],
  ['SELECT a FROM t FOR NO KEY UPDATE OF t', 'SELECT FOR NO KEY UPDATE'],
  ['SELECT a FROM (SELECT a FROM t FOR SHARE) x', 'SELECT FOR SHARE'],
  ['SELECT a FROM t FOR KEY SHARE FOR UPDATE', 'SELECT FOR UPDATE'],
  ['WITH x AS (DELETE FROM t RETURNING a) SELECT * FROM x', 'SELECT'],
])('a query that writes is 25006, in the words of a read-only PostgreSQL: %s', (sql, tag) => {
  expect(failure(() => parse(sql))).toMatchObject({
    code: '25006',
    message: `cannot execute ${tag} in a read-only transaction`,
  });
});

test('SELECT INTO a temporary table is 0A000, with what to write instead', () => {
  expect(failure(() => parse('SELECT 1 AS a INTO TEMPORARY TABLE "#t"'))).toMatchObject({
    code: '0A000',
    message: 'SELECT INTO TEMPORARY TABLE is not supported',
    hint: 'Use a subquery or a WITH query.',
  });
});

describe('valid PostgreSQL without a place in the tree is 0A000', () => {
  test.each([
    ['SELECT a FROM ONLY t', 'ONLY is not supported', 19],
    ['SELECT a FROM t TABLESAMPLE BERNOULLI (100)', 'TABLESAMPLE is not supported', 28],
    ['SELECT a FROM ROWS FROM (f(1), g(2)) x', 'ROWS FROM of several functions is not supported', 25],
    ['SELECT a FROM f() AS (a int)', 'a column definition list is not supported', 14],
    ['SELECT a FROM ROWS FROM (f() AS (a int)) x', 'a column definition list is not supported', 25],
    ['SELECT a FROM current_date d', 'this expression in FROM is not supported', undefined],
    ["SELECT * FROM XMLTABLE('/r' PASSING (SELECT x) COLUMNS a text PATH 'a')", 'XMLTABLE is not supported', 14],
    ["SELECT * FROM JSON_TABLE('{}', '$' COLUMNS (a int))", 'JSON_TABLE is not supported', 14],
    [
      'WITH RECURSIVE x AS (SELECT 1 UNION SELECT 2) SEARCH DEPTH FIRST BY a SET b SELECT 1',
      'SEARCH in WITH is not supported',
      46,
    ],
    [
      'WITH RECURSIVE x AS (SELECT 1 UNION SELECT 2) CYCLE a SET b USING c SELECT 1',
      'CYCLE in WITH is not supported',
      46,
    ],
    ['SELECT 1 ORDER BY a USING OPERATOR(s.<)', 'ORDER BY USING this operator is not supported', 26],
    ['SELECT 1 ORDER BY a USING <=', 'ORDER BY USING this operator is not supported', 26],
    ['SELECT a OPERATOR(public.+) b', 'operator public.+ is not supported', 9],
    ['SELECT a = ANY (SELECT 1), a OPERATOR(s.=) ANY (SELECT 1)', 'operator s.= is not supported', 29],
    ["SELECT B'101'", 'a bit string is not supported', 7],
    ["SELECT X'1F'", 'a bit string is not supported', 7],
    ['SELECT (a[1])[2]', 'a subscript of a subscript is not supported', undefined],
    ['SELECT a::geometry(Point, 4326)', 'a type modifier that is no number is not supported', 10],
    ["SELECT XMLELEMENT(NAME a, 'b')", 'XML is not supported', 7],
    ['SELECT XMLSERIALIZE(CONTENT a AS text)', 'XML is not supported', 7],
    ['SELECT a IS DOCUMENT', 'XML is not supported', 9],
    ['SELECT a IS JSON', 'IS JSON is not supported', 7],
    ["SELECT JSON_VALUE('{}', '$.a')", 'an SQL/JSON function is not supported', 7],
    ["SELECT JSON_OBJECT('a': 1)", 'an SQL/JSON function is not supported', 7],
    ['SELECT JSON_ARRAY(1, 2)', 'an SQL/JSON function is not supported', 7],
    ['SELECT JSON_ARRAYAGG(a) FROM t', 'an SQL/JSON aggregate is not supported', 7],
    ['VALUES (DEFAULT)', 'DEFAULT as a value is not supported', 8],
    ['SET x FROM CURRENT', 'SET x FROM CURRENT is not supported', undefined],
  ])('%s', (sql, message, position) => {
    expect(failure(() => parse(sql))).toMatchObject({ code: '0A000', message, position });
  });
});

describe('syntax errors are PostgreSQL’s own words', () => {
  test.each([
    ['SELEC 1', 'syntax error at or near "SELEC"', 0],
    ['SELECT * FROM', 'syntax error at end of input', 13],
    ["SELECT 'abc", 'unterminated quoted string at or near "\'abc"', 7],
    ['SELECT /* a', 'unterminated /* comment at or near "/* a"', 7],
    ["SELECT 'a' 'b'", 'syntax error at or near "\'b\'"', 11],
    ['SELECT ""', 'zero-length delimited identifier at or near """"', 7],
    ['SELECT 1a', 'trailing junk after numeric literal at or near "1a"', 7],
    ['SELECT $1a', 'trailing junk after parameter at or near "$1a"', 7],
    ['SELECT a < b = c', 'syntax error at or near "="', 13],
    ['SELECT 1\u00a0+ 1', 'trailing junk after numeric literal at or near "1\u00a0"', 7],
    ['SELECT a FROM t FETCH FIRST 1 ROW WITH TIES', 'WITH TIES cannot be specified without ORDER BY clause', 34],
    ['SELECT {fn NOW()}', 'syntax error at or near "{"', 7],
    ['EXPLAIN (NONSENSE) SELECT 1', 'unrecognized EXPLAIN option "nonsense"', 9],
    ['COPY t TO STDOUT (NONSENSE)', 'option "nonsense" not recognized', 18],
    ['COPY t TO STDOUT (FORMAT csv, FORMAT text)', 'conflicting or redundant options', 30],
  ])('%s', (sql, message, position) => {
    expect(failure(() => parse(sql))).toMatchObject({ code: '42601', message, position });
  });
});

test.each([
  ['SELECT $0', '42P02', 'there is no parameter $0'],
  ['SELECT $65536', '42P02', 'there is no parameter $65536'],
  ['SELECT $2147483648', '42601', 'parameter number too large at or near "$2147483648"'],
  ['EXPLAIN (FORMAT html) SELECT 1', '22023', 'unrecognized value for EXPLAIN option "format": "html"'],
  ['COPY t TO STDOUT (FORMAT x)', '22023', 'COPY format "x" not recognized'],
  ["COPY t TO STDOUT (ENCODING 'SJIS')", '22023', 'argument to option "encoding" must be UTF8'],
  ["COPY t TO STDOUT (DELIMITER 'ab')", '0A000', 'COPY delimiter must be a single one-byte character'],
  ["COPY t TO STDOUT (DELIMITER 'é')", '0A000', 'COPY delimiter must be a single one-byte character'],
  ["COPY t TO STDOUT (QUOTE '`')", '0A000', 'COPY QUOTE requires CSV mode'],
  ["COPY t TO STDOUT (FORMAT csv, DELIMITER '\"')", '22023', 'COPY delimiter and quote must be different'],
  ['COPY t TO STDOUT (FORMAT binary, HEADER)', '0A000', 'cannot specify HEADER in BINARY mode'],
  ['COPY t TO STDOUT (HEADER match)', '0A000', 'cannot use "match" with HEADER in COPY TO'],
  ['SELECT 1\0', '22021', 'invalid byte sequence for encoding "UTF8": 0x00'],
  ["SELECT '\ud800'", '22021', 'invalid byte sequence for encoding "UTF8"'],
])('%j', (sql, code, message) => {
  expect(failure(() => parse(sql))).toMatchObject({ code, message });
});

describe('parseExpression takes one expression and nothing else', () => {
  test.each([
    '',
    '1, 2',
    '*',
    't.*',
    '1 AS a',
    '1 a',
    '1 FROM t',
    '1; SELECT 2',
    '1 UNION SELECT 2',
    '1 LIMIT 1',
    'DISTINCT a',
    '1 INTO t',
    '1 WHERE true',
    '1 ORDER BY 1',
    'ALL a, b',
  ])('%j', (sql) => {
    expect(['42601', '0A000', '25006']).toContain(failure(() => parseExpression(sql)).code);
  });

  test('positions count from its own start', () => {
    expect(parseExpression('a + é')).toMatchObject({ at: 2, left: { at: 0 }, right: { at: 4 } });
    expect(failure(() => parseExpression('a +'))).toMatchObject({ code: '42601', position: 3 });
    expect(failure(() => parseExpression("a + B'1'"))).toMatchObject({ code: '0A000', position: 4 });
  });
});
