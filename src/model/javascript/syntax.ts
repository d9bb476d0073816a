/**
 * JavaScript of a model → its syntax tree.
 *
 * acorn earns its place as a dependency: a claim must be data in every place of a program where JavaScript would look at
 * its value, which only a whole and correct parser finds; Node has none that can be called. It is small, depends on
 * nothing, and is the parser that Node itself ships for its own tools.
 */
import { type AnyNode, type Function as FunctionNode, type Pattern, type Program, parse } from 'acorn';
import { lineStarts } from '../template/lines.ts';
import { TemplateFault } from '../template/value.ts';
import type { SourcePosition } from '../types.ts';

export type { AnyNode, FunctionNode, Pattern, Program };
export type NodeOf<Type extends AnyNode['type']> = Extract<AnyNode, { readonly type: Type }>;
export type CallNode = NodeOf<'CallExpression'>;
export type MemberNode = NodeOf<'MemberExpression'>;

/** @param modules whether `import` and `export` may stand in it @throws TemplateFault with its place */
export function parseScript(file: string, source: string, modules: boolean): Program {
  try {
    return parse(source, { ecmaVersion: 2024, sourceType: modules ? 'module' : 'script', strict: true });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { pos = 0 } = error as SyntaxError & { readonly pos?: number };
    const reason = error.message.replace(/ \(\d+:\d+\)$/, '');
    throw new TemplateFault(`invalid JavaScript: ${lowerFirst(reason)}`, positionIn(file, source, pos));
  }
}

export function positionIn(file: string, source: string, offset: number): SourcePosition {
  return positionsIn(file, source)(offset);
}

/** For many places of one file. */
export function positionsIn(file: string, source: string): (offset: number) => SourcePosition {
  const starts = lineStarts(source);
  return (offset) => {
    let line = 0;
    for (let high = starts.length - 1; line < high; ) {
      const middle = Math.ceil((line + high) / 2);
      if ((starts[middle] ?? 0) <= offset) line = middle;
      else high = middle - 1;
    }
    return { file, line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
  };
}

/** In the order of the text. */
export function childrenOf(node: AnyNode): readonly AnyNode[] {
  return Object.values(node)
    .flat()
    .filter((part): part is AnyNode => typeof part === 'object' && part !== null && typeof part.type === 'string')
    .sort((a, b) => a.start - b.start);
}

/** The text of a string, or of a template without holes. */
export function constantText(node: AnyNode | undefined): string | undefined {
  if (node?.type === 'Literal') return typeof node.value === 'string' ? node.value : undefined;
  if (node?.type !== 'TemplateLiteral' || node.expressions.length > 0) return undefined;
  return node.quasis[0]?.value.cooked ?? undefined;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
