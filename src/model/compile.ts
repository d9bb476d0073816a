/**
 * Files, read but for what their parts mean together → a Model.
 */
import { checkShape } from './check.ts';
import { readCubes } from './cubes.ts';
import { applyExtends } from './extend.ts';
import { INERT_KEYS } from './keys.ts';
import type { Problems } from './problems.ts';
import { type CubeDefinition, fileSchema, type ViewDefinition } from './schema.ts';
import { entryOf, type SourceMap, type SourceNode, stringOf, trackSources } from './source.ts';
import { deniedIn } from './template/settle.ts';
import type { Model } from './types.ts';
import { readViews } from './views.ts';

/** @returns undefined when a problem is an error */
export function compileFiles(files: readonly SourceNode[], version: string, problems: Problems): Model | undefined {
  const before = problems.errors();
  const failed = (): boolean => problems.errors() > before;
  const written = readDefinitions(files, problems);
  // The rest would only repeat, in other words, what is wrong already.
  if (failed()) return undefined;

  const sources = trackSources();
  const cubeSources = applyExtends('cube', written.cubes, problems);
  const viewSources = applyExtends('view', written.views, problems);
  if (failed()) return undefined;

  // Checked by the schema when they were read, and merging keeps every part's shape.
  const plain = <Definition>(nodes: ReadonlyMap<string, SourceMap>) =>
    new Map([...nodes].map(([name, node]) => [name, sources.plain(node) as Definition]));
  const tested = new Map<string, Map<string, readonly string[]>>();
  const cubes = readCubes(
    plain<CubeDefinition>(cubeSources),
    new Set(viewSources.keys()),
    sources,
    problems,
    (cube, claim) => {
      const claims = tested.get(cube) ?? new Map<string, readonly string[]>();
      tested.set(cube, claims.set(claim.join('.'), claim));
    },
  );
  const views = readViews(plain<ViewDefinition>(viewSources), cubes, sources, problems);
  if (failed()) return undefined;
  const denied = [...cubeSources, ...viewSources].flatMap(([name, node]) => {
    const error = deniedIn(node);
    return error === undefined ? [] : [[name, error] as const];
  });
  const claimTests = new Map([...tested].map(([cube, claims]) => [cube, [...claims.values()]]));
  return {
    cubes,
    views,
    version,
    ...(claimTests.size === 0 ? {} : { claimTests }),
    ...(denied.length === 0 ? {} : { unrendered: new Map(denied) }),
  };
}

type Written = { readonly cubes: ReadonlyMap<string, SourceMap>; readonly views: ReadonlyMap<string, SourceMap> };

/** Each file's keys and shapes, and that no name is defined twice. */
export function readDefinitions(files: readonly SourceNode[], problems: Problems): Written {
  const cubes = new Map<string, SourceMap>();
  const views = new Map<string, SourceMap>();
  for (const node of files) {
    if (!checkShape(fileSchema, trackSources().plain(node), node, problems) || node.kind !== 'map') continue;
    for (const key of INERT_KEYS.file) {
      const entry = entryOf(node, key);
      if (entry !== undefined) problems.warning(entry.keyAt, `"${key}" does nothing here`);
    }
    for (const [kind, known] of [['cubes', cubes] as const, ['views', views] as const]) {
      for (const definition of definitionsOf(node, kind)) {
        const name = stringOf(definition, 'name') ?? '';
        const at = entryOf(definition, 'name')?.value.at ?? definition.at;
        const other = cubes.get(name) ?? views.get(name);
        if (other !== undefined)
          problems.error(at, `"${name}" is defined already in ${other.at.file}:${other.at.line}`);
        known.set(name, definition);
      }
    }
  }
  return { cubes, views };
}

function definitionsOf(file: SourceMap, key: 'cubes' | 'views'): readonly SourceMap[] {
  const list = entryOf(file, key)?.value;
  return list?.kind === 'list' ? list.items.filter((item) => item.kind === 'map') : [];
}
