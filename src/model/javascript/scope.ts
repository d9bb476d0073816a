/**
 * Which names a piece of JavaScript declares itself: every other one is a cube, a member, or a global of the model.
 */
import { type AnyNode, childrenOf, type FunctionNode, type Pattern } from './syntax.ts';

export type Scope = { readonly names: ReadonlySet<string>; readonly outer: Scope | undefined };

export function innerScope(names: Iterable<string>, outer: Scope | undefined): Scope {
  return { names: new Set(names), outer };
}

export function isDeclared(name: string, scope: Scope | undefined): boolean {
  return scope !== undefined && (scope.names.has(name) || isDeclared(name, scope.outer));
}

/** Of the statements of a program or of a function's body, with what `var` lifts out of inner blocks. */
export function namesOfBody(body: readonly AnyNode[]): readonly string[] {
  return [...namesOfBlock(body), ...body.flatMap(lifted)];
}

/** Of a block's own statements. */
export function namesOfBlock(body: readonly AnyNode[]): readonly string[] {
  return body.flatMap((statement): readonly string[] => {
    switch (statement.type) {
      case 'VariableDeclaration':
        return statement.declarations.flatMap(({ id }) => namesOfPattern(id));
      case 'FunctionDeclaration':
      case 'ClassDeclaration':
        return statement.id === null ? [] : [statement.id.name];
      case 'ImportDeclaration':
        return statement.specifiers.map(({ local }) => local.name);
      case 'ExportNamedDeclaration':
      case 'ExportDefaultDeclaration':
        return statement.declaration ? namesOfBlock([statement.declaration]) : [];
      default:
        return [];
    }
  });
}

export function namesOfFunction(node: FunctionNode & { readonly type: string }): readonly string[] {
  const { id, params, body } = node;
  return [
    ...(id ? [id.name] : []),
    ...(node.type === 'ArrowFunctionExpression' ? [] : ['arguments']),
    ...params.flatMap(namesOfPattern),
    ...(body.type === 'BlockStatement' ? namesOfBody(body.body) : []),
  ];
}

export function namesOfPattern(pattern: Pattern): readonly string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern.name];
    case 'MemberExpression':
      return [];
    case 'ObjectPattern':
      return pattern.properties.flatMap((part) =>
        namesOfPattern(part.type === 'RestElement' ? part.argument : part.value),
      );
    case 'ArrayPattern':
      return pattern.elements.flatMap((part) => (part === null ? [] : namesOfPattern(part)));
    case 'RestElement':
      return namesOfPattern(pattern.argument);
    case 'AssignmentPattern':
      return namesOfPattern(pattern.left);
  }
}

/** `var`s inside, but for those of inner functions. */
function lifted(node: AnyNode): readonly string[] {
  if (/Function|^Class/.test(node.type)) return [];
  const own = node.type === 'VariableDeclaration' && node.kind === 'var' ? namesOfBlock([node]) : [];
  return [...own, ...childrenOf(node).flatMap(lifted)];
}
