/**
 * Types of all members, learned from the warehouse by describing the compiled SQL (contract, section 4).
 */
import { SqlError } from '../errors.ts';
import type { CubePath, Dimension, Measure, Model, Segment, SourcePosition } from '../model/types.ts';
import type { Expr, OpaqueText, Query, TableRef } from '../sql/ast.ts';
import { selectQuery } from '../sql/select.ts';
import type { PgType } from '../sql/types.ts';
import type { Bound, LeafRelation } from './bound/bound.ts';
import { printWith } from './compile.ts';
import type { Dialect } from './dialect.ts';
import { pathsOfSlot } from './fanout/sources.ts';
import { leafFrom, leafNames, renderFragment, renderMember, withPrefixes } from './leaf/leaf-sql.ts';
import { emptyLeaf } from './leaf/secure.ts';
import { lowerExpr } from './lower/expression.ts';
import { markUsed } from './measures/expand.ts';
import { measureTemplate } from './measures/template.ts';
import { cubeOf, type MemberType, type MemberTypes, pathsOfMember } from './model-facts.ts';
import type { Planner } from './planner.ts';

/** Result columns of a query, unrun; `type` undefined for one outside the closed list. */
export type Describe = (
  sql: string,
) => Promise<readonly { readonly type: PgType | undefined; readonly typmod: number }[]>;

export type DescribeProblem = { readonly at: SourcePosition; readonly message: string };

type Probe = { readonly name: string; readonly at: SourcePosition; readonly paths: readonly CubePath[] };

const BY_FAMILY: { readonly [family: string]: PgType } = {
  string: 'text',
  number: 'numeric',
  time: 'timestamp',
  boolean: 'bool',
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
  const planner: Planner = { model, types, nextId: () => 0, policyPaths: () => [] };

  for (const cube of model.cubes.values()) {
    const probes = probesOf(model, cube.name);
    for (const [probe, type] of await describeProbes(model, cube.name, probes, dialect, describe)) {
      if (type instanceof Error) {
        broken.add(`${cube.name}.${probe.name}`);
        problems.push({ at: probe.at, message: reason(probe.name, type) });
      } else values.set(`${cube.name}.${probe.name}`, type);
    }
  }
  for (const cube of model.cubes.values()) {
    for (const measure of cube.measures.values()) {
      if (measure.unsupported !== undefined || !isCalculated(measure)) continue;
      try {
        const [column] = await describe(calculatedSql(model, cube.name, measure.name, planner, dialect));
        calculated.set(
          `${cube.name}.${measure.name}`,
          column?.type === undefined ? { type: 'text', typmod: -1 } : { type: column.type, typmod: column.typmod },
        );
      } catch (error) {
        if (!(error instanceof SqlError) || isUnreachable(error)) throw error;
        broken.add(`${cube.name}.${measure.name}`);
        problems.push({ at: measure.at, message: reason(measure.name, error) });
      }
    }
  }
  return { types, problems };
}

function reason(name: string, error: Error): string {
  const cause = error.cause instanceof Error ? error.cause.message : error.message;
  return `the warehouse refuses the SQL of "${name}": ${cause.split('\n')[0]}`;
}

function isCalculated(measure: Measure): boolean {
  return (
    measure.type === 'number' || measure.type === 'string' || measure.type === 'time' || measure.type === 'boolean'
  );
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
        const planner: Planner = { model, types, nextId: () => 0, policyPaths: () => [] };
        const { type, typmod } = measureTemplate(describingLeaf(cube), [], name, planner);
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
  const aggregated = [...measures.values()].filter(
    (measure) => measure.sql !== undefined && measure.unsupported === undefined && !isCalculated(measure),
  );
  return [...usable, ...aggregated].map(({ name, at }) => ({ name, at, paths: pathsOfMember(model, cube, [], name) }));
}

/** All members of a cube in one query; one by one when the warehouse refuses that, to find which. */
async function describeProbes(
  model: Model,
  cube: string,
  probes: readonly Probe[],
  dialect: Dialect,
  describe: Describe,
): Promise<[Probe, MemberType | Error][]> {
  if (probes.length === 0) return [];
  try {
    const columns = await describe(probeSql(model, cube, probes, dialect));
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
    return (await Promise.all(each.map((part) => describeProbes(model, cube, part, dialect, describe)))).flat();
  }
}

function isUnreachable(error: SqlError): boolean {
  return error.message.includes('not reachable');
}

function probeSql(model: Model, cube: string, probes: readonly Probe[], dialect: Dialect): string {
  const paths = withPrefixes(probes.flatMap((probe) => probe.paths));
  const names = leafNames(model, cube, paths);
  return printWith(
    queryOf(
      probes.map(({ name }): Expr => ({ kind: 'opaque', text: probeText(model, cube, name, names) })),
      [leafFrom(names, paths, new Set())],
    ),
    dialect,
    0,
  );
}

function probeText(model: Model, cube: string, name: string, names: ReturnType<typeof leafNames>): OpaqueText {
  const measure = cubeOf(model, cube).measures.get(name);
  return measure?.sql === undefined ? renderMember(names, [], name) : renderFragment(names, [], measure.sql);
}

function queryOf(exprs: readonly Expr[], from: readonly TableRef[]): Query {
  return selectQuery({ items: exprs.map((expr, i) => ({ kind: 'expr', expr, alias: `c${i}` })), from });
}

/** A leaf over a cube with no columns of its own: only inputs of measures. */
function describingLeaf(cube: string): LeafRelation {
  const table = {
    name: cube,
    kind: 'cube',
    root: cube,
    columns: [],
    primaryKey: undefined,
    title: undefined,
    description: undefined,
    unsupported: undefined,
  } as const;
  return { kind: 'leaf', id: 1, table, inputs: [], used: new Set(), measures: new Set(), at: undefined };
}

function calculatedSql(model: Model, cube: string, name: string, planner: Planner, dialect: Dialect): string {
  const leaf = describingLeaf(cube);
  const bound: Bound = measureTemplate(leaf, [], name, planner);
  markUsed(bound, planner);
  const paths = [...leaf.used].flatMap((slot) => pathsOfSlot(leaf, slot, planner));
  const context = { dialect, parameterTypes: [], bind: () => 0, leaf: () => queryOf([], []) };
  const lower = (expr: Bound) => lowerExpr(expr, context);
  const query = emptyLeaf(leaf, paths, { model, types: planner.types, dialect, lower });
  return printWith(
    queryOf([lower(bound)], [{ kind: 'subquery', query, lateral: false, alias: { name: 't1', columns: [] } }]),
    dialect,
    0,
  );
}
