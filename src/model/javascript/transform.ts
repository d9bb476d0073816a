/**
 * JavaScript → JavaScript in which every place that looks at a value asks the runtime (runtime.ts), so that a claim has
 * its real value in conditions and comparisons and stays data everywhere else (contract 7.5). Lines keep their numbers.
 */
import { callWriter } from './call-writer.ts';
import { exportOf, importOf } from './modules.ts';
import { RUNTIME } from './runtime-name.ts';
import {
  innerScope,
  isDeclared,
  namesOfBlock,
  namesOfBody,
  namesOfFunction,
  namesOfPattern,
  type Scope,
} from './scope.ts';
import type { AnyNode, FunctionNode, NodeOf, Pattern, Program } from './syntax.ts';
import { logical, targetWriter } from './target-writer.ts';
import { writerOf } from './writer.ts';

/** Where something of the file stands. */
export type Site = AnyNode;

export type Transformed = { readonly code: string; readonly sites: readonly Site[] };

/** Of JavaScript itself; a cube of such a name is written `CUBE` or in a view only. */
const BUILT_IN = new Set(
  (
    'undefined NaN Infinity Object Array String Number Boolean Math JSON Date RegExp Map Set WeakMap WeakSet Symbol ' +
    'BigInt Promise Error TypeError RangeError SyntaxError parseInt parseFloat isNaN isFinite encodeURIComponent ' +
    'decodeURIComponent encodeURI decodeURI Intl structuredClone'
  ).split(' '),
);
const REFUSED_NAMES = new Set([
  'eval',
  'globalThis',
  'Function',
  'Proxy',
  'Reflect',
  'WebAssembly',
  'SharedArrayBuffer',
]);

/** @throws TemplateFault for what a model cannot use, with its place */
export function transform(file: string, source: string, program: Program): Transformed {
  const writer = writerOf(file, source, (node, scope) => emit(node, scope));
  const { ask, condition, copy, fail, key, linesOf, list, own, part, site, sites } = writer;
  const { member, call, chain } = callWriter(writer);
  const { target, property, assignment } = targetWriter(writer);

  const identifier = (node: NodeOf<'Identifier'>, scope: Scope): string => {
    const { name } = node;
    if (isDeclared(name, scope) || BUILT_IN.has(name)) return name;
    if (REFUSED_NAMES.has(name)) return fail(`${name} cannot be used in a model`, node);
    return ask('free', [JSON.stringify(name), site(node)], node);
  };

  const functionOf = (node: FunctionNode & AnyNode, scope: Scope): string => {
    const within = innerScope(namesOfFunction(node), scope);
    const replaced = new Map<AnyNode, string>();
    if (node.id) replaced.set(node.id, node.id.name);
    for (const param of node.params) replaced.set(param, target(param, within));
    if (node.body.type === 'BlockStatement') replaced.set(node.body, copy(node.body, within));
    return copy(node, within, replaced);
  };

  const binary = (node: NodeOf<'BinaryExpression'>, scope: Scope): string => {
    if (node.left.type === 'PrivateIdentifier' || node.operator === 'instanceof') return copy(node, scope);
    const args = [JSON.stringify(node.operator), part(node.left, scope), part(node.right, scope), site(node)];
    return ask('binary', args, node);
  };

  const named = (node: NodeOf<'MethodDefinition'> | NodeOf<'PropertyDefinition'>, scope: Scope): string =>
    copy(node, scope, new Map([[node.key as AnyNode, node.computed ? key(node.key, scope) : own(node.key)]]));

  const emit = (node: AnyNode, scope: Scope): string => {
    switch (node.type) {
      case 'Identifier':
        return identifier(node, scope);
      case 'Literal':
      case 'ThisExpression':
      case 'Super':
      case 'EmptyStatement':
      case 'PrivateIdentifier':
      case 'TemplateElement':
      case 'BreakStatement':
      case 'ContinueStatement':
        return own(node);
      case 'TemplateLiteral':
        return copy(
          node,
          scope,
          new Map(node.expressions.map((each) => [each, ask('text', [part(each, scope), site(each)], each)])),
        );
      case 'TaggedTemplateExpression':
        return copy(node, scope, new Map([[node.quasi, copy(node.quasi, scope)]]));
      case 'ObjectExpression':
        return `${RUNTIME}.located(${site(node)}, ${copy(node, scope)})`;
      case 'ArrayExpression':
        return `${RUNTIME}.located(${site(node)}, ${copy(node, scope)})`;
      case 'Property':
        return property(node as NodeOf<'Property'>, scope);
      case 'SpreadElement':
        return `...${ask('spread', [part(node.argument, scope), site(node)], node)}`;
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        return functionOf(node, scope);
      case 'ClassDeclaration':
      case 'ClassExpression': {
        const within = innerScope(node.id ? [node.id.name] : [], scope);
        return copy(node, within, new Map(node.id ? [[node.id as AnyNode, node.id.name]] : []));
      }
      case 'MethodDefinition':
      case 'PropertyDefinition':
        return named(node, scope);
      case 'MemberExpression':
        return node.object.type === 'Super' ? own(node) : member(part(node.object, scope), node, scope);
      case 'CallExpression':
        return call(node, scope);
      case 'ChainExpression':
        return chain(node.expression, scope);
      case 'NewExpression':
        return ask('construct', [part(node.callee, scope), list(node.arguments, scope), site(node)], node);
      case 'BinaryExpression':
        return binary(node, scope);
      case 'UnaryExpression':
        return unary(node, scope);
      case 'LogicalExpression':
        return logical(node.operator, part(node.left, scope), part(node.right, scope));
      case 'ConditionalExpression':
      case 'IfStatement':
      case 'WhileStatement':
      case 'DoWhileStatement':
        return copy(node, scope, new Map([[node.test, condition(node.test, scope)]]));
      case 'AssignmentExpression':
        return assignment(node, scope);
      case 'UpdateExpression':
        return copy(node, scope, new Map([[node.argument, target(node.argument as Pattern, scope)]]));
      case 'VariableDeclarator':
        return copy(node, scope, new Map([[node.id as AnyNode, target(node.id, scope)]]));
      case 'SwitchStatement': {
        const within = innerScope(namesOfBlock(node.cases.flatMap(({ consequent }) => consequent)), scope);
        const compared = `${RUNTIME}.plain(${part(node.discriminant, scope)})`;
        return copy(node, within, new Map([[node.discriminant, compared]]));
      }
      case 'SwitchCase':
        return node.test
          ? copy(node, scope, new Map([[node.test, `${RUNTIME}.plain(${part(node.test, scope)})`]]))
          : copy(node, scope);
      case 'BlockStatement':
      case 'StaticBlock':
        return copy(node, innerScope(namesOfBlock(node.body), scope));
      case 'ForStatement': {
        const within = innerScope(node.init ? namesOfBlock([node.init]) : [], scope);
        return copy(node, within, new Map(node.test ? [[node.test, condition(node.test, within)]] : []));
      }
      case 'ForOfStatement':
      case 'ForInStatement':
        return loop(node, scope);
      case 'CatchClause': {
        const within = innerScope(node.param ? namesOfPattern(node.param) : [], scope);
        return copy(node, within, new Map(node.param ? [[node.param as AnyNode, target(node.param, within)]] : []));
      }
      case 'LabeledStatement':
        return copy(node, scope, new Map([[node.label as AnyNode, node.label.name]]));
      case 'Program':
      case 'ExpressionStatement':
      case 'ReturnStatement':
      case 'ThrowStatement':
      case 'TryStatement':
      case 'VariableDeclaration':
      case 'SequenceExpression':
      case 'YieldExpression':
      case 'AwaitExpression':
      case 'ClassBody':
        return copy(node, scope);
      case 'ImportDeclaration':
        return importOf(node, site) + linesOf(node);
      case 'ExportNamedDeclaration':
      case 'ExportDefaultDeclaration':
      case 'ExportAllDeclaration':
        return exportOf(node, (each) => emit(each, scope), site);
      case 'ImportExpression':
        return fail('import() cannot be used in a model', node);
      case 'MetaProperty':
        return fail(`${own(node)} cannot be used in a model`, node);
      case 'WithStatement':
      case 'DebuggerStatement':
      case 'ParenthesizedExpression':
      case 'ObjectPattern':
      case 'ArrayPattern':
      case 'RestElement':
      case 'AssignmentPattern':
      case 'ImportAttribute':
      case 'ImportSpecifier':
      case 'ImportDefaultSpecifier':
      case 'ImportNamespaceSpecifier':
      case 'ExportSpecifier':
        return fail('this cannot be used in a model', node);
    }
  };

  const unary = (node: NodeOf<'UnaryExpression'>, scope: Scope): string => {
    const { argument, operator } = node;
    switch (operator) {
      case 'delete':
        return `delete ${target(argument as Pattern, scope)}`;
      case 'void':
        return copy(node, scope);
      default:
        return ask('unary', [JSON.stringify(operator), part(argument, scope), site(node)], node);
    }
  };

  const loop = (node: NodeOf<'ForOfStatement'> | NodeOf<'ForInStatement'>, scope: Scope): string => {
    const { left, right } = node;
    const within = innerScope(left.type === 'VariableDeclaration' ? namesOfBlock([left]) : [], scope);
    const method = node.type === 'ForInStatement' ? 'keys' : 'spread';
    const replaced = new Map<AnyNode, string>([
      [right, ask(method, [part(right, scope), site(right)], right)],
      ...(left.type === 'VariableDeclaration' ? [] : [[left as AnyNode, target(left, scope)] as const]),
    ]);
    const text = copy(node, within, replaced);
    if (node.type === 'ForOfStatement') return text;
    // The runtime gives the keys as a list, because a claim's keys are data.
    const [head] = text.slice(0, text.indexOf(replaced.get(right) ?? '')).match(/\bin\s*\(*\s*$/) ?? [''];
    const at = text.indexOf(replaced.get(right) ?? '') - head.length;
    return `${text.slice(0, at)}of${text.slice(at + 2)}`;
  };

  const code = copy(program, innerScope([...namesOfBody(program.body), 'require', 'module', 'exports'], undefined));
  return { code, sites };
}
