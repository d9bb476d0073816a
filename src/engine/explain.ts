/** EXPLAIN: a query's plan as rows of text or one of JSON; with ANALYZE the query runs, and its rows are counted. */
import type { Cursor, Prepared } from '../session/engine.ts';
import type { ExplainOptions } from '../sql/ast.ts';
import { typeOid, typeSize } from '../sql/types.ts';
import type { QueryPlan, TablePlan } from './query-plan.ts';

/** What running the query was. */
type Run = { readonly rows: number; readonly milliseconds: number };

/**
 * @param query what is explained
 * @param planningMs how long it took to plan it
 */
export function explainPrepared(
  query: Prepared,
  plan: QueryPlan,
  planningMs: number,
  { analyze, format, summary }: ExplainOptions,
): Prepared {
  const type = format === 'json' ? 'json' : 'text';
  const rows = (run: Run | undefined): readonly string[] => {
    const planning = summary ? planningMs : undefined;
    const execution = summary ? run?.milliseconds : undefined;
    const written = { plan, rows: run?.rows, planning, execution };
    return format === 'json' ? [JSON.stringify([asJson(written)], undefined, 2)] : asText(written);
  };
  return {
    parameterTypes: query.parameterTypes,
    columns: [{ name: 'QUERY PLAN', typeOid: typeOid(type), typeSize: typeSize(type), typmod: -1 }],
    reads: analyze ? query.reads : undefined,
    open: async (binds, options) => {
      const running = analyze
        ? await query.open(binds, { ...options, resultFormats: query.columns.map(() => 0) })
        : undefined;
      let all: readonly string[] | undefined;
      let at = 0;
      return {
        settings: running?.settings,
        fetch: async (maxRows, sink) => {
          all ??= rows(running && (await drained(running)));
          const part = maxRows === 0 ? all.slice(at) : all.slice(at, at + maxRows);
          at += part.length;
          if (part.length > 0) await sink.write(Buffer.concat(part.map(textRow)), part.length);
          return { rows: part.length, done: at === all.length };
        },
        close: async () => running?.close(),
      };
    },
  };
}

async function drained(cursor: Cursor): Promise<Run> {
  const begun = performance.now();
  const { rows } = await cursor.fetch(0, { write: () => undefined });
  return { rows, milliseconds: performance.now() - begun };
}

type Written = {
  readonly plan: QueryPlan;
  readonly rows: number | undefined;
  readonly planning: number | undefined;
  readonly execution: number | undefined;
};

const RULES: readonly (readonly [rules: Exclude<keyof TablePlan, 'table'>, label: string, key: string])[] = [
  ['policies', 'Policy', 'Policies'],
  ['securityFilters', 'Security filter', 'Security Filters'],
  ['masks', 'Mask', 'Masks'],
  ['defaultFilters', 'Default filter', 'Default Filters'],
];

function asText({ plan, rows, planning, execution }: Written): readonly string[] {
  const actual = rows === undefined ? '' : ` (actual rows=${rows})`;
  return [
    `Semantic Query${actual}`,
    `  Output: ${plan.output.join(', ')}`,
    ...plan.tables.flatMap((table) => [
      `  ->  ${table.table}${table.columns.length === 0 ? '' : ` (${table.columns.join(', ')})`}`,
      ...RULES.flatMap(([rules, label]) => table[rules].map((rule) => `        ${label}: ${rule}`)),
    ]),
    ...(plan.warehouseSql === undefined ? [] : ['Warehouse SQL', `  ${plan.warehouseSql}`]),
    ...(planning === undefined ? [] : [`Planning Time: ${planning.toFixed(3)} ms`]),
    ...(execution === undefined ? [] : [`Execution Time: ${execution.toFixed(3)} ms`]),
  ];
}

/** Under the keys of PostgreSQL's own (EXPLAIN, "FORMAT JSON"), so that what draws its plans draws these. */
function asJson({ plan, rows, planning, execution }: Written): object {
  const actual = rows === undefined ? {} : { 'Actual Rows': rows };
  const node = {
    'Node Type': 'Semantic Query',
    ...actual,
    Output: plan.output,
    Plans: plan.tables.map((table) => ({
      'Node Type': 'Semantic Table',
      'Relation Name': table.table,
      Output: table.columns,
      ...Object.fromEntries(RULES.map(([rules, , key]) => [key, table[rules]])),
    })),
    ...(plan.warehouseSql === undefined ? {} : { 'Warehouse SQL': plan.warehouseSql }),
  };
  return {
    Plan: node,
    ...(planning === undefined ? {} : { 'Planning Time': rounded(planning) }),
    ...(execution === undefined ? {} : { 'Execution Time': rounded(execution) }),
  };
}

/** Milliseconds of three places. */
function rounded(milliseconds: number): number {
  return Number(milliseconds.toFixed(3));
}

/** A DataRow of one text column; its text and binary forms are the same bytes. */
function textRow(line: string): Buffer {
  const value = Buffer.from(line);
  const head = Buffer.alloc(11);
  head.write('D', 0);
  head.writeInt32BE(4 + 2 + 4 + value.length, 1);
  head.writeInt16BE(1, 5);
  head.writeInt32BE(value.length, 7);
  return Buffer.concat([head, value]);
}
