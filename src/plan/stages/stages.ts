/**
 * Measures with stages (rolling windows, time shifts, grains of their own, ranks) → ordinary measures of subqueries.
 *
 * A SELECT that calls such a measure is put over its own groups, to which each stage is joined: a subquery over a copy
 * of the same rows, grouped anew. A stage is bound as a client would have written it, so that all that follows
 * (expansion, fan-out, row filters, fences) holds for it as for any other query.
 *
 *     SELECT status, share FROM v GROUP BY status
 *     SELECT g.status, g.n / s.n FROM (SELECT status, n FROM v GROUP BY status) g LEFT JOIN (SELECT n FROM v) s ON true
 */
import { assertNever, notSupported } from '../../errors.ts';
import type { Measure } from '../../model/types.ts';
import type { Bound, BoundColumn, BoundMeasure, BoundQuery, BoundSelect, FromItem, Relation } from '../bound/bound.ts';
import { boundKey, childrenOf, forEachOwnExpr, mapChildren, mapSelect, relationsOf } from '../bound/walk.ts';
import { cubeAt, measureOfCube } from '../model-facts.ts';
import type { Planner } from '../planner.ts';
import { applyOperator } from '../routines/apply.ts';
import { atGrain, windowOverGroups } from './grain.ts';
import { columnsOver, readFromGroups, selectFromGroups } from './groups.ts';
import { isStaged, memberOf, nextStage, throughSubquery } from './member.ts';
import { rollingWindow } from './rolling.ts';
import { groupingMask, groupingOf } from './same-key.ts';
import { overMeasures, type Scope, type StagedMeasure } from './stage.ts';
import { timeShifted } from './time-shift.ts';

/** Rewrites every SELECT of the query that needs it, in place, the innermost first. @throws SqlError 0A000 */
export function resolveStages(query: BoundQuery, planner: Planner): void {
  for (const inner of queriesInside(query)) resolveStages(inner, planner);
  if (query.body.kind === 'select') resolveSelect(query, query.body, planner);
}

function queriesInside(query: BoundQuery): BoundQuery[] {
  const { body } = query;
  const found = query.ctes.flatMap((cte) => cte.query ?? []);
  if (body.kind === 'set-operation') found.push(body.left, body.right);
  if (body.kind === 'select') {
    for (const relation of relationsOf(body.from)) if (relation.kind === 'derived') found.push(relation.query);
  }
  forEachOwnExpr(query, (bound) => {
    found.push(...queriesOf(bound));
  });
  return found;
}

function queriesOf(bound: Bound): BoundQuery[] {
  const below = childrenOf(bound).flatMap(queriesOf);
  return bound.kind === 'subquery' ? [bound.query, ...below] : below;
}

/** Stages of one SELECT: each is joined to all groups. */
const MOST_STAGES = 64;

function resolveSelect(query: BoundQuery, select: BoundSelect, planner: Planner): void {
  const { grouping } = select;
  if (grouping === undefined || !callsStaged(query, select, planner)) return;
  const own = new Set<Relation>(relationsOf(select.from));
  const rows = { from: [...select.from], where: select.where };
  const groups = columnsOver(rows, grouping, planner);
  let from: FromItem = { kind: 'relation', relation: groups.relation };
  let stages = 0;
  const scope: Scope = {
    rows,
    grouping,
    output: groups.column,
    join: (stage, on) => {
      stages += 1;
      if (stages > MOST_STAGES) throw notSupported(`more than ${MOST_STAGES} stages of measures in one SELECT`);
      from = { kind: 'join', type: 'left', left: from, right: { kind: 'relation', relation: stage }, on };
    },
    resolve: (stage) => resolveStages(stage.query, planner),
    planner,
  };
  const values = new Map<string, Bound>();
  const valueAt = (measure: BoundMeasure): Bound => {
    const key = boundKey(measure);
    const known = values.get(key) ?? measureValue(measure, scope, valueAt);
    values.set(key, known);
    return known;
  };
  readFromGroups(query, select, grouping, groups, {
    measure: valueAt,
    other: (bound) => (bound.kind === 'column' && own.has(bound.relation) ? groups.column(bound) : undefined),
  });
  const { items } = groups.relation.query.body;
  // A SELECT of nothing is not every warehouse's.
  if (items.length === 0) groups.column({ kind: 'const', type: 'int4', typmod: -1, value: '1' });
  selectFromGroups(select, from);
}

function callsStaged(query: BoundQuery, select: BoundSelect, planner: Planner): boolean {
  let found = false;
  const look = (bound: Bound): Bound => {
    if (bound.kind === 'measure' && isStaged(bound, planner)) found = true;
    return mapChildren(bound, look);
  };
  mapSelect(query, select, look);
  return found;
}

/** The measure at the groups of the scope, as an expression over them and over stages. */
function measureValue(measure: BoundMeasure, scope: Scope, valueAt: (measure: BoundMeasure) => Bound): Bound {
  const { planner } = scope;
  if (!isStaged(measure, planner)) return scope.output(measure);
  const member = memberOf(measure, planner);
  if (member === undefined) return throughSubquery(measure, valueAt);
  const staged: StagedMeasure = { ...member, call: measure };
  const stage = nextStage(member);
  if (stage === undefined) {
    if (member.measure.sql === undefined) throw new Error(`measure ${member.measure.name} has no sql`);
    return typed(overMeasures(staged, member.measure.sql, valueAt, planner), measure);
  }
  switch (stage.kind) {
    case 'time-shift':
      return typed(
        perSet(scope, (keys) => counted(timeShifted(staged, stage, keys, scope), staged, planner)),
        measure,
      );
    case 'rolling-window':
      return typed(
        perSet(scope, (keys) => rollingWindow(staged, stage, keys, scope)),
        measure,
      );
    case 'grain':
    case 'rank': {
      const window = windowOverGroups(staged, stage, scope);
      return typed(window ?? perSet(scope, (keys) => atGrain(staged, stage, keys, scope)), measure);
    }
    default:
      return assertNever(stage, 'measureValue');
  }
}

function typed(value: Bound, { type, typmod }: BoundMeasure): Bound {
  return value.type === type ? value : { kind: 'cast', arg: value, type, typmod };
}

/** A count over no rows at all is 0. */
function counted(value: Bound, { cube, measure }: StagedMeasure, planner: Planner): Bound {
  if (!isCount(cube, measure, planner) || value.type === 'unknown') return value;
  const zero: Bound = { kind: 'const', type: value.type, typmod: -1, value: '0' };
  return { kind: 'coalesce', args: [value, zero], type: value.type, typmod: -1 };
}

/** A count, or a calculation that is nothing but one. */
function isCount(cube: string, { type, sql }: Measure, planner: Planner): boolean {
  if (type === 'count' || type === 'count_distinct' || type === 'count_distinct_approx') return true;
  const [only, another] = sql?.parts ?? [];
  if (type !== 'number' || only?.kind !== 'member' || another !== undefined) return false;
  const at = cubeAt(cube, only.path);
  return isCount(at, measureOfCube(planner.model, at, only.member), planner);
}

/** With several grouping sets, a stage for each: its groups are those of its own keys. */
function perSet({ grouping, output }: Scope, stageFor: (keys: readonly Bound[]) => Bound): Bound {
  const { keys, sets } = grouping;
  const distinct = [...new Map(sets.map((set) => [[...set].sort().join(), set])).values()];
  const keysOf = (set: readonly number[]): Bound[] => set.map((i) => keys[i] as Bound);
  const [only, another] = distinct;
  if (only !== undefined && another === undefined) return stageFor(keysOf(only));
  if (keys.length > 31) throw notSupported('more than 31 keys in grouping sets beside a measure with stages');
  const which: BoundColumn = output(groupingOf(keys));
  const branches = distinct.map((set) => ({
    when: applyOperator('=', which, groupingMask(keys, set)),
    then: stageFor(keysOf(set)),
  }));
  const [first] = branches;
  if (first === undefined || first.then.type === 'unknown') throw new Error('a measure has a type');
  const { type, typmod } = first.then;
  return { kind: 'case', branches, otherwise: undefined, type, typmod };
}
