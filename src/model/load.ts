/**
 * A folder of Cube data-model files → a Model, or everything that is wrong with it.
 */
import { createHash } from 'node:crypto';
import { checkShape } from './check.ts';
import { readCubes } from './cubes.ts';
import { applyExtends } from './extend.ts';
import { type ModelFile, modelFiles } from './files.ts';
import { INERT_KEYS } from './keys.ts';
import { gatherProblems, type Problems } from './problems.ts';
import { type CubeDefinition, fileSchema, type ViewDefinition } from './schema.ts';
import { entryOf, type SourceMap, type SourceNode, stringOf, trackSources } from './source.ts';
import type { Model, ModelProblem, SourcePosition } from './types.ts';
import { readViews } from './views.ts';
import { parseYaml } from './yaml.ts';

export type LoadedModel = { readonly model: Model | undefined; readonly problems: readonly ModelProblem[] };

/**
 * @returns the model, or undefined when a problem is an error; problems in the order of files and lines
 */
export async function loadModel(folder: string): Promise<LoadedModel> {
  const problems = gatherProblems();
  const start: SourcePosition = { file: '.', line: 1, column: 1 };
  let files: readonly ModelFile[];
  try {
    files = await modelFiles(folder);
  } catch (error) {
    problems.error(start, `the model folder cannot be read (${reason(error)})`);
    return { model: undefined, problems: problems.list() };
  }
  if (files.length === 0) problems.error(start, 'no model files: cubes/*.yml and views/*.yml are looked for');
  return compile(files, problems);
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? String(error.code) : error.message;
}

function compile(files: readonly ModelFile[], problems: Problems): LoadedModel {
  const failed = (): LoadedModel => ({ model: undefined, problems: problems.list() });
  const written = readFiles(files, problems);
  // The rest would only repeat, in other words, what is wrong already.
  if (problems.errors() > 0) return failed();

  const sources = trackSources();
  const cubeSources = applyExtends('cube', written.cubes, problems);
  const viewSources = applyExtends('view', written.views, problems);
  if (problems.errors() > 0) return failed();

  // Checked by the schema when they were read, and merging keeps every part's shape.
  const plain = <Definition>(nodes: ReadonlyMap<string, SourceMap>) =>
    new Map([...nodes].map(([name, node]) => [name, sources.plain(node) as Definition]));
  const cubes = readCubes(plain<CubeDefinition>(cubeSources), new Set(viewSources.keys()), sources, problems);
  const views = readViews(plain<ViewDefinition>(viewSources), cubes, sources, problems);
  if (problems.errors() > 0) return failed();
  return { model: { cubes, views, version: versionOf(files) }, problems: problems.list() };
}

type Written = { readonly cubes: ReadonlyMap<string, SourceMap>; readonly views: ReadonlyMap<string, SourceMap> };

function readFiles(files: readonly ModelFile[], problems: Problems): Written {
  const cubes = new Map<string, SourceMap>();
  const views = new Map<string, SourceMap>();
  for (const file of files) {
    const node = readFile(file, problems);
    if (node === undefined) continue;
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

function readFile(file: ModelFile, problems: Problems): SourceNode | undefined {
  const start: SourcePosition = { file: file.path, line: 1, column: 1 };
  switch (file.language) {
    case 'script':
      problems.error(start, 'JavaScript models are not supported yet');
      return undefined;
    case 'template':
      problems.error(start, 'templates are not supported yet');
      return undefined;
    case 'yaml': {
      const template = firstTemplate(file);
      if (template !== undefined) {
        problems.error(template, 'templates are not supported yet');
        return undefined;
      }
      return parseYaml(file.path, file.content, problems, { snakeCaseKeys: true });
    }
  }
}

/** Jinja outside of a comment line; a template is not YAML until it is rendered, so nothing else can be said of it. */
function firstTemplate(file: ModelFile): SourcePosition | undefined {
  for (const [i, line] of file.content.split('\n').entries()) {
    const column = /^\s*#/.test(line) ? -1 : line.search(/\{\{|\{%/);
    if (column !== -1) return { file: file.path, line: i + 1, column: column + 1 };
  }
  return undefined;
}

/** SHA-256 over every path and content, each with its length, so that no two models share one. */
function versionOf(files: readonly ModelFile[]): string {
  const hash = createHash('sha256');
  for (const { path, content } of files) {
    hash.update(`${Buffer.byteLength(path)}:${path}${Buffer.byteLength(content)}:`).update(content);
  }
  return hash.digest('hex');
}
