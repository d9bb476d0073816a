/** One case: semwire on both warehouses against the evaluator. */
import { SqlError } from '../../src/errors.ts';
import { answer, type Result } from './evaluate.ts';
import { rowKey } from './expression.ts';
import { printQuery, type Statement } from './query.ts';
import type { ServedWorld } from './serve.ts';
import type { World } from './world.ts';

export type Outcome =
  | { readonly kind: 'same' }
  /** By both warehouses, or by DuckDB for what it cannot do. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'different'; readonly text: string };

export async function checkCase(world: World, query: Statement, served: ServedWorld): Promise<Outcome> {
  const sql = printQuery(query);
  let expected: Result;
  try {
    expected = answer(world, query);
  } catch (error) {
    return { kind: 'different', text: `the evaluator: ${describeError(error)}` };
  }
  const refusals: SqlError[] = [];
  let refused: string | undefined;
  for (const warehouse of served.warehouses) {
    let found: Result;
    try {
      found = await warehouse.ask(sql, query.compatible);
    } catch (error) {
      if (!(error instanceof SqlError) || (error.code !== '0A000' && error.code !== '42803')) {
        const text = await warehouse.explain(sql, query.compatible).catch(() => '');
        return { kind: 'different', text: `${warehouse.name}: ${describeError(error)}\n${text}` };
      }
      refusals.push(error);
      refused = warehouse.name;
      continue;
    }
    if (sameRows(expected, found, query.order !== 'none')) continue;
    const text = await warehouse.explain(sql, query.compatible).catch(() => '');
    return {
      kind: 'different',
      text: `${warehouse.name}\nexpected:\n${showRows(expected)}\nfound:\n${showRows(found)}\n${text}`,
    };
  }
  const [refusal, another] = refusals;
  if (refusal === undefined) return { kind: 'same' };
  if (another === undefined && refused !== 'duckdb')
    return { kind: 'different', text: `only ${refused} refuses: ${refusal.message}` };
  const alone = another === undefined ? 'DuckDB alone: ' : '';
  const message = `${alone}${refusal.message}`;
  if (!mayRefuse(world, message)) return { kind: 'different', text: `refused: ${refusal.code} ${message}` };
  return { kind: 'refused', code: refusal.code, message };
}

/** What DuckDB has no way to do. */
const BEYOND_DUCKDB = [
  /^DuckDB alone: .*digits differ from row to row/,
  /^DuckDB alone: DISTINCT or a set operation over an aggregate in a correlated subquery/,
  /^DuckDB alone: the warehouse cannot do this/,
];

/** The contract allows a refusal where a repeated cube has no key (rule 7), or a measure reads rows that repeat its own. */
function mayRefuse({ cubes }: World, message: string): boolean {
  if (BEYOND_DUCKDB.some((text) => text.test(message))) return true;
  if (message.includes('have no primary key')) return cubes.some(({ keyDeclared }) => !keyDeclared);
  if (!message.includes('whose rows repeat those')) return false;
  return cubes.some(({ measures }) => measures.some(({ name }) => name === 'many_sum'));
}

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${error instanceof SqlError ? error.code : error.stack}: ${error.message}${cause}`;
}

/** As lists where ORDER BY names every column, else as multisets. */
function sameRows(expected: Result, found: Result, ordered: boolean): boolean {
  if (expected.length !== found.length) return false;
  const keys = (rows: Result): string[] => (ordered ? rows.map(rowKey) : rows.map(rowKey).sort());
  const others = keys(found);
  return keys(expected).every((key, i) => key === others[i]);
}

export function showRows(rows: Result): string {
  return rows.length === 0
    ? '(no rows)'
    : rows.map((row) => row.map((value) => value ?? 'NULL').join(' | ')).join('\n');
}
