/**
 * What the members of a cube have in common when they are read; segments and hierarchies.
 */
import { type Dependencies, joinNodes, memberNode } from './dependencies.ts';
import { plainPath } from './filters.ts';
import { INERT_KEYS, type InertPlace } from './keys.ts';
import type { Problems } from './problems.ts';
import { type FragmentContext, type ReferenceTarget, readFragment, type Symbols } from './references.ts';
import type { HierarchyDefinition, MaskDefinition, SegmentDefinition } from './schema.ts';
import type { Sources } from './source.ts';
import { didYouMean } from './spelling.ts';
import type { Fragment, Hierarchy, Mask, Segment } from './types.ts';

/** Everything that reading one cube's parts needs. */
export type CubeReading = {
  readonly cube: string;
  readonly symbols: Symbols;
  readonly sources: Sources;
  readonly problems: Problems;
  readonly dependencies: Dependencies;
};

/** What may stand in the braces of a fragment; `free` is a calculated measure's. */
type Allowed = 'rows' | 'free';

export function fragmentContext(
  reading: CubeReading,
  owner: string,
  allowed: Allowed,
  unsupported: string[],
): FragmentContext {
  return {
    cube: reading.cube,
    symbols: reading.symbols,
    problems: reading.problems,
    refuse: (target: ReferenceTarget) =>
      allowed === 'rows' && target.kind === 'measure' ? `"${target.cube}.${target.member}" is a measure` : undefined,
    used: (target, at) => {
      for (const join of joinNodes(reading.cube, target.path)) reading.dependencies.add(owner, join, at);
      if (target.member !== undefined) reading.dependencies.add(owner, memberNode(target.cube, target.member), at);
    },
    granularity: (written) => {
      unsupported.push(`the granularity of ${written}`);
    },
  };
}

export function readSegment(definition: SegmentDefinition, reading: CubeReading): Segment {
  const needs: string[] = [];
  const sql = reading.sources.text(definition, 'sql');
  const fragment = readFragment(
    sql,
    fragmentContext(reading, memberNode(reading.cube, definition.name), 'rows', needs),
  );
  for (const need of needs) reading.problems.error(sql.at(0), `${need} is not supported yet`);
  reportInert('segment', definition, reading);
  return {
    name: definition.name,
    kind: 'segment',
    sql: fragment,
    public: visibility(definition, reading),
    title: definition.title,
    description: definition.description,
    meta: definition.meta,
    at: reading.sources.at(definition, 'name'),
  };
}

/** Levels are dimensions: the cube's own by name, a joined cube's by path. */
export function readHierarchy(definition: HierarchyDefinition, reading: CubeReading): Hierarchy {
  const { sources, problems, symbols } = reading;
  const levels = definition.levels.map((level, i) => {
    const path = plainPath(level).split('.');
    const name = path.at(-1) ?? '';
    const named = path.length > 1 ? (path.at(-2) ?? '') : reading.cube;
    const cube = named === 'CUBE' ? reading.cube : named;
    const members = symbols.cubes.get(cube);
    if (members?.get(name)?.kind !== 'dimension') {
      const suggestion = members?.has(name) ? '' : didYouMean(name, members?.keys() ?? []);
      problems.error(sources.at(definition.levels, i), `level "${level}" is not a dimension${suggestion}`);
    }
    return cube === reading.cube ? name : path.join('.');
  });
  return {
    name: definition.name,
    title: definition.title,
    levels,
    public: visibility(definition, reading),
    at: sources.at(definition, 'name'),
  };
}

/** `public`, or one of its older names; both at once could disagree. */
export function visibility(
  definition: {
    readonly public?: boolean | undefined;
    readonly shown?: boolean | undefined;
    readonly visible?: boolean | undefined;
  },
  reading: Pick<CubeReading, 'sources' | 'problems'>,
): boolean | undefined {
  const given = (['public', 'shown', 'visible'] as const).filter((key) => definition[key] !== undefined);
  const [first, second] = given;
  if (second !== undefined) {
    reading.problems.error(
      reading.sources.keyAt(definition, second),
      `"${first}" and "${second}" say the same thing; keep "public"`,
    );
  }
  return first === undefined ? undefined : definition[first];
}

export function reportInert(
  place: InertPlace,
  definition: object,
  reading: Pick<CubeReading, 'sources' | 'problems'>,
): void {
  for (const key of INERT_KEYS[place]) {
    if (Object.hasOwn(definition, key))
      reading.problems.warning(reading.sources.keyAt(definition, key), `"${key}" does nothing here`);
  }
}

export function readMask(
  definition: { readonly mask?: MaskDefinition | undefined },
  context: FragmentContext,
  reading: CubeReading,
): Mask | undefined {
  const { mask } = definition;
  if (mask === undefined) return undefined;
  if (mask !== null && typeof mask === 'object') {
    return { kind: 'sql', sql: readFragment(reading.sources.text(mask, 'sql'), context) };
  }
  return { kind: 'literal', value: mask };
}

export function isOn(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}

export function notSupportedYet(
  needs: readonly string[],
  definition: { readonly name: string },
  reading: CubeReading,
): string | undefined {
  if (needs.length === 0) return undefined;
  const text = `${needs.join(', ')} ${needs.length > 1 ? 'are' : 'is'} not supported yet`;
  const key = needs.find((need) => Object.hasOwn(definition, need)) ?? 'type';
  reading.problems.warning(
    reading.sources.keyAt(definition, key),
    `${text}: a query that needs "${definition.name}" is refused`,
  );
  return text;
}

/** Stands where a member that no query can use has no SQL of its own. */
export function nothing(at: Fragment['at']): Fragment {
  return { parts: [{ kind: 'text', text: 'NULL' }], at };
}
