/**
 * Template expressions, evaluated over `Value`s: data paths, listed filters and functions that were put in scope.
 * There is no way from here to JavaScript's own objects (security case C27).
 */
import { FILTERS, member, methodOf, TESTS } from './filters.ts';
import { and, arithmetic, compare, concat, contains, negative, not, notIn, or } from './operators.ts';
import { inner, lookUp, type Scope } from './scope.ts';
import { type ArgumentsNode, type ExpressionNode, type ListNode, placeOf } from './syntax.ts';
import {
  booleanOf,
  described,
  itemsOf,
  lacks,
  NONE,
  numberOf,
  plainOf,
  TemplateFault,
  textOf,
  truth,
  type Value,
} from './value.ts';

/** @throws SqlError 42501 for what this context lacks, TemplateFault with its place for the author's faults */
export function evaluate(node: ExpressionNode, scope: Scope): Value {
  scope.budget.step();
  try {
    return evaluated(node, scope);
  } catch (error) {
    if (error instanceof TemplateFault && error.at === undefined) {
      // A call's own place is its parenthesis.
      throw new TemplateFault(error.message, placeOf(scope.file, node.typename === 'FunCall' ? node.name : node));
    }
    throw error;
  }
}

function evaluated(node: ExpressionNode, scope: Scope): Value {
  const value = (part: ExpressionNode): Value => evaluate(part, scope);
  switch (node.typename) {
    case 'Literal':
      return literal(node.value);
    case 'Symbol':
      return PYTHON_NAMES.get(node.value) ?? lookUp(scope, node.value);
    case 'Group':
      return node.children.length === 1 && node.children[0] !== undefined
        ? value(node.children[0])
        : { kind: 'list', items: node.children.map(value) };
    case 'Array':
      return { kind: 'list', items: node.children.map(value) };
    case 'Dict':
      return {
        kind: 'dict',
        entries: new Map(node.children.map((pair): [string, Value] => [keyOf(pair.key, scope), value(pair.value)])),
      };
    case 'LookupVal':
      return lookUpIn(value(node.target), node.val, scope);
    case 'FunCall':
      return call(value(node.name), node.args, scope);
    case 'Filter':
      return filtered(node.name, node.args, scope);
    case 'InlineIf':
      if (truth(value(node.cond))) return value(node.body);
      return node.else_ === null ? textOf('') : value(node.else_);
    case 'Not':
      return node.target.typename === 'In'
        ? notIn(value(node.target.left), value(node.target.right))
        : not(value(node.target));
    case 'Neg':
      return negative(value(node.target));
    case 'Pos':
      return value(node.target);
    case 'And':
      return and(value(node.left), () => value(node.right));
    case 'Or':
      return or(value(node.left), () => value(node.right));
    case 'In':
      return contains(value(node.left), value(node.right));
    case 'Is':
      return tested(node.left, node.right, scope);
    case 'Concat':
      return spent(concat(value(node.left), value(node.right)), scope);
    case 'Add':
    case 'Sub':
    case 'Mul':
    case 'Div':
    case 'FloorDiv':
    case 'Mod':
    case 'Pow':
      return spent(arithmetic(node.typename, value(node.left), value(node.right)), scope);
    case 'Compare': {
      let result: Value = booleanOf(true);
      let left = value(node.expr);
      for (const { type, expr } of node.ops) {
        const right = value(expr);
        result = and(result, () => compare(type, left, right));
        left = right;
      }
      return result;
    }
    case 'Caller':
      return macro('caller', node.args, node.body, scope);
    case 'Capture':
      return scope.capture(node.body, inner(scope));
    default:
      throw unknownNode(node);
  }
}

/** Names that Python's users write. */
const PYTHON_NAMES: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['True', booleanOf(true)],
  ['False', booleanOf(false)],
  ['None', NONE],
]);

/** A node that nunjucks has and these templates have not. */
export function unknownNode(node: { readonly typename: string }): TemplateFault {
  return new TemplateFault(`${node.typename.toLowerCase()} is not supported in templates`);
}

function literal(value: unknown): Value {
  if (value === null) return NONE;
  switch (typeof value) {
    case 'string':
      return textOf(value);
    case 'boolean':
      return booleanOf(value);
    case 'number':
      return numberOf(value);
    default:
      throw new TemplateFault('a regular expression is not supported in templates');
  }
}

/** `{name: 1}` is taken as `{'name': 1}`, as in nunjucks. */
function keyOf(node: ExpressionNode, scope: Scope): string {
  const key = node.typename === 'Symbol' ? node.value : plainOf(evaluate(node, scope));
  if (typeof key !== 'string') throw new TemplateFault('a key must be a text');
  return key;
}

function lookUpIn(target: Value, key: ExpressionNode, scope: Scope): Value {
  const name = evaluate(key, scope);
  if (name.kind === 'missing') throw lacks(name.of);
  const plain = plainOf(name);
  if (typeof plain === 'number') {
    const items = itemsOf(target);
    return items.at(plain) ?? { kind: 'undefined', name: String(plain) };
  }
  if (typeof plain !== 'string') throw new TemplateFault('a lookup takes a name or an index');
  return methodOf(target, plain) ?? member(target, plain);
}

function tested(left: ExpressionNode, right: ExpressionNode, scope: Scope): Value {
  const [name, args] =
    right.typename === 'FunCall'
      ? [testName(right.name), argumentsOf(right.args, scope).args]
      : [testName(right), [] as readonly Value[]];
  const value = evaluate(left, scope);
  const test = TESTS.get(name);
  if (test !== undefined) return test(value, args);
  const [other = NONE] = args;
  switch (name) {
    case 'eq':
    case 'equalto':
    case 'sameas':
      return compare('==', value, other);
    case 'ne':
      return compare('!=', value, other);
    case 'in':
      return contains(value, other);
    default:
      throw new TemplateFault(`unknown test "${name}"`);
  }
}

function testName(node: ExpressionNode): string {
  if (node.typename === 'Symbol') return node.value;
  if (node.typename === 'Literal' && (node.value === null || typeof node.value === 'boolean')) {
    return node.value === null ? 'none' : String(node.value);
  }
  throw new TemplateFault('"is" takes the name of a test');
}

function filtered(nameNode: ExpressionNode, argsNode: ArgumentsNode, scope: Scope): Value {
  const name = nameNode.typename === 'Symbol' ? nameNode.value : '';
  const filter = FILTERS.get(name);
  if (filter === undefined) throw new TemplateFault(`unknown filter "${name}"`);
  const { args, named } = argumentsOf(argsNode, scope);
  const [subject = NONE, ...rest] = args;
  return spent(filter(subject, rest, named), scope);
}

function call(target: Value, argsNode: ArgumentsNode, scope: Scope): Value {
  // A method of a claim that is not there.
  if (target.kind === 'missing') throw lacks(target.of.replace(/\.\w+$/, ''));
  if (target.kind === 'denied') throw target.error;
  if (target.kind !== 'function') {
    throw new TemplateFault(
      target.kind === 'undefined' ? `"${target.name}" is not defined` : `${described(target)} is no function`,
    );
  }
  const { args, named } = argumentsOf(argsNode, scope);
  return spent(target.call(args, named), scope);
}

/** What filters and functions make counts too: a text can be doubled only so often. */
function spent(value: Value, { budget }: Scope): Value {
  if (value.kind === 'text') for (const part of value.parts) budget.grow(typeof part === 'string' ? part.length : 1);
  if (value.kind === 'list') budget.grow(value.items.length);
  return value;
}

type Arguments = { readonly args: readonly Value[]; readonly named: ReadonlyMap<string, Value> };

function argumentsOf({ children }: ArgumentsNode, scope: Scope): Arguments {
  const args: Value[] = [];
  const named = new Map<string, Value>();
  for (const child of children) {
    if (child.typename !== 'KeywordArgs') {
      args.push(evaluate(child, scope));
      continue;
    }
    for (const { key, value } of child.children) named.set(keyOf(key, scope), evaluate(value, scope));
  }
  return { args, named };
}

/** A function that writes its body; what it writes keeps apart text and data. */
export function macro(name: string, parameters: ArgumentsNode, body: ListNode, scope: Scope): Value {
  const positional: string[] = [];
  const defaults = new Map<string, ExpressionNode>();
  for (const child of parameters.children) {
    if (child.typename === 'Symbol') positional.push(child.value);
    else if (child.typename === 'KeywordArgs') {
      for (const { key, value } of child.children) defaults.set(keyOf(key, scope), value);
    } else throw new TemplateFault(`a parameter of macro "${name}" must be a name`);
  }
  const names = [...positional, ...defaults.keys()];
  return {
    kind: 'function',
    name,
    call: (args, named) => {
      if (args.length > names.length) throw new TemplateFault(`macro "${name}" takes ${names.length} arguments`);
      const own = inner(scope);
      const unknown = [...named.keys()].find((key) => !names.includes(key) && key !== 'caller');
      if (unknown !== undefined) throw new TemplateFault(`macro "${name}" has no parameter "${unknown}"`);
      for (const [i, parameter] of names.entries()) {
        const fallback = defaults.get(parameter);
        const value = args[i] ?? named.get(parameter) ?? (fallback === undefined ? undefined : evaluate(fallback, own));
        own.names.set(parameter, value ?? { kind: 'undefined', name: parameter });
      }
      const caller = named.get('caller');
      if (caller !== undefined) own.names.set('caller', caller);
      return scope.budget.nested(() => scope.capture(body, own));
    },
  };
}
