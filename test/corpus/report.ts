/** The outcome of a corpus as text: shares by tool, and what deserves a look. */
import type { Outcome } from './outcome.ts';
import { type Rows, sameRows, type Verdict } from './verdict.ts';

/** @param detailed every answer is printed */
export function report(outcomes: readonly Outcome[], detailed: boolean): string {
  const tools = [...new Set(outcomes.map(({ statement }) => statement.tool))].sort();
  const lines = ['tool | sent | valid | answered | refused | failed', '--- | --- | --- | --- | --- | ---'];
  for (const tool of tools)
    lines.push(
      share(
        tool,
        outcomes.filter(({ statement }) => statement.tool === tool),
      ),
    );
  lines.push(share('all', outcomes));
  const valid = outcomes.filter(isValid);
  const alike = valid.filter((outcome) => isAnswered(outcome) && rowsAgree(outcome));
  lines.push(
    `answered with the rows of PostgreSQL over plain views: ${alike.length} of ${valid.filter(isAnswered).length}`,
  );
  const section = (title: string, chosen: readonly Outcome[], why: (outcome: Outcome) => readonly string[]): void => {
    if (chosen.length === 0) return;
    lines.push('', title);
    for (const outcome of chosen)
      lines.push(
        `  line ${outcome.statement.line} (${outcome.statement.tool})`,
        ...why(outcome).map((text) => `    ${text}`),
      );
  };
  section(
    'not valid in PostgreSQL',
    outcomes.filter((outcome) => !isValid(outcome)),
    ({ syntax, plain, verdicts }) => [
      syntax === undefined ? said('PostgreSQL', plain) : `PostgreSQL's grammar: ${syntax}`,
      ...[...new Set([...verdicts].map(([, verdict]) => said('semwire', verdict)))],
    ],
  );
  section(
    'not answered',
    valid.filter((outcome) => !isAnswered(outcome)),
    ({ verdicts }) => [
      ...new Set(
        [...verdicts].filter(([, { kind }]) => kind !== 'answered').map(([name, verdict]) => said(name, verdict)),
      ),
    ],
  );
  section(
    'answered otherwise than PostgreSQL over plain views, or not alike',
    valid.filter((outcome) => isAnswered(outcome) && !rowsAgree(outcome)),
    ({ plain, verdicts }) => [
      said('PostgreSQL', plain),
      ...[...verdicts].map(([name, verdict]) => said(name, verdict)),
    ],
  );
  if (detailed)
    section('answers', outcomes, ({ plain, verdicts }) => [
      said('PostgreSQL', plain),
      ...[...verdicts].map(([name, verdict]) => said(name, verdict)),
    ]);
  return lines.join('\n');
}

function share(tool: string, outcomes: readonly Outcome[]): string {
  const valid = outcomes.filter(isValid);
  const answered = valid.filter(isAnswered);
  const failed = valid.filter(({ verdicts }) => [...verdicts.values()].some(({ kind }) => kind === 'failed'));
  const percent = valid.length === 0 ? '' : ` (${((100 * answered.length) / valid.length).toFixed(1)} %)`;
  const refused = valid.length - answered.length - failed.length;
  return [tool, outcomes.length, valid.length, `${answered.length}${percent}`, refused, failed.length].join(' | ');
}

/** True when that share of the valid statements is answered and none fails: a refusal says why, a failure is a defect. */
export function reaches(outcomes: readonly Outcome[], percent: number): boolean {
  const valid = outcomes.filter(isValid);
  const failed = valid.some(({ verdicts }) => [...verdicts.values()].some(({ kind }) => kind === 'failed'));
  return !failed && 100 * valid.filter(isAnswered).length >= percent * valid.length;
}

function isValid({ syntax, plain }: Outcome): boolean {
  return syntax === undefined && plain.kind === 'answered';
}

/** On both warehouses, by both protocols. */
function isAnswered({ verdicts }: Outcome): boolean {
  return [...verdicts.values()].every(({ kind }) => kind === 'answered');
}

function rowsAgree({ plain, verdicts }: Outcome): boolean {
  if (plain.kind !== 'answered') return false;
  return [...verdicts.values()].every((verdict) => verdict.kind === 'answered' && sameRows(verdict.rows, plain.rows));
}

function said(who: string, verdict: Verdict): string {
  if (verdict.kind !== 'answered') return `${who}: ${verdict.code} ${verdict.message}`;
  return `${who}: ${verdict.rows.length} rows: ${shown(verdict.rows)}`;
}

function shown(rows: Rows): string {
  const text = [...rows.map((row) => row.map((value) => value ?? 'NULL').join(' | '))].sort().join('; ');
  return text.length > 300 ? `${text.slice(0, 300)} …` : text;
}
