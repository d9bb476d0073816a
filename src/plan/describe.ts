/**
 * Types of all members, learned from the warehouse by describing the compiled SQL (contract, section 4).
 */
import { NO_MASKS } from '../access/masks.ts';
import { SqlError } from '../errors.ts';
import type { CubePath, Dimension, Measure, Model, Segment, SourcePosition } from '../model/types.ts';
import type { Expr, OpaqueText, Query, TableRef } from '../sql/ast.ts';
import { selectQuery } from '../sql/select.ts';
import type { PgType } from '../sql/types.ts';
import type { LeafRelation } from './bound/bound.ts';
import { printWith } from './compile.ts';
import { cubesRead } from './cubes-read.ts';
import { maskFault, masksOf } from './described-masks.ts';
import type { Dialect } from './dialect.ts';
import { pathsOfSlot } from './fanout/sources.ts';
import { describedClaimTest } from './leaf/claim-test.ts';
import { leafFrom, leafNames, renderFragment, renderMember, withPrefixes } from './leaf/leaf-sql.ts';
import { emptyLeaf, type LeafContext } from './leaf/secure.ts';
import { joinSubQuery, subQueries } from './leaf/sub-query.ts';
import { lowerExpr } from './lower/expression.ts';
import { type LowerContext, lowerQuery, relationName } from './lower/lower.ts';
import { markUsed } from './measures/expand.ts';
import { cubeOf, type MemberType, type MemberTypes, pathsOfMember, subQueryDepth } from './model-facts.ts';
import type { Planner } from './planner.ts';
import {
  describedExpression,
  describedValue,
  describingLeaf,
  isOverMeasures,
  overMeasures,
} from './stages/described.ts';

/** Result columns of a query, unrun; `type` undefined for one outside the closed list. */
export type Describe = (
  sql: string,
) => Promise<readonly { readonly type: PgType | undefined; readonly typmod: number }[]>;

export type DescribeProblem = { readonly at: SourcePosition; readonly message: string };

type Probe = {
  readonly cube: string;
  readonly name: string;
  readonly at: SourcePosition;
  readonly depth: number;
  readonly paths: readonly CubePath[];
};

const BY_FAMILY: { readonly [family: string]: PgType } = {
  string: 'text',
  number: 'numeric',
  time: 'timestamp',
  boolean: 'bool',
  rank: 'int8',
  geo: 'text',
};

/**
 * @returns the types, and members that the warehouse refuses: those are not exposed
 * @throws SqlError 58000 when the warehouse cannot be reached
 */
export async function describeModel(
  model: Model,
  dialect: Dialect,
  describe: Describe,
): Promise<{ readonly types: MemberTypes; readonly problems: readonly DescribeProblem[] }> {
  const values = new Map<string, MemberType>();
  const calculated = new Map<string, MemberType>();
  const broken = new Set<string>();
  const problems: DescribeProblem[] = [];
  const types = memberTypes(model, values, calculated, broken);
  const context = describingContext(model, types, dialect);
  const refuse = (cube: string, name: string, at: SourcePosition, error: Error): void => {
    broken.add(`${cube}.${name}`);
    problems.push({ at, message: reason(name, error) });
  };

  const probes = [...model.cubes.keys()].flatMap((cube) => probesOf(model, cube));
  const overOthers = overMeasures(model).filter(({ cube, measure }) => isRendered(model, cube, measure.name));
  const measures = overOthers.map((each) => ({
    ...each,
    depth: subQueryDepth(model, each.cube, each.measure.name),
  }));
  // What stands on a sub_query dimension waits for its type.
  const depths = new Set([...probes, ...measures].map(({ depth }) => depth));
  for (const depth of [...depths].sort((a, b) => a - b)) {
    for (const cube of model.cubes.keys()) {
      const due = probes.filter((probe) => probe.cube === cube && probe.depth === depth);
      for (const [probe, type] of await describeProbes(cube, due, context, describe)) {
        if (type instanceof Error) refuse(cube, probe.name, probe.at, type);
        else values.set(`${cube}.${probe.name}`, type);
      }
    }
    for (const { cube, measure } of measures.filter((each) => each.depth === depth)) {
      try {
        const [column] = await describe(calculatedSql(cube, measure, context));
        calculated.set(
          `${cube}.${measure.name}`,
          column?.type === undefined ? { type: 'text', typmod: -1 } : { type: column.type, typmod: column.typmod },
        );
      } catch (error) {
        if (!(error instanceof SqlError) || isUnreachable(error)) throw error;
        refuse(cube, measure.name, measure.at, error);
      }
    }
  }
  for (const mask of masksOf(model)) {
    if (!isRendered(model, mask.cube, mask.name) || types.exposed(mask.cube, mask.name) === undefined) continue;
    const error = await maskFault(mask, context, describe);
    if (error !== undefined) refuse(mask.cube, mask.name, mask.at, error);
  }
  return { types, problems };
}

export type DescribingContext = LeafContext & { readonly planner: Planner };

/** Leaves without a row and without a decision. */
function describingContext(model: Model, types: MemberTypes, dialect: Dialect): DescribingContext {
  const planner = describingPlanner(model, types);
  const lowering: LowerContext = {
    dialect,
    parameterTypes: [],
    bind: () => 0,
    leaf: (leaf) => emptyLeaf(leaf, pathsOfUsed(leaf, planner), context),
  };
  const context: DescribingContext = {
    model,
    types,
    dialect,
    planner,
    lower: (bound) => lowerExpr(bound, lowering),
    subQuery: subQueries(planner, (query) => lowerQuery(query, lowering)),
  };
  return context;
}

function describingPlanner(model: Model, types: MemberTypes): Planner {
  let id = 1;
  const nextId = (): number => {
    id += 1;
    return id;
  };
  return { model, types, nextId, copies: new Map(), masks: () => NO_MASKS, policyPaths: () => [] };
}

export function pathsOfUsed(leaf: LeafRelation, planner: Planner): readonly CubePath[] {
  return [...leaf.used].flatMap((slot) => pathsOfSlot(leaf, slot, planner));
}

function reason(name: string, error: Error): string {
  const cause = error.cause instanceof Error ? error.cause.message : error.message;
  return `the warehouse refuses the SQL of "${name}": ${cause.split('\n')[0]}`;
}

function memberTypes(
  model: Model,
  values: ReadonlyMap<string, MemberType>,
  calculated: ReadonlyMap<string, MemberType>,
  broken: ReadonlySet<string>,
): MemberTypes {
  const family = (cube: string, name: string): MemberType => {
    const { dimensions, measures } = cubeOf(model, cube);
    const type = dimensions.get(name)?.type ?? measures.get(name)?.type ?? 'boolean';
    return { type: BY_FAMILY[type] ?? 'numeric', typmod: -1 };
  };
  const types: MemberTypes = {
    value: (cube, member) => values.get(`${cube}.${member}`) ?? family(cube, member),
    calculated: (cube, measure) => calculated.get(`${cube}.${measure}`) ?? family(cube, measure),
    exposed: (cube, name) => {
      if (broken.has(`${cube}.${name}`)) return undefined;
      const found = cubeOf(model, cube);
      const measure = found.measures.get(name);
      const dimension = found.dimensions.get(name);
      if (measure === undefined)
        return dimension?.unsupported === undefined ? types.value(cube, name) : family(cube, name);
      if (measure.unsupported !== undefined) return family(cube, name);
      try {
        const { type, typmod } = describedValue(cube, measure, describingPlanner(model, types));
        return type === 'unknown' ? undefined : { type, typmod };
      } catch (error) {
        if (error instanceof SqlError) return undefined;
        throw error;
      }
    },
  };
  return types;
}

function probesOf(model: Model, cube: string): Probe[] {
  const { dimensions, segments, measures } = cubeOf(model, cube);
  const members: (Dimension | Segment)[] = [...dimensions.values(), ...segments.values()];
  const usable = members.filter((member) => member.kind === 'segment' || member.unsupported === undefined);
  const rendered = ({ name }: { readonly name: string }): boolean => isRendered(model, cube, name);
  const aggregated = [...measures.values()].filter(
    (measure) => measure.sql !== undefined && measure.unsupported === undefined && !isOverMeasures(measure),
  );
  return [...usable, ...aggregated].filter(rendered).map(({ name, at }) => ({
    cube,
    name,
    at,
    depth: subQueryDepth(model, cube, name),
    paths: pathsOfMember(model, cube, [], name),
  }));
}

/** What cannot be rendered for the context has a type by its family alone: nobody can use it. */
function isRendered(model: Model, cube: string, name: string): boolean {
  const { unrendered } = model;
  return unrendered === undefined || ![cube, ...cubesRead(model, cube, name)].some((each) => unrendered.has(each));
}

/** All members of a cube in one query; one by one when the warehouse refuses that, to find which. */
async function describeProbes(
  cube: string,
  probes: readonly Probe[],
  context: DescribingContext,
  describe: Describe,
): Promise<[Probe, MemberType | Error][]> {
  if (probes.length === 0) return [];
  try {
    const columns = await describe(probeSql(cube, probes, context));
    return probes.map((probe, i) => {
      const column = columns[i];
      return [
        probe,
        column?.type === undefined
          ? { type: 'text', typmod: -1, asText: true }
          : { type: column.type, typmod: column.typmod },
      ];
    });
  } catch (error) {
    if (!(error instanceof SqlError) || isUnreachable(error)) throw error;
    const [only, another] = probes;
    if (only !== undefined && another === undefined) return [[only, error]];
    const half = Math.ceil(probes.length / 2);
    const each = [probes.slice(0, half), probes.slice(half)];
    return (await Promise.all(each.map((part) => describeProbes(cube, part, context, describe)))).flat();
  }
}

export function isUnreachable(error: SqlError): boolean {
  return error.message.includes('not reachable');
}

function probeSql(cube: string, probes: readonly Probe[], context: DescribingContext): string {
  const { model, dialect } = context;
  const paths = withPrefixes(probes.flatMap((probe) => probe.paths));
  const names = leafNames(model, cube, paths, dialect, describedClaimTest);
  const values = probes.map(({ name }): Expr => ({ kind: 'opaque', text: probeText(model, cube, name, names) }));
  const from = leafFrom(names, paths, new Set(), (left, use) => joinSubQuery(left, use, names, context));
  return printWith(queryOf(values, [from]), dialect, 0);
}

function probeText(model: Model, cube: string, name: string, names: ReturnType<typeof leafNames>): OpaqueText {
  const measure = cubeOf(model, cube).measures.get(name);
  return measure?.sql === undefined ? renderMember(names, [], name) : renderFragment(names, [], measure.sql);
}

function queryOf(exprs: readonly Expr[], from: readonly TableRef[]): Query {
  return selectQuery({ items: exprs.map((expr, i) => ({ kind: 'expr', expr, alias: `c${i}` })), from });
}

function calculatedSql(cube: string, measure: Measure, context: DescribingContext): string {
  const { planner, dialect, lower } = context;
  const leaf = describingLeaf(cube, planner);
  const bound = describedExpression(leaf, cube, measure, planner);
  markUsed(bound, planner);
  const query = emptyLeaf(leaf, pathsOfUsed(leaf, planner), context);
  const from: TableRef = { kind: 'subquery', query, lateral: false, alias: { name: relationName(leaf), columns: [] } };
  return printWith(queryOf([lower(bound)], [from]), dialect, 0);
}
