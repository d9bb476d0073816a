/**
 * Cube definitions → cubes, with every reference resolved.
 */
import { type Dependencies, gatherDependencies, joinNode, joinNodes, memberNode } from './dependencies.ts';
import { readDimension } from './dimensions.ts';
import type { FilterMember } from './filters.ts';
import { isTableName } from './lexical.ts';
import { readMeasure } from './measures.ts';
import { type CubeReading, readHierarchy, readSegment, reportInert, visibility } from './members.ts';
import { checkColumnCount, checkColumnName, checkTableName } from './names.ts';
import { readPolicies } from './policies.ts';
import type { Problems } from './problems.ts';
import { type FragmentContext, type MemberSymbol, readLexemes, type Symbols } from './references.ts';
import { type CubeDefinition, type JoinDefinition, RELATIONSHIPS } from './schema.ts';
import type { Sources } from './source.ts';
import { didYouMean } from './spelling.ts';
import type { Cube, CubeSource, Dimension, Join, Measure, Relationship } from './types.ts';

/**
 * @param views names that cubes cannot take or refer to
 * @param claimTested hears of each claim that a cube's SQL compares with when it runs
 */
export function readCubes(
  definitions: ReadonlyMap<string, CubeDefinition>,
  views: ReadonlySet<string>,
  sources: Sources,
  problems: Problems,
  claimTested: Symbols['claimTested'],
): ReadonlyMap<string, Cube> {
  const symbols: Symbols = {
    cubes: new Map([...definitions].map(([name, definition]) => [name, memberSymbols(definition, sources, problems)])),
    joins: new Map([...definitions].map(([name, definition]) => [name, joinEdges(definition)])),
    views,
    claimTested,
  };
  const dependencies = gatherDependencies();
  const cubes = new Map(
    [...definitions].map(([name, definition]) => [
      name,
      readCube(definition, { cube: name, symbols, sources, problems, dependencies }),
    ]),
  );
  dependencies.reportCycles(problems);
  const supported = spreadUnsupported(cubes, dependencies);
  warnAboutMissingKeys(supported, problems);
  return new Map([...supported].map(([name, cube]) => [name, withPolicies(cube, definitions, sources, problems)]));
}

function memberSymbols(
  definition: CubeDefinition,
  sources: Sources,
  problems: Problems,
): ReadonlyMap<string, MemberSymbol> {
  const symbols = new Map<string, MemberSymbol>();
  const add = (member: { readonly name: string }, symbol: MemberSymbol) => {
    const at = sources.at(member, 'name');
    const other = symbols.get(member.name);
    if (other !== undefined)
      problems.error(at, `cube "${definition.name}" already has a ${other.kind} "${member.name}"`);
    checkColumnName(member.name, at, problems);
    symbols.set(member.name, symbol);
  };
  for (const dimension of definition.dimensions ?? [])
    add(dimension, { kind: 'dimension', isTime: dimension.type === 'time' });
  for (const measure of definition.measures ?? []) add(measure, { kind: 'measure', isTime: false });
  for (const segment of definition.segments ?? []) add(segment, { kind: 'segment', isTime: false });
  checkColumnCount(symbols.size, definition.name, sources.at(definition, 'name'), problems);
  return symbols;
}

function joinEdges(definition: CubeDefinition): ReadonlyMap<string, Relationship> {
  const edges = (definition.joins ?? []).filter((join) => join.name !== definition.name);
  return new Map(edges.map((join) => [join.name, RELATIONSHIPS[join.relationship]]));
}

function readCube(definition: CubeDefinition, reading: CubeReading): Cube {
  const { sources, problems } = reading;
  const at = sources.at(definition, 'name');
  checkTableName(definition.name, at, problems);
  if (definition.data_source !== undefined && definition.data_source !== 'default') {
    problems.error(
      sources.at(definition, 'data_source'),
      `data_source "${definition.data_source}": there is one warehouse, "default"`,
    );
  }
  reportInert('cube', definition, reading);
  const hierarchies = (definition.hierarchies ?? []).map((hierarchy) => readHierarchy(hierarchy, reading));
  for (const hierarchy of hierarchies) {
    if (hierarchies.find((other) => other.name === hierarchy.name) !== hierarchy) {
      problems.error(hierarchy.at, `cube "${definition.name}" already has a hierarchy "${hierarchy.name}"`);
    }
  }
  checkSubQueries(definition, reading);
  return {
    name: definition.name,
    source: readSource(definition, reading),
    title: definition.title,
    description: definition.description,
    public: visibility(definition, reading),
    meta: definition.meta,
    joins: readJoins(definition, reading),
    dimensions: byName((definition.dimensions ?? []).map((dimension) => readDimension(dimension, reading))),
    measures: byName((definition.measures ?? []).map((measure) => readMeasure(measure, reading))),
    segments: byName((definition.segments ?? []).map((segment) => readSegment(segment, reading))),
    hierarchies: byName(hierarchies),
    accessPolicy: undefined,
    at,
  };
}

/** Their values are found by the primary key. */
function checkSubQueries({ name, dimensions }: CubeDefinition, { sources, problems }: CubeReading): void {
  const asking = (dimensions ?? []).find((dimension) => dimension.sub_query === true);
  if (asking === undefined || dimensions?.some((dimension) => dimension.primary_key === true)) return;
  problems.error(sources.keyAt(asking, 'sub_query'), `sub_query needs a primary key in cube "${name}"`);
}

function byName<Named extends { readonly name: string }>(items: readonly Named[]): ReadonlyMap<string, Named> {
  return new Map(items.map((item) => [item.name, item]));
}

function readSource(definition: CubeDefinition, reading: CubeReading): CubeSource {
  const { sources, problems } = reading;
  const context: FragmentContext = {
    cube: definition.name,
    symbols: reading.symbols,
    problems,
    refuse: () => "a cube's own source cannot refer to cubes or members",
    used: () => {},
    granularity: () => {},
  };
  if ((definition.sql === undefined) === (definition.sql_table === undefined)) {
    problems.error(sources.at(definition, 'name'), `cube "${definition.name}" needs exactly one of sql and sql_table`);
    return { kind: 'table', sql: { parts: [], at: sources.at(definition) } };
  }
  if (definition.sql !== undefined) {
    return { kind: 'query', sql: readLexemes(sources.text(definition, 'sql'), context).fragment };
  }
  const before = problems.errors();
  const { fragment, lexemes } = readLexemes(sources.text(definition, 'sql_table'), context, 'table');
  if (problems.errors() === before && !isTableName(lexemes)) {
    problems.error(fragment.at, 'sql_table must be the name of a table; a query goes into sql');
  }
  return { kind: 'table', sql: fragment };
}

function readJoins(definition: CubeDefinition, reading: CubeReading): readonly Join[] {
  const { sources, problems } = reading;
  const seen = new Set<string>();
  return (definition.joins ?? []).map((join) => {
    const at = sources.at(join, 'name');
    if (seen.has(join.name))
      problems.error(
        at,
        `cube "${definition.name}" already joins "${join.name}"; extend that cube under another name to join it twice`,
      );
    seen.add(join.name);
    if (join.name === definition.name) {
      problems.error(at, 'a cube cannot join itself; extend it under another name');
    } else if (!reading.symbols.cubes.has(join.name)) {
      problems.error(at, `unknown cube "${join.name}"${didYouMean(join.name, reading.symbols.cubes.keys())}`);
    }
    return { to: join.name, relationship: RELATIONSHIPS[join.relationship], sql: readJoinSql(join, reading), at };
  });
}

function readJoinSql(join: JoinDefinition, reading: CubeReading): Join['sql'] {
  const { sources, problems, cube, dependencies } = reading;
  const text = sources.text(join, 'sql');
  // Without the target there is nothing to resolve against; that is reported once.
  if (!reading.symbols.cubes.has(join.name)) return { parts: [], at: text.at(0) };
  const owner = joinNode(cube, join.name);
  return readLexemes(text, {
    cube,
    symbols: reading.symbols,
    problems,
    refuse: (target) => {
      const isEnd = target.path.length === 0 || (target.path.length === 1 && target.path[0] === join.name);
      if (!isEnd) return `a join speaks of "${cube}" and "${join.name}" only`;
      return target.kind === 'measure' ? `"${target.cube}.${target.member}" is a measure` : undefined;
    },
    used: (target, at) => {
      if (target.member === undefined) return;
      // The join itself provides its target: only what a member needs beyond that can go in circles.
      for (const node of joinNodes(cube, target.path)) if (node !== owner) dependencies.add(owner, node, at);
      dependencies.add(owner, memberNode(target.cube, target.member), at);
    },
    granularity: (written, at) => problems.error(at, `the granularity of ${written} is not supported yet`),
  }).fragment;
}

/** A member built on one that cannot be computed yet cannot be computed either. */
function spreadUnsupported(cubes: ReadonlyMap<string, Cube>, dependencies: Dependencies): ReadonlyMap<string, Cube> {
  const reasons = new Map<string, string | undefined>();
  for (const cube of cubes.values()) {
    for (const member of [...cube.dimensions.values(), ...cube.measures.values()]) {
      if (member.unsupported !== undefined) reasons.set(memberNode(cube.name, member.name), member.unsupported);
    }
  }
  if (reasons.size === 0) return cubes;
  const reason = (node: string): string | undefined => {
    if (reasons.has(node)) return reasons.get(node);
    reasons.set(node, undefined);
    const found = dependencies
      .of(node)
      .map(reason)
      .find((text) => text !== undefined);
    reasons.set(node, found);
    return found;
  };
  const spread = <Part extends Dimension | Measure>(cube: string, parts: ReadonlyMap<string, Part>) =>
    new Map(
      [...parts].map(([name, part]) => [
        name,
        { ...part, unsupported: part.unsupported ?? reason(memberNode(cube, name)) },
      ]),
    );
  return new Map(
    [...cubes].map(([name, cube]) => [
      name,
      { ...cube, dimensions: spread(name, cube.dimensions), measures: spread(name, cube.measures) },
    ]),
  );
}

/** Where joins repeat rows, a measure is computed over distinct keys (contract, section 5, rule 7). */
function warnAboutMissingKeys(cubes: ReadonlyMap<string, Cube>, problems: Problems): void {
  const repeated = new Set<string>();
  for (const cube of cubes.values()) {
    for (const join of cube.joins) {
      if (join.relationship === 'one_to_many') repeated.add(cube.name);
      if (join.relationship !== 'one_to_one') repeated.add(join.to);
    }
  }
  for (const name of repeated) {
    const cube = cubes.get(name);
    if (cube === undefined || [...cube.dimensions.values()].some((dimension) => dimension.primaryKey)) continue;
    problems.warning(cube.at, `cube "${name}" has no primary key: a query whose joins repeat its rows is refused`);
  }
}

function withPolicies(
  cube: Cube,
  definitions: ReadonlyMap<string, CubeDefinition>,
  sources: Sources,
  problems: Problems,
): Cube {
  const members = new Map<string, FilterMember>([...cube.dimensions, ...cube.measures, ...cube.segments]);
  const accessPolicy = readPolicies(definitions.get(cube.name)?.access_policy, {
    table: `cube "${cube.name}"`,
    name: cube.name,
    members,
    otherNames: new Set(cube.hierarchies.keys()),
    sources,
    problems,
  });
  return { ...cube, accessPolicy };
}
