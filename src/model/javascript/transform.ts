/**
 * JavaScript → JavaScript in which every place that looks at a value asks the runtime (runtime.ts), so that a claim has
 * its real value in conditions and comparisons and stays data everywhere else (contract 7.5). Lines keep their numbers.
 */
import { TemplateFault } from '../template/value.ts';
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
import {
  type AnyNode,
  type CallNode,
  childrenOf,
  type FunctionNode,
  type MemberNode,
  type NodeOf,
  type Pattern,
  type Program,
  positionIn,
} from './syntax.ts';

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
  const sites: Site[] = [];
  const fail = (message: string, node: AnyNode): never => {
    throw new TemplateFault(message, positionIn(file, source, node.start));
  };
  const site = (node: AnyNode): number => sites.push(node) - 1;
  const lines = (text: string): number => text.split('\n').length - 1;
  const own = (node: AnyNode): string => source.slice(node.start, node.end);

  /** A call of the runtime in the place of a node, as many lines long. */
  const ask = (method: string, args: readonly string[], node: AnyNode): string => {
    const text = `${RUNTIME}.${method}(${args.join(', ')}`;
    return `${text}${'\n'.repeat(Math.max(0, lines(own(node)) - lines(text)))})`;
  };
  /** The node's text with its children transformed. */
  const copy = (node: AnyNode, scope: Scope): string => {
    let text = '';
    let at = node.start;
    for (const child of childrenOf(node)) {
      text += source.slice(at, child.start) + emit(child, scope);
      at = child.end;
    }
    return text + source.slice(at, node.end);
  };
  const copyWith = (node: AnyNode, replaced: ReadonlyMap<AnyNode, string>, scope: Scope): string => {
    let text = '';
    let at = node.start;
    for (const child of childrenOf(node)) {
      text += source.slice(at, child.start) + (replaced.get(child) ?? emit(child, scope));
      at = child.end;
    }
    return text + source.slice(at, node.end);
  };
  /** As an argument, or behind `?`. */
  const part = (node: AnyNode, scope: Scope): string => {
    const text = emit(node, scope);
    return node.type === 'SequenceExpression' ? `(${text})` : text;
  };
  const condition = (node: AnyNode, scope: Scope): string => `${RUNTIME}.condition(${part(node, scope)})`;
  const key = (node: AnyNode, scope: Scope): string => ask('newKey', [part(node, scope), String(site(node))], node);

  const identifier = (node: NodeOf<'Identifier'>, scope: Scope): string => {
    const { name } = node;
    if (isDeclared(name, scope) || BUILT_IN.has(name)) return name;
    if (REFUSED_NAMES.has(name)) return fail(`${name} cannot be used in a model`, node);
    return ask('free', [JSON.stringify(name), String(site(node))], node);
  };

  const argumentsOf = (nodes: readonly AnyNode[], scope: Scope): string =>
    `[${nodes.map((node) => part(node, scope)).join(', ')}]`;

  const memberOf = (object: string, node: MemberNode, scope: Scope): string => {
    const { property, computed } = node;
    if (property.type === 'PrivateIdentifier') return `(${object}).#${property.name}`;
    if (!computed && property.type === 'Identifier') {
      // What has a claim in it has another length.
      if (property.name !== 'length') return `(${object}).${property.name}`;
      return ask('get', [object, '"length"', String(site(node))], node);
    }
    return ask('get', [object, part(property, scope), String(site(node))], node);
  };

  const methodCall = (object: string, callee: MemberNode, node: CallNode, scope: Scope): string => {
    const { property, computed } = callee;
    const args = argumentsOf(node.arguments, scope);
    if (property.type === 'PrivateIdentifier') return `(${object}).#${property.name}(...${args})`;
    const name = !computed && property.type === 'Identifier' ? JSON.stringify(property.name) : part(property, scope);
    return ask('method', [object, name, args, String(site(node)), ...(node.optional ? ['true'] : [])], node);
  };

  const call = (node: CallNode, scope: Scope): string => {
    const { callee } = node;
    if (callee.type === 'Super') return copy(node, scope);
    if (callee.type === 'MemberExpression') {
      if (callee.object.type === 'Super') return copy(node, scope);
      return methodCall(part(callee.object, scope), callee, node, scope);
    }
    return ask('call', [part(callee, scope), argumentsOf(node.arguments, scope), String(site(node))], node);
  };

  /** A link of an optional chain. @param rest what is made of its value */
  const chain = (node: AnyNode, scope: Scope, rest: (value: string) => string): string => {
    const link = (object: AnyNode, optional: boolean, next: (value: string) => string): string =>
      chain(object, scope, (value) =>
        optional ? `(${RUNTIME}.present(${value}) ? ${next(`${RUNTIME}.last()`)} : undefined)` : next(value),
      );
    if (node.type === 'MemberExpression' && node.object.type !== 'Super') {
      return link(node.object, node.optional, (object) => rest(memberOf(object, node, scope)));
    }
    if (node.type === 'CallExpression' && node.callee.type !== 'Super') {
      const { callee } = node;
      if (callee.type === 'MemberExpression' && callee.object.type !== 'Super') {
        return link(callee.object, callee.optional, (object) => rest(methodCall(object, callee, node, scope)));
      }
      return link(callee, node.optional, (value) =>
        rest(ask('call', [value, argumentsOf(node.arguments, scope), String(site(node))], node)),
      );
    }
    return rest(part(node, scope));
  };

  /** What is assigned to or declared. */
  const target = (node: Pattern, scope: Scope): string => {
    switch (node.type) {
      case 'Identifier':
        return node.name;
      case 'MemberExpression':
        if (!node.computed) return copyWith(node, new Map([[node.property as AnyNode, own(node.property)]]), scope);
        return copyWith(node, new Map([[node.property as AnyNode, key(node.property, scope)]]), scope);
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
        return copyWith(node, replaced, scope);
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
    return copyWith(node, new Map([[node.key as AnyNode, name]]), scope);
  };

  const functionOf = (node: FunctionNode & AnyNode, scope: Scope): string => {
    const within = innerScope(namesOfFunction(node), scope);
    const replaced = new Map<AnyNode, string>();
    if (node.id) replaced.set(node.id, node.id.name);
    for (const param of node.params) replaced.set(param, target(param, within));
    if (node.body.type === 'BlockStatement') replaced.set(node.body, copy(node.body, within));
    return copyWith(node, replaced, within);
  };

  const binary = (node: NodeOf<'BinaryExpression'>, scope: Scope): string => {
    if (node.left.type === 'PrivateIdentifier' || node.operator === 'instanceof') return copy(node, scope);
    const args = [JSON.stringify(node.operator), part(node.left, scope), part(node.right, scope), String(site(node))];
    return ask('binary', args, node);
  };

  const assignment = (node: NodeOf<'AssignmentExpression'>, scope: Scope): string => {
    const { left, right, operator } = node;
    const to = target(left, scope);
    if (operator === '=') return copyWith(node, new Map([[left as AnyNode, to]]), scope);
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
        return `(${to} = ${ask('binary', [JSON.stringify(operator.slice(0, -1)), before, value, String(site(node))], node)})`;
    }
  };

  const named = (node: NodeOf<'MethodDefinition'> | NodeOf<'PropertyDefinition'>, scope: Scope): string =>
    copyWith(node, new Map([[node.key as AnyNode, node.computed ? key(node.key, scope) : own(node.key)]]), scope);

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
        return copyWith(
          node,
          new Map(node.expressions.map((each) => [each, ask('text', [part(each, scope), String(site(each))], each)])),
          scope,
        );
      case 'TaggedTemplateExpression':
        return copyWith(node, new Map([[node.quasi, copy(node.quasi, scope)]]), scope);
      case 'ObjectExpression':
        return `${RUNTIME}.located(${site(node)}, ${copy(node, scope)})`;
      case 'ArrayExpression':
        return `${RUNTIME}.located(${site(node)}, ${copy(node, scope)})`;
      case 'Property':
        return property(node as NodeOf<'Property'>, scope);
      case 'SpreadElement':
        return `...${ask('spread', [part(node.argument, scope), String(site(node))], node)}`;
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        return functionOf(node, scope);
      case 'ClassDeclaration':
      case 'ClassExpression': {
        const within = innerScope(node.id ? [node.id.name] : [], scope);
        return copyWith(node, new Map(node.id ? [[node.id as AnyNode, node.id.name]] : []), within);
      }
      case 'MethodDefinition':
      case 'PropertyDefinition':
        return named(node, scope);
      case 'MemberExpression':
        return node.object.type === 'Super' ? own(node) : memberOf(part(node.object, scope), node, scope);
      case 'CallExpression':
        return call(node, scope);
      case 'ChainExpression':
        return chain(node.expression, scope, (value) => value);
      case 'NewExpression':
        return ask(
          'construct',
          [part(node.callee, scope), argumentsOf(node.arguments, scope), String(site(node))],
          node,
        );
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
        return copyWith(node, new Map([[node.test, condition(node.test, scope)]]), scope);
      case 'AssignmentExpression':
        return assignment(node, scope);
      case 'UpdateExpression':
        return copyWith(node, new Map([[node.argument, target(node.argument as Pattern, scope)]]), scope);
      case 'VariableDeclarator':
        return copyWith(node, new Map([[node.id as AnyNode, target(node.id, scope)]]), scope);
      case 'SwitchStatement': {
        const within = innerScope(namesOfBlock(node.cases.flatMap(({ consequent }) => consequent)), scope);
        const compared = `${RUNTIME}.plain(${part(node.discriminant, scope)})`;
        return copyWith(node, new Map([[node.discriminant, compared]]), within);
      }
      case 'SwitchCase':
        return node.test
          ? copyWith(node, new Map([[node.test, `${RUNTIME}.plain(${part(node.test, scope)})`]]), scope)
          : copy(node, scope);
      case 'BlockStatement':
      case 'StaticBlock':
        return copy(node, innerScope(namesOfBlock(node.body), scope));
      case 'ForStatement': {
        const within = innerScope(node.init ? namesOfBlock([node.init]) : [], scope);
        return copyWith(node, new Map(node.test ? [[node.test, condition(node.test, within)]] : []), within);
      }
      case 'ForOfStatement':
      case 'ForInStatement':
        return loop(node, scope);
      case 'CatchClause': {
        const within = innerScope(node.param ? namesOfPattern(node.param) : [], scope);
        return copyWith(node, new Map(node.param ? [[node.param as AnyNode, target(node.param, within)]] : []), within);
      }
      case 'LabeledStatement':
        return copyWith(node, new Map([[node.label as AnyNode, node.label.name]]), scope);
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
        return importOf(node, (each) => String(site(each))) + '\n'.repeat(lines(own(node)));
      case 'ExportNamedDeclaration':
      case 'ExportDefaultDeclaration':
      case 'ExportAllDeclaration':
        return exportOf(
          node,
          (each) => emit(each, scope),
          (each) => String(site(each)),
        );
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
        return ask('unary', [JSON.stringify(operator), part(argument, scope), String(site(node))], node);
    }
  };

  const loop = (node: NodeOf<'ForOfStatement'> | NodeOf<'ForInStatement'>, scope: Scope): string => {
    const { left, right } = node;
    const within = innerScope(left.type === 'VariableDeclaration' ? namesOfBlock([left]) : [], scope);
    const method = node.type === 'ForInStatement' ? 'keys' : 'spread';
    const replaced = new Map<AnyNode, string>([
      [right, ask(method, [part(right, scope), String(site(right))], right)],
      ...(left.type === 'VariableDeclaration' ? [] : [[left as AnyNode, target(left, scope)] as const]),
    ]);
    const text = copyWith(node, replaced, within);
    if (node.type === 'ForOfStatement') return text;
    // The runtime gives the keys as a list, because a claim's keys are data.
    const [head] = text.slice(0, text.indexOf(replaced.get(right) ?? '')).match(/\bin\s*\(*\s*$/) ?? [''];
    const at = text.indexOf(replaced.get(right) ?? '') - head.length;
    return `${text.slice(0, at)}of${text.slice(at + 2)}`;
  };

  const code = copy(program, innerScope([...namesOfBody(program.body), 'require', 'module', 'exports'], undefined));
  return { code, sites };
}

function logical(operator: '&&' | '||' | '??', left: string, right: string): string {
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
