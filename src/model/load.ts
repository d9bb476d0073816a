/**
 * A folder of Cube data-model files → a Model for everybody, or templates that make one for each security context.
 */
import { createHash } from 'node:crypto';
import { SqlError } from '../errors.ts';
import { compileFiles, readDefinitions } from './compile.ts';
import { type ModelFile, modelFiles } from './files.ts';
import { readScripts, type Scripts } from './javascript/script.ts';
import { gatherProblems, type Problems } from './problems.ts';
import type { SecurityContext } from './security-context.ts';
import type { SourceNode } from './source.ts';
import { loadAuthorFunctions } from './template/author-functions.ts';
import type { TemplateEnvironment } from './template/globals.ts';
import { readTemplate, type Template } from './template/render.ts';
import { hasBracedClaim } from './template/single-braces.ts';
import { renderModel, type TemplateSources } from './template/templates.ts';
import { TemplateFault } from './template/value.ts';
import type { Model, ModelProblem, SourcePosition } from './types.ts';
import { parseYaml } from './yaml.ts';

export type ModelSource =
  | { readonly kind: 'fixed'; readonly model: Model }
  | { readonly kind: 'templates'; readonly sources: TemplateSources };

export type OpenedModel = {
  /** Undefined when a problem is an error. */
  readonly source: ModelSource | undefined;
  readonly problems: readonly ModelProblem[];
};

export type LoadedModel = { readonly model: Model | undefined; readonly problems: readonly ModelProblem[] };

/**
 * @param environment what `env_var()` may read
 * @returns what is the same for everybody, checked; problems in the order of files and lines
 */
export async function openModel(folder: string, environment: TemplateEnvironment = {}): Promise<OpenedModel> {
  const problems = gatherProblems();
  const start: SourcePosition = { file: '.', line: 1, column: 1 };
  let files: readonly ModelFile[];
  try {
    files = await modelFiles(folder);
  } catch (error) {
    problems.error(start, `the model folder cannot be read (${reason(error)})`);
    return { source: undefined, problems: problems.list() };
  }
  if (files.length === 0) problems.error(start, 'no model files: cubes/*.yml and views/*.yml are looked for');
  const read = readFiles(files, problems);
  const scripts = readScripts(
    folder,
    files.filter(({ language }) => language === 'script'),
    problems,
  );
  const isFixed = read.templates.length === 0 && scripts.models.length === 0;
  const functions = isFixed ? new Map() : await loadAuthorFunctions(folder, problems);
  const sources = {
    ...read,
    scripts,
    functions,
    environment,
    version: versionOf([...files, ...requiredFiles(scripts, files)]),
  };
  const source = problems.errors() > 0 ? undefined : openSources(sources, problems);
  return { source, problems: problems.list() };
}

/** A model whose templates read no claim is everybody's; so is one without templates. */
function openSources(sources: TemplateSources, problems: Problems): ModelSource | undefined {
  if (sources.templates.length === 0 && sources.scripts.models.length === 0) {
    const model = compileFiles(sources.fixed, sources.version, problems);
    return model === undefined ? undefined : { kind: 'fixed', model };
  }
  const rendered = renderModel(sources, {});
  if (rendered.reads.size > 0) {
    const before = problems.errors();
    readDefinitions(sources.fixed, problems);
    for (const fault of rendered.faults) problems.error(fault.at, fault.message);
    return problems.errors() > before ? undefined : { kind: 'templates', sources };
  }
  const { model, problems: found } = rendered.checked();
  for (const { at, severity, message } of found) problems[severity](at, message);
  return model === undefined ? undefined : { kind: 'fixed', model };
}

/**
 * The model of one security context, whole.
 * @returns the model, or undefined when a problem is an error
 */
export async function loadModel(
  folder: string,
  context: SecurityContext = {},
  environment: TemplateEnvironment = {},
): Promise<LoadedModel> {
  const { source, problems } = await openModel(folder, environment);
  if (source === undefined) return { model: undefined, problems };
  return source.kind === 'fixed' ? { model: source.model, problems } : renderModel(source.sources, context).checked();
}

/** A model to check names against: of templates, as a context without claims has it; undefined where it has none. */
export function namesOf(source: ModelSource): Model | undefined {
  if (source.kind === 'fixed') return source.model;
  try {
    return renderModel(source.sources, {}).usable().model;
  } catch (error) {
    if (error instanceof SqlError) return undefined;
    throw error;
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? String(error.code) : error.message;
}

function readFiles(
  files: readonly ModelFile[],
  problems: Problems,
): Pick<TemplateSources, 'fixed' | 'templates' | 'libraries'> {
  const fixed: SourceNode[] = [];
  const templates: Template[] = [];
  const libraries: Template[] = [];
  const template = (file: ModelFile, into: Template[]): void => {
    try {
      into.push(readTemplate(file.path, withoutByteOrderMark(file.content)));
    } catch (error) {
      if (!(error instanceof TemplateFault)) throw error;
      problems.error(error.at ?? { file: file.path, line: 1, column: 1 }, error.message);
    }
  };
  for (const file of files) {
    switch (file.language) {
      case 'script':
        break;
      case 'template':
        template(file, libraries);
        break;
      case 'yaml': {
        if (isTemplate(file)) {
          template(file, templates);
          break;
        }
        const node = parseYaml(file.path, file.content, problems, { snakeCaseKeys: true });
        if (node !== undefined) fixed.push(node);
      }
    }
  }
  return { fixed, templates, libraries };
}

function withoutByteOrderMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

/** Jinja, or a claim in single braces, outside of comment lines. */
function isTemplate({ path, content }: ModelFile): boolean {
  if (path.endsWith('.jinja')) return true;
  const text = content
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n');
  return /\{\{|\{%/.test(text) || hasBracedClaim(text);
}

/** What scripts require beside the files of the model. */
function requiredFiles(
  { modules }: Scripts,
  files: readonly ModelFile[],
): readonly Pick<ModelFile, 'path' | 'content'>[] {
  return [...modules]
    .filter(([path]) => !files.some((file) => file.path === path))
    .map(([path, module]) => ({ path, content: typeof module === 'string' ? module : module.source }));
}

/** SHA-256 over every path and content, each with its length, so that no two models share one. */
function versionOf(files: readonly Pick<ModelFile, 'path' | 'content'>[]): string {
  const hash = createHash('sha256');
  for (const { path, content } of files) {
    hash.update(`${Buffer.byteLength(path)}:${path}${Buffer.byteLength(content)}:`).update(content);
  }
  return hash.digest('hex');
}
