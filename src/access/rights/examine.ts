/**
 * Rights against the model as it is served: values that are not of their dimension's type, and rights that cannot mean
 * what was meant.
 */
import { gatherProblems, type Problems } from '../../model/problems.ts';
import type { Model, ModelProblem } from '../../model/types.ts';
import type { PublicTables } from '../exposed.ts';
import { pathsOf } from './check-names.ts';
import { cutFilter } from './cut-filter.ts';
import { CutError } from './cut-text.ts';
import { decideRights } from './decision.ts';
import { levelsOf } from './levels.ts';
import { permitsTable } from './name-pattern.ts';
import { type Cut, type CutPath, EVERY, heldRight, type Right, type Rights } from './rights.ts';

/** @returns errors for values, warnings for rights that can match nothing */
export function examineRights(rights: Rights, model: Model, exposed: PublicTables): readonly ModelProblem[] {
  const problems = gatherProblems();
  for (const right of [...rights.identities.values(), ...(rights.guest === undefined ? [] : [rights.guest])]) {
    for (const [table, cuts] of right.restrictions) {
      for (const cut of cuts) checkValues(cut, table, model, exposed, problems);
      for (const cut of cuts) warnOfRange(cut, problems);
      warnOfContradiction(right, cuts, problems);
      warnOfUnseen(right, rights, table, cuts, model, problems);
    }
    warnOfLacking(right, rights, model, exposed, problems);
    warnOfNothing(right, rights, model, exposed, problems);
  }
  return problems.list();
}

function checkValues(cut: Cut, table: string, model: Model, { typeOf }: PublicTables, problems: Problems): void {
  const owners = table === EVERY ? [...model.cubes.keys(), ...model.views.keys()] : [table];
  for (const owner of owners) {
    const found = levelsOf(model, owner, cut);
    if (found.kind !== 'levels') continue;
    try {
      cutFilter(cut, found.levels, { typeOf, bind: () => 0 });
    } catch (error) {
      if (!(error instanceof CutError)) throw error;
      problems.error(error.at, error.message);
    }
  }
}

/** Of numbers alone: how texts are ordered, the warehouse decides. */
function warnOfRange({ selection, at, text }: Cut, problems: Problems): void {
  if (selection.kind !== 'range') return;
  const [from = [], to = []] = [selection.from, selection.to];
  const first = from.findIndex((value, i) => value !== to[i]);
  const [low, high] = [from[first], to[first]].map((value) =>
    value === undefined || value === '' ? Number.NaN : Number(value),
  );
  if (low !== undefined && high !== undefined && low > high)
    problems.warning(at, `"${text}" ends before it begins: it matches nothing`);
}

/** Restrictions add: two points of one dimension leave no row. */
function warnOfContradiction(right: Right, cuts: readonly Cut[], problems: Problems): void {
  for (const [i, cut] of cuts.entries()) {
    const other = cuts
      .slice(0, i)
      .find((before) => before.dimension === cut.dimension && before.hierarchy === cut.hierarchy);
    if (other === undefined || cut.inverted || other.inverted) continue;
    if (cut.selection.kind === 'range' || other.selection.kind === 'range') continue;
    const meet = pathsOf(cut).some((path) => pathsOf(other).some((another) => areOneBranch(path, another)));
    if (!meet)
      problems.warning(cut.at, `"${cut.text}" and "${other.text}" both hold for "${right.name}", so no row is left`);
  }
}

function areOneBranch(a: CutPath, b: CutPath): boolean {
  return a.slice(0, b.length).every((value, i) => value === b[i]);
}

function warnOfUnseen(
  right: Right,
  { mode }: Rights,
  table: string,
  cuts: readonly Cut[],
  model: Model,
  problems: Problems,
): void {
  const [first] = cuts;
  if (table === EVERY || first === undefined) return;
  const inView = [...model.views.values()].some(
    ({ name, root, members }) =>
      (root === table || members.some(({ path }) => path.includes(table))) &&
      permitsTable(right, mode, name, [root, ...members.flatMap(({ path }) => path)]),
  );
  const cubes = (model.views.get(table)?.members ?? []).flatMap(({ path, cube }) => [...path, cube]);
  if (!inView && !permitsTable(right, mode, table, cubes))
    problems.warning(first.at, `the restrictions of "${table}" change nothing: "${right.name}" does not see it`);
}

/** What every table must have and this one has not: it is denied. */
function warnOfLacking(right: Right, rights: Rights, model: Model, exposed: PublicTables, problems: Problems): void {
  const { identityDimension, mode } = rights;
  const everywhere = [
    ...(right.restrictions.get(EVERY) ?? []),
    ...(identityDimension === undefined ? [] : [identityDimension]),
  ];
  for (const cut of everywhere) {
    const lacking = exposed.tables.filter(({ name, root, kind }) => {
      const cubes =
        kind === 'cube' ? [] : [root, ...(model.views.get(name)?.members ?? []).flatMap(({ path }) => path)];
      const has = [root, name].some((owner) => levelsOf(model, owner, cut).kind === 'levels');
      return !has && permitsTable(right, mode, name, cubes);
    });
    for (const { name } of lacking)
      problems.warning(
        cut.at,
        `"${name}" has no "${cut.dimension}", so nobody who is restricted by it sees a row there`,
      );
  }
}

function warnOfNothing(right: Right, rights: Rights, model: Model, exposed: PublicTables, problems: Problems): void {
  const held = { ...heldRight(rights, right.name), right };
  const { columns } = decideRights(held, model, exposed, () => 0);
  if (exposed.tables.every((table) => columns(table).length === 0))
    problems.warning(right.at, `"${right.name}" sees no table`);
}
