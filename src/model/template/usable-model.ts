/**
 * The model of one security context as far as it can be used: a cube or view that cannot be rendered is left out and
 * named, the rest works (contract 3).
 */
import type { SqlError } from '../../errors.ts';
import { compileFiles } from '../compile.ts';
import { gatherProblems } from '../problems.ts';
import { entryOf, type SourceEntry, type SourceNode, stringOf } from '../source.ts';
import type { Model, ModelProblem, SourcePosition } from '../types.ts';
import { type Owned, type RenderedFile, readRendered } from './rendered-file.ts';
import { settle } from './settle.ts';
import type { TemplateSources } from './templates.ts';
import type { ClaimTokens } from './tokens.ts';
import { deniedFor, TemplateFault } from './value.ts';

/** Each round leaves out the definitions that have errors; what depended on them has errors in the next. */
const MAX_ROUNDS = 20;

/** @throws SqlError 42501 when nothing can be used */
export function usableModel(
  sources: TemplateSources,
  files: readonly RenderedFile[],
  tokens: ClaimTokens,
  content: string,
): { readonly model: Model; readonly problems: readonly ModelProblem[] } {
  const found = gatherProblems();
  const owners = new WeakMap<SourcePosition, SourceNode>();
  const owned: Owned = (at, definition) => {
    const own = { ...at };
    if (definition !== undefined) owners.set(own, definition);
    return own;
  };
  const declaresViews = sources.fixed.some(hasViews) || files.some(declaresView);
  const unrendered = new Map<string, SqlError>();
  const leaveOut = (name: string | undefined, error: SqlError | undefined, isTable: boolean): void => {
    if (name !== undefined && isTable && !unrendered.has(name)) unrendered.set(name, error ?? cannotRender(name));
  };

  let kept: SourceNode[] = sources.fixed.map((node) => settle(node, tokens, owned, found).node);
  for (const file of files) {
    const problems = gatherProblems();
    const read = readRendered(file, tokens, problems, owned);
    for (const { at, severity, message } of problems.list()) found[severity](at, message);
    if (read !== undefined && problems.errors() === 0) {
      kept.push(read.node);
      for (const { definition, error } of read.left) {
        leaveOut(nameOf(definition), error, couldBeTable(definition, declaresViews));
      }
    } else {
      for (const { name, isView } of declaredNames(file)) {
        leaveOut(name, deniedBy(file, tokens), isView || !declaresViews);
      }
    }
  }
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const problems = gatherProblems();
    const model = compileFiles(kept, content, problems);
    if (model !== undefined) {
      const complete = withUnrendered(declaresViews ? { ...model, declaresViews } : model, unrendered);
      return { model: complete, problems: found.list() };
    }
    const broken = new Set<string | undefined>();
    for (const { at, message, severity } of problems.list()) {
      if (severity !== 'error') continue;
      found.error(at, message);
      const definition = owners.get(at);
      if (definition !== undefined) broken.add(nameOf(definition));
    }
    if (broken.size === 0) break;
    for (const definition of kept.flatMap(definitionsOf)) {
      const name = nameOf(definition);
      if (broken.has(name)) leaveOut(name, undefined, couldBeTable(definition, declaresViews));
    }
    kept = kept.map((node) => without(node, broken));
  }
  throw deniedFor('the model cannot be rendered for this security context');
}

export function withUnrendered(model: Model, more: ReadonlyMap<string, SqlError>): Model {
  const unrendered = new Map([...more, ...(model.unrendered ?? [])]);
  return unrendered.size === 0 ? model : { ...model, unrendered };
}

export function nameOf(definition: SourceNode): string | undefined {
  return definition.kind === 'map' ? stringOf(definition, 'name') : undefined;
}

const VIEWS = /^["']?views["']?[ \t]*:/m;

function declaresView(file: RenderedFile): boolean {
  return file.kind === 'script' ? file.script.declared.some(({ isView }) => isView) : VIEWS.test(file.template.source);
}

function hasViews(file: SourceNode): boolean {
  return file.kind === 'map' && entryOf(file, 'views') !== undefined;
}

/** What is hidden from everybody answers as a missing one: beside views a cube is a table only if it says so. */
function couldBeTable(definition: SourceNode, declaresViews: boolean): boolean {
  if (definition.kind !== 'map') return false;
  const written = (entryOf(definition, 'public') ?? entryOf(definition, 'shown'))?.value;
  const isPublic = written?.kind === 'scalar' ? written.value : undefined;
  const isView = entryOf(definition, 'cubes') !== undefined;
  return isPublic === true || (isPublic !== false && (isView || !declaresViews));
}

function isDefinitions({ key, value }: SourceEntry): boolean {
  return (key === 'cubes' || key === 'views') && value.kind === 'list';
}

function definitionsOf(file: SourceNode): readonly SourceNode[] {
  if (file.kind !== 'map') return [];
  return file.entries.filter(isDefinitions).flatMap(({ value }) => (value.kind === 'list' ? value.items : []));
}

function without(file: SourceNode, names: ReadonlySet<string | undefined>): SourceNode {
  if (file.kind !== 'map') return file;
  const entries = file.entries.map((entry) => {
    const { value } = entry;
    if (!isDefinitions(entry) || value.kind !== 'list') return entry;
    return { ...entry, value: { ...value, items: value.items.filter((item) => !names.has(nameOf(item))) } };
  });
  return { ...file, entries };
}

/** Names that a file would define, as far as its text says so. */
function declaredNames(file: RenderedFile): readonly { readonly name: string; readonly isView: boolean }[] {
  if (file.kind === 'script') return file.script.declared;
  const { source } = file.template;
  const found = [...source.matchAll(/^([ \t]*)-[ \t]+name:[ \t]*["']?([A-Za-z_]\w*)/gm)];
  const outermost = Math.min(...found.map(([, indent]) => indent?.length ?? 0));
  return found
    .filter(([, indent]) => indent?.length === outermost)
    .map(({ 2: name = '', index }) => {
      const sections = [...source.slice(0, index).matchAll(/^["']?(cubes|views)["']?[ \t]*:/gm)];
      return { name, isView: sections.at(-1)?.[1] === 'views' };
    });
}

/** What the context lacks that kept a whole file from being read. */
function deniedBy(file: RenderedFile, tokens: ClaimTokens): SqlError | undefined {
  if (file.kind === 'script' || file.written instanceof TemplateFault) return undefined;
  for (const piece of tokens.split(file.written.text)) {
    if (piece.kind === 'claim' && piece.value.kind === 'denied') return piece.value.error;
  }
  return undefined;
}

function cannotRender(name: string): SqlError {
  return deniedFor(`"${name}" cannot be rendered for this security context`);
}
