/** Rows as psql prints them; each expectation is what psql 15 printed. */
import { describe, expect, test } from 'vitest';
import { errorText } from '../../src/cli/psql-error.ts';
import { tableLines } from '../../src/cli/table.ts';

const left = (name: string) => ({ name, alignment: 'left' as const });
const right = (name: string) => ({ name, alignment: 'right' as const });

test('numbers stand at the right, names in the middle, NULL is empty', () => {
  const rows = [
    ['Nordics', '18742060.83'],
    ['DACH', null],
  ];
  expect(tableLines([left('region'), right('revenue')], rows)).toEqual([
    ' region  |   revenue   ',
    '---------+-------------',
    ' Nordics | 18742060.83',
    ' DACH    |            ',
    '(2 rows)',
  ]);
});

test('a value of several lines goes on below, wide characters take two columns', () => {
  expect(tableLines([left('b'), left('日本')], [['x\ny', '日']])).toEqual([
    ' b | 日本 ',
    '---+------',
    ' x+| 日',
    ' y | ',
    '(1 row)',
  ]);
});

test('data cannot steer the terminal', () => {
  expect(tableLines([left('a')], [['\x1b[31m\u009bred\r']])).toContain(' \\x1B[31m\\u009Bred\\r');
});

test('rows without columns are counted', () => {
  expect(tableLines([], [[], []])).toEqual(['--', '(2 rows)']);
});

describe('the caret stands under the place', () => {
  const x = 'x'.repeat(80);
  test.each([
    [`SELECT '日本', nope, '${x}' FROM sales`, `LINE 1: SELECT '日本', nope, '${x.slice(0, 38)}...`, 23],
    [`SELECT '日本', '${x}', nope FROM sales`, `LINE 1: ...${x.slice(0, 47)}', nope FROM ...`, 61],
    [
      `SELECT '${x}', '${'日本'.repeat(18)}', nope, '${x}'`,
      `LINE 1: ...${'日本'.repeat(18).slice(-23)}', nope, 'xxx...`,
      60,
    ],
    ['SELECT 1,\n\tnope\nFROM sales', 'LINE 2:  nope', 9],
  ])('%s', (sql, line, column) => {
    const position = Array.from(sql.slice(0, sql.indexOf('nope'))).length + 1;
    const text = errorText({ severity: 'ERROR', code: '42703', message: 'no', position }, sql);
    expect(text.split('\n')).toEqual(['ERROR:  no', line, `${' '.repeat(column)}^`, 'SQLSTATE:  42703']);
  });
});
