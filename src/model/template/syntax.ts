/**
 * Jinja's syntax as nunjucks 3.2 reads it: its parser alone, run on a file's text, and the tree that it makes.
 *
 * Chosen by trial of the engines there are. nunjucks' parser knows raw blocks, whitespace control and macros and gives
 * the line and column of every node; its runtime is not used, because it makes JavaScript of a template
 * (`{{ f.constructor("…")() }}` runs) and cannot tell a claim's truth from any other value's. @huggingface/jinja 0.5
 * has neither positions nor raw blocks; minijinja-js 2.11 cannot call a function of the author's.
 */
import { createRequire } from 'node:module';
import type { SourcePosition } from '../types.ts';
import { TemplateFault } from './value.ts';

export type Place = { readonly lineno: number | undefined; readonly colno: number | undefined };

export type ExpressionNode = Place &
  (
    | { readonly typename: 'Literal'; readonly value: unknown }
    | { readonly typename: 'Symbol'; readonly value: string }
    | { readonly typename: 'Group' | 'Array'; readonly children: readonly ExpressionNode[] }
    | { readonly typename: 'Dict'; readonly children: readonly PairNode[] }
    | { readonly typename: 'LookupVal'; readonly target: ExpressionNode; readonly val: ExpressionNode }
    | { readonly typename: 'FunCall' | 'Filter'; readonly name: ExpressionNode; readonly args: ArgumentsNode }
    | {
        readonly typename: 'InlineIf';
        readonly cond: ExpressionNode;
        readonly body: ExpressionNode;
        readonly else_: ExpressionNode | null;
      }
    | { readonly typename: 'Not' | 'Neg' | 'Pos'; readonly target: ExpressionNode }
    | {
        readonly typename:
          | 'And'
          | 'Or'
          | 'In'
          | 'Is'
          | 'Concat'
          | 'Add'
          | 'Sub'
          | 'Mul'
          | 'Div'
          | 'FloorDiv'
          | 'Mod'
          | 'Pow';
        readonly left: ExpressionNode;
        readonly right: ExpressionNode;
      }
    | {
        readonly typename: 'Compare';
        readonly expr: ExpressionNode;
        readonly ops: readonly { readonly expr: ExpressionNode; readonly type: string }[];
      }
    | { readonly typename: 'Caller'; readonly args: ArgumentsNode; readonly body: ListNode }
    | { readonly typename: 'Capture'; readonly body: ListNode }
  );

export type PairNode = { readonly key: ExpressionNode; readonly value: ExpressionNode };
export type KeywordsNode = { readonly typename: 'KeywordArgs'; readonly children: readonly PairNode[] };
export type ArgumentsNode = { readonly children: readonly (ExpressionNode | KeywordsNode)[] };
export type ListNode = { readonly children: readonly StatementNode[] };

export type StatementNode = Place &
  (
    | { readonly typename: 'Output'; readonly children: readonly (ExpressionNode | DataNode)[] }
    | {
        readonly typename: 'If';
        readonly cond: ExpressionNode;
        readonly body: ListNode;
        readonly else_: ListNode | StatementNode | null;
      }
    | {
        readonly typename: 'For';
        readonly arr: ExpressionNode;
        readonly name: ExpressionNode;
        readonly body: ListNode;
        readonly else_: ListNode | null;
      }
    | {
        readonly typename: 'Set';
        readonly targets: readonly ExpressionNode[];
        readonly value: ExpressionNode | null;
        /** Of `{% set x %}…{% endset %}`. */
        readonly body?: ExpressionNode | null;
      }
    | {
        readonly typename: 'Macro';
        readonly name: { readonly value: string };
        readonly args: ArgumentsNode;
        readonly body: ListNode;
      }
    | {
        readonly typename: 'Import';
        readonly template: ExpressionNode;
        readonly target: { readonly value: string };
      }
    | {
        readonly typename: 'FromImport';
        readonly template: ExpressionNode;
        readonly names: { readonly children: readonly (ExpressionNode | PairNode)[] };
      }
    | { readonly typename: 'Include'; readonly template: ExpressionNode; readonly ignoreMissing: unknown }
    | { readonly typename: 'NodeList'; readonly children: readonly StatementNode[] }
  );

export type DataNode = Place & { readonly typename: 'TemplateData'; readonly value: string };

type Parser = {
  readonly parse: (source: string, extensions: readonly never[], options: object) => ListNode;
};
const require = createRequire(import.meta.url);
const parser = require('nunjucks/src/parser') as Parser;

export function placeOf(file: string, { lineno, colno }: Place): SourcePosition {
  return { file, line: (lineno ?? 0) + 1, column: (colno ?? 0) + 1 };
}

/** @throws TemplateFault with the place, where the parser knows it */
export function parseTemplate(file: string, source: string): ListNode {
  try {
    return parser.parse(source, [], {});
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { lineno, colno } = error as Error & { readonly lineno?: number; readonly colno?: number };
    const message = error.message.replace(/^(Template render error: )?(\(.*?\)\s*)?/, '').replace(/^parse\w+: /, '');
    throw new TemplateFault(`template: ${lowerFirst(message.split('\n').at(-1)?.trim() ?? '')}`, {
      file,
      line: Math.max(lineno ?? 1, 1),
      column: Math.max(colno ?? 1, 1),
    });
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
