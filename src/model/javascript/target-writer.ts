/**
 * What is assigned to, declared, or made a property of: a claim may be its value and never its name.
 */
import { RUNTIME } from './runtime-name.ts';
import type { Scope } from './scope.ts';
import { type AnyNode, childrenOf, type NodeOf, type Pattern } from './syntax.ts';
import type { Writer } from './writer.ts';

export type TargetWriter = {
  readonly target: (node: Pattern, scope: Scope) => string;
  readonly property: (node: NodeOf<'Property'>, scope: Scope) => string;
  readonly assignment: (node: NodeOf<'AssignmentExpression'>, scope: Scope) => string;
};

export function targetWriter({ emit, ask, copy, part, key, own, site, fail }: Writer): TargetWriter {
  /** What is assigned to or declared. */
  const target = (node: Pattern, scope: Scope): string => {
    switch (node.type) {
      case 'Identifier':
        return node.name;
      case 'MemberExpression':
        if (!node.computed) return copy(node, scope, new Map([[node.property as AnyNode, own(node.property)]]));
        return copy(node, scope, new Map([[node.property as AnyNode, key(node.property, scope)]]));
      case 'ObjectPattern':
      case 'ArrayPattern':
      case 'RestElement':
      case 'AssignmentPattern': {
        const replaced = new Map<AnyNode, string>();
        for (const child of childrenOf(node)) {
          if (child.type === 'Property') replaced.set(child, patternProperty(child as NodeOf<'Property'>, scope));
          else if (node.type !== 'AssignmentPattern' || child === node.left)
            replaced.set(child, target(child as Pattern, scope));
        }
        return copy(node, scope, replaced);
      }
    }
  };

  const patternProperty = (node: NodeOf<'Property'>, scope: Scope): string => {
    const value = target(node.value as Pattern, scope);
    if (node.shorthand) return value;
    return `${node.computed ? `[${key(node.key, scope)}]` : own(node.key)}: ${value}`;
  };

  const property = (node: NodeOf<'Property'>, scope: Scope): string => {
    if (node.shorthand) return `${own(node.key)}: ${part(node.value, scope)}`;
    const name = node.computed ? key(node.key, scope) : own(node.key);
    return copy(node, scope, new Map([[node.key as AnyNode, name]]));
  };

  const assignment = (node: NodeOf<'AssignmentExpression'>, scope: Scope): string => {
    const { left, right, operator } = node;
    const to = target(left, scope);
    if (operator === '=') return copy(node, scope, new Map([[left as AnyNode, to]]));
    const simple =
      left.type === 'Identifier' || (left.type === 'MemberExpression' && !left.computed && isPlain(left.object));
    if (!simple) return fail(`write the assignment ${operator} out`, node);
    const before = emit(left, scope);
    const value = part(right, scope);
    switch (operator) {
      case '&&=':
      case '||=':
      case '??=':
        return `(${to} = ${logical(operator.slice(0, 2) as '&&' | '||' | '??', before, value)})`;
      default:
        return `(${to} = ${ask('binary', [JSON.stringify(operator.slice(0, -1)), before, value, site(node)], node)})`;
    }
  };

  return { target, property, assignment };
}

/** The value of `a && b`, with `a` evaluated once. */
export function logical(operator: '&&' | '||' | '??', left: string, right: string): string {
  switch (operator) {
    case '&&':
      return `(${RUNTIME}.condition(${left}) ? ${right} : ${RUNTIME}.last())`;
    case '||':
      return `(${RUNTIME}.given(${left}) ? ${RUNTIME}.last() : ${right})`;
    case '??':
      return `(${RUNTIME}.present(${left}) ? ${RUNTIME}.last() : ${right})`;
  }
}

/** May be evaluated twice. */
function isPlain(node: AnyNode): boolean {
  if (node.type === 'MemberExpression') return !node.computed && isPlain(node.object);
  return node.type === 'Identifier' || node.type === 'ThisExpression';
}
