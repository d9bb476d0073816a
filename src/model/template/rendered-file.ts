/**
 * A template's output, or what a script has defined, as the tree of a model file, every place of it the author's own.
 */
import type { EvaluatedScript } from '../javascript/evaluate.ts';
import type { Problems } from '../problems.ts';
import type { SourceNode } from '../source.ts';
import type { SourcePosition } from '../types.ts';
import { parseYaml } from '../yaml.ts';
import { lineStarts } from './lines.ts';
import type { Template } from './render.ts';
import { type SettledFile, settle } from './settle.ts';
import type { ClaimTokens } from './tokens.ts';
import { TemplateFault } from './value.ts';
import type { Written } from './write.ts';

/** `written` is the fault where the template could not be rendered. */
export type RenderedTemplate = {
  readonly kind: 'template';
  readonly template: Template;
  readonly written: Written | TemplateFault;
};
export type RenderedFile = RenderedTemplate | EvaluatedScript;

/** Gives a place to the definition that it lies in. */
export type Owned = (at: SourcePosition, definition: SourceNode | undefined) => SourcePosition;

/** @returns undefined for a file that cannot be read; why goes to the problems */
export function readRendered(
  file: RenderedFile,
  tokens: ClaimTokens,
  problems: Problems,
  owned: Owned,
): SettledFile | undefined {
  const fault = faultOf(file);
  if (fault !== undefined) {
    problems.error(fault.at, fault.message);
    return undefined;
  }
  return file.kind === 'template'
    ? readTemplateFile(file, tokens, problems, owned)
    : readScriptFile(file, tokens, problems, owned);
}

function readScriptFile(
  { node, left, notes }: EvaluatedScript,
  tokens: ClaimTokens,
  problems: Problems,
  owned: Owned,
): SettledFile | undefined {
  for (const { at, message } of notes) problems.warning(at, message);
  if (node instanceof TemplateFault) return undefined;
  const settled = settle(node, tokens, owned, problems);
  return { node: settled.node, left: [...left, ...settled.left] };
}

function readTemplateFile(
  { template, written }: RenderedTemplate,
  tokens: ClaimTokens,
  problems: Problems,
  owned: Owned,
): SettledFile | undefined {
  if (written instanceof TemplateFault) return undefined;
  const lines = lineStarts(written.text);
  const origin = ({ line, column }: SourcePosition): SourcePosition =>
    written.origin((lines[line - 1] ?? written.text.length) + column - 1);
  const placed: Problems = {
    ...problems,
    error: (at, message) => problems.error(origin(at), message),
    warning: (at, message) => problems.warning(origin(at), message),
  };
  const node = parseYaml(template.file, written.text, placed, { snakeCaseKeys: true });
  if (node === undefined) return undefined;
  return settle(node, tokens, (at, definition) => owned(origin(at), definition), problems);
}

export function pathOf(file: RenderedFile): string {
  return file.kind === 'template' ? file.template.file : file.script.file;
}

/** What its author has to mend before anything of it can be used. */
export function faultOf(file: RenderedFile): { readonly at: SourcePosition; readonly message: string } | undefined {
  const made = file.kind === 'template' ? file.written : file.node;
  if (!(made instanceof TemplateFault)) return undefined;
  return { at: made.at ?? { file: pathOf(file), line: 1, column: 1 }, message: made.message };
}
