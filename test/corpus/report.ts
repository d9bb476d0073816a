/** The outcome of a corpus as text: shares by tool, and what deserves a look. */
import { makesTable, withoutKnownDifferences } from './known-differences.ts';
import {
  columnsAgree,
  hasFailed,
  hasRows,
  isAnswered,
  isValid,
  type Outcome,
  reasonsFor,
  refusedAlike,
  rowsAgree,
} from './outcome.ts';
import { type Answer, type Rows, rowsBeyond, type Verdict } from './verdict.ts';

type Row = (outcome: Outcome) => readonly string[];

/** @param detailed every answer is printed */
export function report(outcomes: readonly Outcome[], detailed: boolean): string {
  const tools = [...new Set(outcomes.map(({ statement }) => statement.tool))].sort();
  const valid = outcomes.filter(isValid);
  const answered = valid.filter(isAnswered);
  const invalid = outcomes.filter((outcome) => !isValid(outcome));
  const differs = answered.filter((outcome) => !rowsAgree(outcome));
  const explained = new Map(differs.map((outcome) => [outcome, reasonsFor(outcome)]));
  const reasons = [...new Set([...explained.values()].flatMap((those) => those ?? []))].sort();
  return [
    'tool | sent | valid | answered | refused | failed',
    '--- | --- | --- | --- | --- | ---',
    ...tools.map((tool) =>
      share(
        tool,
        outcomes.filter(({ statement }) => statement.tool === tool),
      ),
    ),
    share('all', outcomes),
    `answered with the columns and types of PostgreSQL: ${answered.filter(columnsAgree).length} of ${answered.length}`,
    `of these with rows to compare: ${answered.filter(hasRows).length} of ${answered.length}`,
    `answered with the rows of PostgreSQL: ${answered.filter(rowsAgree).length} of ${answered.length}`,
    ...section('refused by PostgreSQL, and alike', invalid.filter(refusedAlike), reference),
    ...section(
      'refused by PostgreSQL, not alike',
      invalid.filter((outcome) => !refusedAlike(outcome)),
      everything,
    ),
    ...section(
      'not answered',
      valid.filter((outcome) => !isAnswered(outcome)),
      notAnswered,
    ),
    ...section(
      'answered with other columns than PostgreSQL, or of other types',
      answered.filter((outcome) => !columnsAgree(outcome)),
      columns,
    ),
    ...(reasons.length === 0 ? [] : ['', 'answered with other rows than PostgreSQL, as it is meant to be']),
    ...reasons.flatMap((reason) => [
      `  ${reason}:`,
      `    ${differs
        .filter((outcome) => explained.get(outcome)?.includes(reason))
        .map(({ statement }) => `line ${statement.line} (${statement.tool})`)
        .join(', ')}`,
    ]),
    ...section(
      'answered with other rows than PostgreSQL, for no known reason',
      differs.filter((outcome) => outcome.world === 'catalog' && explained.get(outcome) === undefined),
      differing,
    ),
    ...section(
      'answered with other rows than PostgreSQL over plain views, where a measure is what one row adds to it',
      differs.filter(({ world }) => world === 'model'),
      differing,
    ),
    ...(detailed ? section('answers', outcomes, (outcome) => [...everything(outcome), ...columns(outcome)]) : []),
  ].join('\n');
}

function section(title: string, outcomes: readonly Outcome[], row: Row): readonly string[] {
  if (outcomes.length === 0) return [];
  const lines = outcomes.flatMap((outcome) => [
    `  line ${outcome.statement.line} (${outcome.statement.tool})`,
    ...[...new Set(row(outcome))].map((text) => `    ${text}`),
  ]);
  return ['', title, ...lines];
}

function share(tool: string, outcomes: readonly Outcome[]): string {
  const valid = outcomes.filter(isValid);
  const answered = valid.filter(isAnswered);
  const failed = valid.filter(hasFailed);
  const percent = valid.length === 0 ? '' : ` (${((100 * answered.length) / valid.length).toFixed(1)} %)`;
  const refused = valid.length - answered.length - failed.length;
  return [tool, outcomes.length, valid.length, `${answered.length}${percent}`, refused, failed.length].join(' | ');
}

/**
 * True when that share of the valid statements is answered and none fails: a refusal says why, a failure is a defect.
 * Questions to the catalog must all be answered as PostgreSQL does, but for what is known not to be the same.
 */
export function reaches(outcomes: readonly Outcome[], percent: number): boolean {
  const valid = outcomes.filter(isValid);
  return (
    !outcomes.some(hasFailed) &&
    outcomes.every((outcome) => outcome.world === 'model' || isLikePostgres(outcome)) &&
    100 * valid.filter(isAnswered).length >= percent * valid.length
  );
}

function isLikePostgres(outcome: Outcome): boolean {
  if (makesTable(outcome.statement.sql)) return true;
  return isAnswered(outcome) && columnsAgree(outcome) && (rowsAgree(outcome) || reasonsFor(outcome) !== undefined);
}

function reference({ syntax, exchanges }: Outcome): readonly string[] {
  if (syntax !== undefined) return [`PostgreSQL's grammar: ${syntax}`];
  return exchanges.map(({ reference: verdict }) => said('PostgreSQL', verdict));
}

/** semwire's answers that are the same are said once. */
function everything(outcome: Outcome): readonly string[] {
  const ours = outcome.exchanges.map((exchange) => ({ ...exchange, said: said('', exchange.verdict) }));
  const same = new Set(ours.map((one) => one.said)).size === 1;
  return [
    ...reference(outcome),
    ...ours.map((one) => `${same ? 'semwire' : `${one.warehouse}, ${one.protocol}`}${one.said}`),
  ];
}

function notAnswered({ exchanges }: Outcome): readonly string[] {
  return exchanges
    .filter(({ verdict }) => verdict.kind !== 'answered')
    .map(({ warehouse, protocol, verdict }) => said(`${warehouse}, ${protocol}`, verdict));
}

function columns({ exchanges }: Outcome): readonly string[] {
  return exchanges.flatMap(({ warehouse, protocol, reference: expected, verdict }) =>
    expected.kind === 'answered' && verdict.kind === 'answered'
      ? [`PostgreSQL: ${described(expected)}`, `${warehouse}, ${protocol}: ${described(verdict)}`]
      : [],
  );
}

/** The rows that one of the two has more often than the other, but for what is known not to be the same. */
function differing({ statement, world, exchanges }: Outcome): readonly string[] {
  return exchanges.flatMap(({ warehouse, protocol, reference: expected, verdict }) => {
    if (expected.kind !== 'answered' || verdict.kind !== 'answered') return [];
    const [theirs, ours] = [expected, verdict].map((answer) =>
      world === 'catalog' ? withoutKnownDifferences(statement.sql, answer).rows : answer.rows,
    ) as [Rows, Rows];
    return [
      `PostgreSQL alone: ${shown(rowsBeyond(theirs, ours))}`,
      `${warehouse}, ${protocol} alone: ${shown(rowsBeyond(ours, theirs))}`,
    ];
  });
}

function described({ columns: all, parameters }: Answer): string {
  const types = all.map(({ name, type, typmod }) => `${name} ${type}${typmod === -1 ? '' : `(${typmod})`}`).join(', ');
  return parameters === undefined ? types : `${types}, of parameters ${parameters}`;
}

function said(who: string, verdict: Verdict): string {
  if (verdict.kind !== 'answered') return `${who}: ${verdict.code} ${verdict.message}`;
  return `${who}: ${shown(verdict.rows)}`;
}

function shown(rows: Rows): string {
  const lines = rows.map((row) => row.map((value) => value ?? 'NULL').join(' | '));
  const text = lines.sort().join('; ').replaceAll('\n', '⏎');
  return `${rows.length} rows: ${text.length > 300 ? `${text.slice(0, 300)} …` : text}`;
}
