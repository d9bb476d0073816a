/** `semwire explain`: the warehouse's SQL and the values bound to it, or the refusal as psql shows it. */
import { describe, expect, test } from 'vitest';
import { run, TICKETS } from './run.ts';

const explain = (...args: string[]) => run(['explain', ...args], TICKETS);

describe('the SQL of DuckDB', () => {
  test('of a measure per status', async () => {
    const sql = 'SELECT status, MEASURE(open_count) AS open FROM desk GROUP BY status ORDER BY open DESC LIMIT 3';
    const { code, stdout } = await explain('--persona', 'agent', sql);
    await expect(stdout).toMatchFileSnapshot('explain-measure.golden.sql');
    expect(code).toBe(0);
  });

  test('of a filter, with quotes that look like clauses and a parameter', async () => {
    const sql = `SELECT title FROM desk WHERE title <> 'it''s FROM "x" WHERE' AND status = $1`;
    const { code, stdout } = await explain('--context', '{"tenant": 2, "groups": ["agent"]}', sql);
    await expect(stdout).toMatchFileSnapshot('explain-filter.golden.sql');
    expect(stdout).toContain(`'it''s FROM "x" WHERE'`);
    expect(code).toBe(0);
  });

  test('binds a claim, whatever is in it, beside the SQL', async () => {
    const context = '{"tenant": 9007199254740993, "groups": ["agent"]}';
    const { stdout } = await explain('--context', context, 'SELECT title FROM desk');
    expect(stdout).toContain("$p1 = '9007199254740993' (");
    expect(stdout.split('\n\n')[0]).not.toContain('9007199254740993');
  });

  test('is the same of EXPLAIN', async () => {
    const [plain, explained] = await Promise.all([
      explain('--persona', 'agent', 'SELECT status FROM desk'),
      explain('--persona', 'agent', 'EXPLAIN SELECT status FROM desk'),
    ]);
    expect(explained.stdout).toBe(plain.stdout);
  });
});

test('a question to the catalog has none', async () => {
  const { code, stdout } = await explain('SELECT relname FROM pg_class');
  expect(stdout).toMatch(/^-- The catalog answers this/);
  expect(code).toBe(0);
});

test('the catalog’s answers for constants stand in the SQL', async () => {
  const sql = "SELECT 'desk'::regclass::text AS t, title FROM desk WHERE format_type(23, NULL) = status";
  const { code, stdout } = await explain('--persona', 'agent', sql);
  expect(stdout).toContain("'desk'");
  expect(stdout).toContain("'integer'");
  expect(code).toBe(0);
  const { stderr } = await explain('--persona', 'agent', "SELECT 'nothing'::regclass FROM desk");
  expect(stderr).toContain('SQLSTATE:  42P01');
});

describe('a refusal', () => {
  test('shows the line, the place, and the SQLSTATE', async () => {
    const { code, stdout, stderr } = await explain('--persona', 'visitor', 'SELECT status,\n  title\nFROM desk');
    expect(stderr).toBe(
      ['ERROR:  column "title" does not exist', 'LINE 2:   title', '          ^', 'SQLSTATE:  42703', ''].join('\n'),
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  test('shows the hint', async () => {
    const { stderr } = await explain('--persona', 'agent', 'SELECT AVG(ticket_count) FROM desk');
    expect(stderr).toMatch(/^ERROR: {2}.*\nLINE 1: SELECT AVG\(ticket_count\) FROM desk\n +\^\nHINT: {2}/);
    expect(stderr).toContain('SQLSTATE:  42803');
  });

  test.each([
    ['without a context, what needs a claim', ['SELECT status FROM desk'], 'security context lacks "tenant"', '42501'],
    ['syntax', ['SELEC 1'], 'syntax error at or near "SELEC"', '42601'],
    ['a write', ['DELETE FROM desk'], 'cannot execute DELETE in a read-only transaction', '25006'],
    ['a setting', ["SET timezone = 'UTC'"], 'only a query can be explained', '0A000'],
  ])('%s', async (_, args, message, code) => {
    const ended = await explain(...args);
    expect(ended.stderr).toContain(`ERROR:  ${message}`);
    expect(ended.stderr).toContain(`SQLSTATE:  ${code}`);
    expect(ended.code).toBe(1);
  });

  test.each([
    ['no statement', [], 'SQL is missing'],
    ['two statements', ['SELECT 1; SELECT 2'], 'SQL must be one statement'],
    ['a statement without quotes', ['SELECT', '1'], 'SQL is one argument: put it in quotes'],
  ])('of %s is the usage of the command', async (_, args, message) => {
    const { code, stderr } = await explain(...args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  test('of a model that does not load names the folder and the place', async () => {
    const { code, stderr } = await explain('--model', '/nonexistent', 'SELECT status FROM desk');
    expect(stderr).toContain('the model in /nonexistent cannot be used');
    expect(code).toBe(1);
  });
});
