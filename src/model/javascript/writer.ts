/**
 * The text of a script, written anew: what stays is copied, what looks at a value becomes a question to the runtime.
 */
import { TemplateFault } from '../template/value.ts';
import { RUNTIME } from './runtime-name.ts';
import type { Scope } from './scope.ts';
import { type AnyNode, childrenOf, positionIn } from './syntax.ts';

/** Transforms a node. */
export type Emit = (node: AnyNode, scope: Scope) => string;

export type Writer = {
  readonly emit: Emit;
  /** Nodes that the runtime can be told of, by number. */
  readonly sites: readonly AnyNode[];
  readonly site: (node: AnyNode) => string;
  readonly fail: (message: string, node: AnyNode) => never;
  /** The node as the author has written it. */
  readonly own: (node: AnyNode) => string;
  /** As many line ends as the node has. */
  readonly linesOf: (node: AnyNode) => string;
  /** A call of the runtime in the place of a node, as many lines long. */
  readonly ask: (method: string, args: readonly string[], node: AnyNode) => string;
  /** The node's text with its children transformed, or replaced. */
  readonly copy: (node: AnyNode, scope: Scope, replaced?: ReadonlyMap<AnyNode, string>) => string;
  /** As an argument, or behind `?`. */
  readonly part: Emit;
  readonly list: (nodes: readonly AnyNode[], scope: Scope) => string;
  readonly condition: Emit;
  /** Of a property that is made, not of one that is read. */
  readonly key: Emit;
};

export function writerOf(file: string, source: string, emit: Emit): Writer {
  const sites: AnyNode[] = [];
  const site = (node: AnyNode): string => String(sites.push(node) - 1);
  const own = (node: AnyNode): string => source.slice(node.start, node.end);
  const ask: Writer['ask'] = (method, args, node) => {
    const text = `${RUNTIME}.${method}(${args.join(', ')}`;
    return `${text}${'\n'.repeat(Math.max(0, lines(own(node)) - lines(text)))})`;
  };
  const part: Emit = (node, scope) =>
    node.type === 'SequenceExpression' ? `(${emit(node, scope)})` : emit(node, scope);
  return {
    emit,
    sites,
    site,
    fail: (message, node) => {
      throw new TemplateFault(message, positionIn(file, source, node.start));
    },
    own,
    linesOf: (node) => '\n'.repeat(lines(own(node))),
    ask,
    copy: (node, scope, replaced = new Map()) => {
      let text = '';
      let at = node.start;
      for (const child of childrenOf(node)) {
        text += source.slice(at, child.start) + (replaced.get(child) ?? emit(child, scope));
        at = child.end;
      }
      return text + source.slice(at, node.end);
    },
    part,
    list: (nodes, scope) => `[${nodes.map((node) => part(node, scope)).join(', ')}]`,
    condition: (node, scope) => `${RUNTIME}.condition(${part(node, scope)})`,
    key: (node, scope) => ask('newKey', [part(node, scope), site(node)], node),
  };
}

function lines(text: string): number {
  return text.split('\n').length - 1;
}
