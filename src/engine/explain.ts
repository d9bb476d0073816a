/**
 * EXPLAIN: the semantic plan. The warehouse's SQL is for admins alone (contract, section 5).
 */
import type { PolicyDecision } from '../access/decision.ts';
import { isMasked } from '../access/masks.ts';
import type { SecuredQuery } from '../plan/compile.ts';
import type { Prepared } from '../session/engine.ts';
import { typeOid, typeSize } from '../sql/types.ts';

/** @param rewritten queryRewrite is asked when the statement is executed; which filters it adds is not known before */
export function explainLines(
  secured: SecuredQuery,
  decision: PolicyDecision,
  admin: boolean,
  rewritten: boolean,
): string[] {
  const tables = secured.uses.flatMap(({ table, defaultFilters, ...use }) => [
    `  ->  ${table}${use.columns.length === 0 ? '' : ` (${use.columns.join(', ')})`}`,
    ...decision.policies(table, use).map((policy) => `        Policy: ${policy}`),
    ...decision.securityFilters.token.map((member) => `        Security filter: token on ${member}`),
    ...(rewritten ? ['        Security filter: queryRewrite, at each execution'] : []),
    ...masksOf(table, use.columns, decision).map((mask) => `        Mask: ${mask}`),
    ...defaultFilters.map((filter) => `        Default filter: ${filter}`),
  ]);
  const output = secured.columns.map(({ name, type }) => `${name} ${type}`).join(', ');
  return ['Semantic Query', `  Output: ${output}`, ...tables, ...(admin ? ['Warehouse SQL', `  ${secured.sql}`] : [])];
}

/** The columns that are read for which a mask stands, on some rows at least. */
function masksOf(table: string, columns: readonly string[], { model, masks }: PolicyDecision): readonly string[] {
  const found = model.tables.get(table);
  if (found === undefined) return [];
  return found.columns
    .filter(({ name, masked }) => masked && columns.includes(name))
    .map(({ name, kind }) => {
      const masking = masks(found).column(name);
      if (!isMasked(masking)) return `${name}, made of what is masked`;
      return kind === 'measure' || typeof masking?.shown === 'string' ? name : `${name}, on some rows`;
    });
}

export function explainPrepared(lines: readonly string[]): Prepared {
  return {
    parameterTypes: [],
    columns: [{ name: 'QUERY PLAN', typeOid: typeOid('text'), typeSize: typeSize('text'), typmod: -1 }],
    open: async () => {
      let at = 0;
      return {
        fetch: async (maxRows, sink) => {
          const part = maxRows === 0 ? lines.slice(at) : lines.slice(at, at + maxRows);
          at += part.length;
          if (part.length > 0) await sink.write(Buffer.concat(part.map(textRow)), part.length);
          return { rows: part.length, done: at === lines.length };
        },
        close: async () => {},
      };
    },
  };
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
