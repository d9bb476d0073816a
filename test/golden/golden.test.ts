/**
 * Every case of every `.golden` file, on DuckDB and on PostgreSQL: both must answer alike, as the file says, and as the
 * SQL written by hand answers. With `like: postgres` in its header a file's statements are over tables that exist under
 * the same names in the database, and PostgreSQL itself, asked the same, is the judge of names, types, rows and errors.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DatabaseError } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SecurityContext } from '../../src/access/context.ts';
import type { SessionView } from '../../src/session/engine.ts';
import { loadParser } from '../../src/sql/libpg.ts';
import { parse } from '../../src/sql/parse.ts';
import { ask, type Gateway, identityOf, showColumns, showError, viewOf, warehouseSql } from '../helpers/gateway.ts';
import {
  type GoldenCase,
  type GoldenFile,
  type Row,
  readGolden,
  type Section,
  showRows,
  wrapSql,
  writeGolden,
} from '../helpers/golden.ts';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { type ServedModel, serveOnBoth } from '../helpers/served-model.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const UPDATE = process.env.UPDATE_GOLDEN === '1';

let server: TestPostgres;
beforeAll(async () => {
  await loadParser();
  server = await startPostgres();
});
afterAll(() => server.stop());

for (const name of readdirSync(FOLDER).filter((file) => file.endsWith('.golden'))) {
  const path = FOLDER + name;
  const golden = readGolden(path);
  describe(name, () => {
    let served: ServedModel;
    const rewritten = new Map<string, ReadonlyMap<Section, string>>();
    beforeAll(async () => {
      served = await serveOnBoth(golden.header.get('model') ?? '', server);
    });
    afterAll(async () => {
      await served?.close();
      if (!UPDATE) return;
      const cases = golden.cases.map((one) => ({ ...one, sections: rewritten.get(one.title) ?? one.sections }));
      writeFileSync(path, writeGolden({ ...golden, cases }));
    });

    it.each(golden.cases.map((one) => [one.title, one] as const))('%s', async (title, one) => {
      const found = await run(one, golden, served);
      const kept = [...one.sections].filter(([name]) => !isAnswer(name) || found.sections.has(name));
      const sections = new Map([...kept, ...changed(one, found)]);
      if (UPDATE) rewritten.set(title, sections);
      else expect(Object.fromEntries(sections)).toEqual(Object.fromEntries(one.sections));
      for (const [what, left, right] of found.comparisons) expect(left, what).toEqual(right);
    });
  });
}

const ANSWERS = ['columns', 'postgres', 'duckdb', 'rows', 'error', 'duckdb error'] as const;
function isAnswer(name: Section): boolean {
  return (ANSWERS as readonly Section[]).includes(name);
}

type Found = {
  readonly sections: ReadonlyMap<Section, string>;
  /** What must be equal: the reason, and the two sides. */
  readonly comparisons: readonly (readonly [string, unknown, unknown])[];
};

/** Sections that the file holds, as they are now; for a case that holds no answer yet, its columns and rows, or error. */
function changed(one: GoldenCase, { sections }: Found): ReadonlyMap<Section, string> {
  const written = ANSWERS.filter((name) => one.sections.has(name));
  const failed = sections.has('error') || one.sections.has('error');
  const answer = ['columns', 'rows', 'error', 'duckdb error'] as const;
  const wanted = new Set(written.length > 0 && !failed ? written : answer);
  return new Map(
    [...wanted].flatMap((name): [Section, string][] => {
      const now = sections.get(name);
      return now === undefined ? [] : [[name, now]];
    }),
  );
}

async function run(one: GoldenCase, golden: GoldenFile, served: ServedModel): Promise<Found> {
  const view = viewOf(identityOf(contextOf(one, golden, served)), settingsOf(one));
  const parameters = one.sections.get('parameters')?.split('\n') ?? [];
  const [postgres, duckdb] = await Promise.all([
    outcome(served.postgres, one.sql, view, parameters),
    outcome(served.duckdb, one.sql, view, parameters),
  ]);
  const judged: [string, unknown, unknown][] = [];
  const onlyDuckdbFails = 'error' in duckdb && one.sections.has('duckdb error');
  if (!onlyDuckdbFails) judged.push(['PostgreSQL and DuckDB', shown(duckdb), shown(postgres)]);
  if (golden.header.get('like') === 'postgres')
    judged.push([
      'PostgreSQL itself',
      shown(postgres, 'terse'),
      shown(await plainly(served, one.sql, parameters), 'terse'),
    ]);
  const failures: [Section, string][] = onlyDuckdbFails ? [['duckdb error', duckdb.error]] : [];
  const promised = (['columns', 'rows', 'by hand'] as const).some((name) => one.sections.has(name));
  if ('error' in postgres && promised) judged.push(['it answers', postgres.error, 'an answer']);
  if ('rows' in postgres && one.sections.has('error')) judged.push(['it is refused', postgres.rows, 'an error']);
  if ('error' in postgres) return { sections: new Map([['error', postgres.error], ...failures]), comparisons: judged };
  const byHand = one.sections.get('by hand');
  if (byHand !== undefined) {
    const { rows } = await served.plain(byHand);
    judged.push(['SQL by hand', showRows(ordered(postgres.rows, one.sql)), showRows(ordered(rows, one.sql))]);
  }
  const sections = new Map<Section, string>([
    ...failures,
    ['columns', postgres.columns],
    ['rows', showRows(ordered(postgres.rows, one.sql))],
  ]);
  if (one.sections.has('postgres'))
    sections.set('postgres', wrapSql(await warehouseSql(served.postgres.engine, one.sql, view)));
  if (one.sections.has('duckdb') && !onlyDuckdbFails)
    sections.set('duckdb', wrapSql(await warehouseSql(served.duckdb.engine, one.sql, view)));
  return { sections, comparisons: judged };

  function shown(result: Outcome, how?: 'terse'): unknown {
    if ('error' in result) return how === 'terse' ? terse(result.error) : result.error;
    return { columns: result.columns, rows: showRows(ordered(result.rows, one.sql)) };
  }
}

/** Data errors carry values in PostgreSQL's text, which is never passed on: their condition must be the same. */
function terse(error: string): string {
  return error.startsWith('22') ? error.slice(0, 5) : (error.split('\n')[0] ?? '');
}

type Outcome = { readonly columns: string; readonly rows: readonly Row[] } | { readonly error: string };

async function outcome(
  { engine }: Gateway,
  sql: string,
  view: SessionView,
  parameters: readonly string[],
): Promise<Outcome> {
  try {
    const { columns, rows } = await ask(engine, sql, view, parameters);
    return { columns: showColumns(columns), rows };
  } catch (error) {
    return { error: showError(error, sql) };
  }
}

async function plainly(served: ServedModel, sql: string, parameters: readonly string[]): Promise<Outcome> {
  try {
    const { columns, rows } = await served.plain(sql, parameters);
    return { columns: showColumns(columns), rows };
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return {
      error: `${error.code} ${error.message}${error.position === undefined ? '' : ` (position ${error.position})`}`,
    };
  }
}

/** Without ORDER BY the order means nothing. */
function ordered(rows: readonly Row[], sql: string): readonly Row[] {
  const statement = parse(sql)[0]?.statement;
  if (statement?.kind === 'query' && statement.query.orderBy.length > 0) return rows;
  const key = (row: Row): string => showRows([row]);
  return [...rows].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function contextOf(one: GoldenCase, golden: GoldenFile, served: ServedModel): SecurityContext {
  const text = one.sections.get('context') ?? golden.header.get('context') ?? '{}';
  if (text.startsWith('{')) return JSON.parse(text) as SecurityContext;
  const persona = served.personas.get(text);
  if (persona === undefined) throw new Error(`no persona "${text}"`);
  return persona;
}

function settingsOf(one: GoldenCase): ReadonlyMap<string, string> {
  const lines = one.sections.get('setting')?.split('\n') ?? [];
  return new Map(
    lines.map((line) => {
      const [name = '', value = ''] = line.split(' = ');
      return [name, value];
    }),
  );
}
