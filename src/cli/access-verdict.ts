/** What an access test expected beside what there was: nothing, or the lines that say how they differ. */
import type { AccessTest, Expectation, ExpectedValue } from '../access/access-tests.ts';
import type { PolicyDecision } from '../access/decision.ts';
import { assertNever } from '../errors.ts';
import type { ResultColumn } from '../session/engine.ts';
import { typeByOid, typeCategory } from '../sql/types.ts';
import type { AccessAnswer } from './access-answer.ts';

type Rows = Extract<AccessAnswer, { kind: 'rows' }>;

/** Rows that are told of each kind; the rest is counted. */
const MOST_SHOWN = 10;

/**
 * @param answer undefined where the test has no statement
 * @returns no line when the test passes
 */
export function verdict(
  test: AccessTest,
  answer: AccessAnswer | undefined,
  decision: PolicyDecision,
): readonly string[] {
  const lines = test.expect.flatMap((expectation) => differences(expectation, answer, decision));
  if (lines.length === 0 || answer === undefined) return lines;
  if (answer.kind === 'error') return [...lines, ...answer.named.flatMap((name) => decidedOf(name, decision))];
  const read = answer.reads.map(({ table, columns, policies }) => {
    const by = policies.length === 0 ? 'under no policy' : `under ${policies.join(', ')}`;
    return `read ${table}${columns.length === 0 ? '' : ` (${columns.join(', ')})`} ${by}`;
  });
  const { token } = decision.securityFilters;
  return [...lines, ...read, ...(token.length === 0 ? [] : [`filters of the token on ${token.join(', ')}`])];
}

function differences(
  expectation: Expectation,
  answer: AccessAnswer | undefined,
  decision: PolicyDecision,
): readonly string[] {
  switch (expectation.kind) {
    case 'error':
      return ofError(expectation.code, answer);
    case 'rows':
      return answer?.kind === 'rows' ? ofRows(expectation.rows, answer) : notAnswered(answer);
    case 'row_count': {
      if (answer?.kind !== 'rows') return notAnswered(answer);
      const { length } = answer.rows;
      return length === expectation.count ? [] : [`expected ${count(expectation.count)}, got ${length}`];
    }
    case 'columns': {
      if (answer?.kind !== 'rows') return notAnswered(answer);
      const [expected, got] = [expectation.columns.join(', '), answer.columns.map(({ name }) => name).join(', ')];
      return expected === got ? [] : [`expected the columns ${expected}`, `got          ${got}`];
    }
    case 'sees': {
      const hidden = expectation.names.filter((name) => !isVisible(name, decision));
      return hidden.map((name) => `does not see ${name}${reason(name, decision)}`);
    }
    case 'cannot_see':
      return expectation.names
        .filter((name) => isVisible(name, decision))
        .map((name) => `sees ${name}${policies(name, decision)}`);
    default:
      return assertNever(expectation, 'differences');
  }
}

function notAnswered(answer: AccessAnswer | undefined): readonly string[] {
  if (answer?.kind !== 'error') throw new Error('a test that needs a statement has none');
  const { code, message, hint } = answer.error;
  return [`expected rows, got error ${code}: ${message}${hint === undefined ? '' : ` (${hint})`}`];
}

function ofError(code: string, answer: AccessAnswer | undefined): readonly string[] {
  if (answer?.kind === 'error') {
    const { error } = answer;
    return error.code === code ? [] : [`expected error ${code}, got ${error.code}: ${error.message}`];
  }
  return [`expected error ${code}, got ${count(answer?.rows.length ?? 0)}`];
}

/** Without ORDER BY the order means nothing, and equal rows are counted. */
function ofRows(expected: readonly (readonly ExpectedValue[])[], { rows, columns, ordered }: Rows): readonly string[] {
  const same = (row: readonly ExpectedValue[], other: readonly (string | null)[]): boolean =>
    row.length === other.length && row.every((value, i) => isSame(value, other[i] ?? null, columns[i]));
  if (ordered && expected.length === rows.length) {
    const at = expected.findIndex((row, i) => !same(row, rows[i] ?? []));
    if (at < 0) return [];
    return [
      `row ${at + 1} differs`,
      `  expected ${shown(expected[at] ?? [])}`,
      `  got      ${shownRow(rows[at] ?? [])}`,
    ];
  }
  const left = [...rows];
  const missing = expected.filter((row) => {
    const found = left.findIndex((other) => same(row, other));
    if (found >= 0) left.splice(found, 1);
    return found < 0;
  });
  return [
    ...some(`${count(missing.length)} missing`, missing.map(shown)),
    ...some(`${count(left.length)} too many`, left.map(shownRow)),
  ];
}

function some(head: string, rows: readonly string[]): readonly string[] {
  if (rows.length === 0) return [];
  const more = rows.length > MOST_SHOWN ? [`  … and ${rows.length - MOST_SHOWN} more`] : [];
  return [head, ...rows.slice(0, MOST_SHOWN).map((row) => `  ${row}`), ...more];
}

/** A number is the same number however many noughts it ends in; a text is the very text. */
function isSame({ value, raw }: ExpectedValue, got: string | null, column: ResultColumn | undefined): boolean {
  if (value === null || got === null) return value === got;
  if (typeof value === 'boolean') return got === (value ? 't' : 'f');
  const type = column === undefined ? undefined : typeByOid(column.typeOid);
  const numeric = type !== undefined && typeCategory(type) === 'N';
  if (!numeric) return got === (typeof value === 'number' ? raw : value);
  if (type === 'float4' || type === 'float8') return Number(raw) === Number(got);
  return plainNumber(raw) === plainNumber(got);
}

/** Every digit, whatever its length: no double comes between. */
function plainNumber(text: string): string {
  const match = /^([+-]?)0*(\d+?)(?:\.(\d*?)0*)?$/.exec(text.trim());
  if (match === null) return text;
  const [, sign, whole, fraction = ''] = match;
  const digits = fraction === '' ? `${whole}` : `${whole}.${fraction}`;
  return sign === '-' && digits !== '0' ? `-${digits}` : digits;
}

function isVisible(name: string, { model }: PolicyDecision): boolean {
  const [table = '', ...column] = name.split('.');
  const found = model.tables.get(table);
  return found !== undefined && (column.length === 0 || found.columns.some((one) => one.name === column.join('.')));
}

function reason(name: string, decision: PolicyDecision): string {
  const denied = decision.model.denied.get(name.split('.')[0] ?? '');
  return denied === undefined ? policies(name, decision) : `: ${denied.message}`;
}

/** Why a table, or a column of it, may not be there for this context. */
function decidedOf(table: string, decision: PolicyDecision): readonly string[] {
  const applied = decision.fullPolicies(table);
  return applied.length === 0 ? [] : [`policies of ${table}: ${applied.join(', ')}`];
}

function policies(name: string, decision: PolicyDecision): string {
  const applied = decision.fullPolicies(name.split('.')[0] ?? '');
  return applied.length === 0 ? '' : ` under ${applied.join(', ')}`;
}

function shown(row: readonly ExpectedValue[]): string {
  return shownRow(row.map(({ value, raw }) => (value === null ? null : typeof value === 'string' ? value : raw)));
}

function shownRow(row: readonly (string | null)[]): string {
  return `[${row.map((value) => (value === null ? 'null' : JSON.stringify(value))).join(', ')}]`;
}

function count(rows: number): string {
  return rows === 1 ? '1 row' : `${rows} rows`;
}
