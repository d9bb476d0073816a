/**
 * The templates of a model folder, rendered for one security context: a model, or what is wrong with it.
 */
import { createHash } from 'node:crypto';
import { compileFiles } from '../compile.ts';
import { evaluateScripts } from '../javascript/evaluate.ts';
import type { Scripts } from '../javascript/script.ts';
import { gatherProblems } from '../problems.ts';
import type { SecurityContext } from '../security-context.ts';
import { type SourceNode, trackSources } from '../source.ts';
import type { Model, ModelProblem, SourcePosition } from '../types.ts';
import { type TemplateEnvironment, templateGlobals } from './globals.ts';
import { recordReads, typed } from './recorded-context.ts';
import { render, type Template } from './render.ts';
import { faultOf, pathOf, type RenderedFile, readRendered } from './rendered-file.ts';
import { type ClaimTokens, claimTokens, type TokenValue } from './tokens.ts';
import { nameOf, usableModel, withUnrendered } from './usable-model.ts';
import { TemplateFault, type Value } from './value.ts';
import type { Written } from './write.ts';

/** What a model folder holds besides what a security context decides. */
export type TemplateSources = {
  /** Files without a template in them, read. */
  readonly fixed: readonly SourceNode[];
  /** Rendered, each is a YAML file. */
  readonly templates: readonly Template[];
  /** To import from. */
  readonly libraries: readonly Template[];
  /** Run, each is cubes and views. */
  readonly scripts: Scripts;
  readonly functions: ReadonlyMap<string, Value>;
  readonly environment: TemplateEnvironment;
  /** Of all that is the same for every context. */
  readonly version: string;
};

export type RenderedModel = {
  /** SHA-256 of the rendered content: equal for contexts that have one model. */
  readonly content: string;
  /** Names of the claims that were read on the way. */
  readonly reads: ReadonlySet<string>;
  /** What the author of a template has to mend. */
  readonly faults: readonly { readonly at: SourcePosition; readonly message: string }[];
  /**
   * The model as far as it can be used: what is wrong for this context is left out, and named in `unrendered`.
   * @throws SqlError 42501 when nothing can
   */
  readonly usable: () => { readonly model: Model; readonly problems: readonly ModelProblem[] };
  /** Everything that is wrong; the model is undefined when an error is. */
  readonly checked: () => { readonly model: Model | undefined; readonly problems: readonly ModelProblem[] };
};

export function renderModel(sources: TemplateSources, context: SecurityContext): RenderedModel {
  const recorded = recordReads(context);
  const tokens = claimTokens();
  const globals = templateGlobals(recorded, sources.functions, sources.environment);
  const all = [...sources.templates, ...sources.libraries];
  const find = (name: string): Template | undefined => findTemplate(name, all);
  const templates = sources.templates.map((template): RenderedFile => {
    try {
      return { kind: 'template', template, written: render(template, { globals, tokens, find }) };
    } catch (error) {
      if (error instanceof TemplateFault) return { kind: 'template', template, written: error };
      throw error;
    }
  });
  const { functions, environment } = sources;
  const scripts =
    sources.scripts.models.length === 0
      ? []
      : evaluateScripts(sources.scripts, { recorded, tokens, functions, environment });
  const files = [...templates, ...scripts];
  const content = contentOf(sources.version, files, tokens);
  return {
    content,
    reads: recorded.reads,
    faults: files.map(faultOf).filter((fault) => fault !== undefined),
    usable: () => usableModel(sources, files, tokens, content),
    checked: () => checkedModel(sources, files, tokens, content),
  };
}

/** `macros.jinja`, from the folder of the model or beside the file, as Cube finds them. */
function findTemplate(name: string, all: readonly Template[]): Template | undefined {
  const path = name.replace(/^(\.?\/)+/, '');
  const exact = all.find(({ file }) => file === path);
  if (exact !== undefined) return exact;
  const [only, another] = all.filter(({ file }) => file.endsWith(`/${path}`));
  return another === undefined ? only : undefined;
}

/** Tokens count by their values: their own text is another one each time. */
function contentOf(version: string, files: readonly RenderedFile[], tokens: ClaimTokens): string {
  const hash = createHash('sha256').update(version);
  const add = (part: string): void => {
    hash.update(`${Buffer.byteLength(part)}:${part}`);
  };
  const addWritten = (text: string): void => {
    for (const piece of tokens.split(text)) add(piece.kind === 'text' ? `text ${piece.text}` : tokenText(piece.value));
  };
  for (const file of files) {
    const fault = faultOf(file);
    add(pathOf(file));
    if (fault !== undefined) add(`fault ${fault.message}`);
    else if (file.kind === 'script') {
      addWritten(JSON.stringify(trackSources().plain(file.node as SourceNode)));
      for (const { definition, error } of file.left) add(`left ${nameOf(definition)} ${error.message}`);
    } else addWritten((file.written as Written).text);
  }
  return hash.digest('hex');
}

function tokenText(value: TokenValue): string {
  switch (value.kind) {
    case 'scalar':
      return `scalar ${value.name} ${typed(value.value)}`;
    case 'list':
      return `list ${value.name} ${typed(value.values)}`;
    case 'denied':
      return `denied ${value.error.message}`;
  }
}

/** Everything that is wrong, for `check`. */
function checkedModel(
  sources: TemplateSources,
  files: readonly RenderedFile[],
  tokens: ClaimTokens,
  content: string,
): ReturnType<RenderedModel['checked']> {
  const problems = gatherProblems();
  const read = files.map((file) => readRendered(file, tokens, problems, (at) => at));
  if (problems.errors() > 0) return { model: undefined, problems: problems.list() };
  const present = read.filter((file) => file !== undefined);
  const model = compileFiles([...sources.fixed, ...present.map(({ node }) => node)], content, problems);
  if (model === undefined) return { model, problems: problems.list() };
  const left = present
    .flatMap((file) => file.left)
    .map(({ definition, error }) => [nameOf(definition) ?? '', error] as const);
  return { model: withUnrendered(model, new Map(left)), problems: problems.list() };
}
