/**
 * Calls and members: of each the runtime decides what it means for a claim.
 */
import { RUNTIME } from './runtime-name.ts';
import { isDeclared, type Scope } from './scope.ts';
import { type AnyNode, type CallNode, childrenOf, type MemberNode } from './syntax.ts';
import type { Writer } from './writer.ts';

export type CallWriter = {
  readonly member: (object: string, node: MemberNode, scope: Scope) => string;
  readonly call: (node: CallNode, scope: Scope) => string;
  /** An optional chain. */
  readonly chain: (node: AnyNode, scope: Scope) => string;
};

export function callWriter({ ask, copy, part, list, site }: Writer): CallWriter {
  const member = (object: string, node: MemberNode, scope: Scope): string => {
    const { property, computed } = node;
    if (property.type === 'PrivateIdentifier') return `(${object}).#${property.name}`;
    if (!computed && property.type === 'Identifier') {
      // What has a claim in it has another length.
      if (property.name !== 'length') return `(${object}).${property.name}`;
      return ask('get', [object, '"length"', site(node)], node);
    }
    return ask('get', [object, part(property, scope), site(node)], node);
  };

  const methodCall = (object: string, callee: MemberNode, node: CallNode, scope: Scope): string => {
    const { property, computed } = callee;
    const args = list(node.arguments, scope);
    if (property.type === 'PrivateIdentifier') return `(${object}).#${property.name}(...${args})`;
    const name = !computed && property.type === 'Identifier' ? JSON.stringify(property.name) : part(property, scope);
    return ask('method', [object, name, args, site(node), ...(node.optional ? ['true'] : [])], node);
  };

  const call = (node: CallNode, scope: Scope): string => {
    const { callee } = node;
    if (callee.type === 'Super') return copy(node, scope);
    if (callee.type === 'MemberExpression') {
      if (callee.object.type === 'Super') return copy(node, scope);
      return methodCall(part(callee.object, scope), callee, node, scope);
    }
    const args = isDefining(callee, scope) ? definedBy(node, scope) : list(node.arguments, scope);
    return ask('call', [part(callee, scope), args, site(node)], node);
  };

  const isDefining = (callee: AnyNode, scope: Scope): boolean =>
    callee.type === 'Identifier' &&
    (callee.name === 'cube' || callee.name === 'view') &&
    !isDeclared(callee.name, scope);

  /** What a context lacks for one cube or view must not take the others of the file with it. */
  const definedBy = ({ arguments: args }: CallNode, scope: Scope): string => {
    const emitted = args.map((arg) => {
      const text = part(arg, scope);
      return arg.type === 'ObjectExpression' && !waits(arg) ? `${RUNTIME}.attempt(() => (${text}))` : text;
    });
    return `[${emitted.join(', ')}]`;
  };

  /** A link of an optional chain. @param rest what is made of its value */
  const chain = (node: AnyNode, scope: Scope, rest: (value: string) => string): string => {
    const link = (object: AnyNode, optional: boolean, next: (value: string) => string): string =>
      chain(object, scope, (value) =>
        optional ? `(${RUNTIME}.present(${value}) ? ${next(`${RUNTIME}.last()`)} : undefined)` : next(value),
      );
    if (node.type === 'MemberExpression' && node.object.type !== 'Super') {
      return link(node.object, node.optional, (object) => rest(member(object, node, scope)));
    }
    if (node.type === 'CallExpression' && node.callee.type !== 'Super') {
      const { callee } = node;
      if (callee.type === 'MemberExpression' && callee.object.type !== 'Super') {
        return link(callee.object, callee.optional, (object) => rest(methodCall(object, callee, node, scope)));
      }
      return link(callee, node.optional, (value) =>
        rest(ask('call', [value, list(node.arguments, scope), site(node)], node)),
      );
    }
    return rest(part(node, scope));
  };

  return { member, call, chain: (node, scope) => chain(node, scope, (value) => value) };
}

/** `await` and `yield` belong to the function that they stand in. */
function waits(node: AnyNode): boolean {
  if (node.type === 'AwaitExpression' || node.type === 'YieldExpression') return true;
  return !/Function/.test(node.type) && childrenOf(node).some(waits);
}
