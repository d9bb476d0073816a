/**
 * Jinja's filters and tests (https://jinja.palletsprojects.com/en/stable/templates/#builtin-filters), those that model
 * files use. A filter over data gives data again.
 */
import { numeric, same } from './operators.ts';
import {
  booleanOf,
  type Call,
  dataOf,
  deniedFor,
  described,
  itemsOf,
  lacks,
  NONE,
  numberOf,
  partsOf,
  plainOf,
  scalarOf,
  TemplateFault,
  type TextPart,
  textOf,
  truth,
  type Value,
} from './value.ts';

type Filter = (value: Value, args: readonly Value[], named: ReadonlyMap<string, Value>) => Value;

export const FILTERS: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ['default', orDefault],
  ['d', orDefault],
  ['lower', (value) => mapText(value, (text) => text.toLowerCase())],
  ['upper', (value) => mapText(value, (text) => text.toUpperCase())],
  ['trim', (value) => wholeText(value, 'trim', (text) => text.trim())],
  ['capitalize', (value) => wholeText(value, 'capitalize', capitalized)],
  ['title', (value) => wholeText(value, 'title', (text) => text.replace(/[^\s-]+/g, capitalized))],
  [
    'replace',
    (value, args) => {
      const [from, to] = [plainText(args[0], 'replace'), plainText(args[1], 'replace')];
      if (isTainted(args[0]) || isTainted(args[1])) throw new TemplateFault('replace takes no claims as arguments');
      return wholeText(value, 'replace', (text) => text.replaceAll(from, to));
    },
  ],
  ['indent', (value, args) => mapText(value, (text) => indented(text, args[0] === undefined ? 4 : numeric(args[0])))],
  ['string', (value) => ({ kind: 'text', parts: partsOf(value) })],
  ['safe', (value) => value],
  ['join', join],
  ['length', (value) => numberOf(lengthOf(value))],
  ['count', (value) => numberOf(lengthOf(value))],
  ['first', (value) => itemsOf(value)[0] ?? { kind: 'undefined', name: 'first' }],
  ['last', (value) => itemsOf(value).at(-1) ?? { kind: 'undefined', name: 'last' }],
  ['list', (value) => ({ kind: 'list', items: [...itemsOf(value)] })],
  ['reverse', (value) => ({ kind: 'list', items: [...itemsOf(value)].reverse() })],
  ['sort', (value) => ({ kind: 'list', items: [...itemsOf(value)].sort(byText) })],
  ['unique', (value) => ({ kind: 'list', items: unique(itemsOf(value)) })],
  ['map', mapItems],
  ['abs', (value) => numberLike(value, Math.abs(numeric(value)))],
  ['round', (value, args) => numberLike(value, rounded(numeric(value), args[0] === undefined ? 0 : numeric(args[0])))],
  ['int', (value) => asNumber(value, /^[+-]?\d+$/, Math.trunc)],
  ['float', (value) => asNumber(value, /^[+-]?\d+(\.\d+)?$/, (number) => number)],
]);

type Test = (value: Value, args: readonly Value[]) => Value;

export const TESTS: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['defined', ({ kind }) => booleanOf(kind !== 'missing' && kind !== 'undefined')],
  ['undefined', ({ kind }) => booleanOf(kind === 'missing' || kind === 'undefined')],
  ['none', ({ kind }) => booleanOf(kind === 'missing' || kind === 'none')],
  ['string', (value) => typed(value, (plain) => typeof plain === 'string')],
  ['number', (value) => typed(value, (plain) => typeof plain === 'number' || typeof plain === 'bigint')],
  ['integer', (value) => typed(value, (plain) => Number.isInteger(plain) || typeof plain === 'bigint')],
  ['boolean', (value) => typed(value, (plain) => typeof plain === 'boolean')],
  ['sequence', (value) => typed(value, (plain) => Array.isArray(plain) || typeof plain === 'string')],
  [
    'iterable',
    (value) => typed(value, (plain) => typeof plain === 'string' || (typeof plain === 'object' && plain !== null)),
  ],
  ['mapping', (value) => typed(value, (plain) => typeof plain === 'object' && plain !== null && !Array.isArray(plain))],
  ['true', (value) => typed(value, (plain) => plain === true)],
  ['false', (value) => typed(value, (plain) => plain === false)],
  ['odd', (value) => booleanOf(Math.abs(numeric(value) % 2) === 1)],
  ['even', (value) => booleanOf(numeric(value) % 2 === 0)],
  ['divisibleby', (value, args) => booleanOf(numeric(value) % numeric(args[0] ?? NONE) === 0)],
]);

/** Methods of texts, lists and dictionaries that Python's users call; undefined for another name. */
export function methodOf(value: Value, name: string): Value | undefined {
  const method = (call: Call): Value => ({ kind: 'function', name, call });
  if (value.kind === 'dict') {
    switch (name) {
      case 'items':
        return method(() => ({
          kind: 'list',
          items: [...value.entries].map(([key, inner]) => pair(textOf(key), inner)),
        }));
      case 'keys':
        return method(() => ({ kind: 'list', items: [...itemsOf(value)] }));
      case 'values':
        return method(() => ({ kind: 'list', items: [...value.entries.values()] }));
      case 'get':
        return method(([key, other]) => value.entries.get(plainText(key, 'get')) ?? other ?? NONE);
      default:
        return undefined;
    }
  }
  if (value.kind === 'list' && name === 'append') {
    return method(([item]) => {
      if (item !== undefined) value.items.push(item);
      return NONE;
    });
  }
  if (value.kind !== 'text' && !(value.kind === 'data' && typeof value.value === 'string')) return undefined;
  switch (name) {
    case 'lower':
    case 'upper':
    case 'title':
    case 'capitalize':
    case 'replace':
    case 'trim':
    case 'strip':
      return method((args, named) => {
        const filter = FILTERS.get(name === 'strip' ? 'trim' : name);
        if (filter === undefined) throw new Error(`no filter ${name}`);
        return filter(value, args, named);
      });
    case 'startswith':
      return method(([start]) => booleanOf((plainOf(value) as string).startsWith(plainText(start, name))));
    case 'endswith':
      return method(([end]) => booleanOf((plainOf(value) as string).endsWith(plainText(end, name))));
    case 'split':
      return method(([by]) => split(value, plainText(by ?? textOf(' '), name)));
    case 'join':
      return method(([items]) => join(items ?? NONE, [value]));
    default:
      return undefined;
  }
}

function pair(key: Value, value: Value): Value {
  return { kind: 'list', items: [key, value] };
}

function orDefault(value: Value, args: readonly Value[], named: ReadonlyMap<string, Value>): Value {
  const other = args[0] ?? named.get('default_value') ?? textOf('');
  if (value.kind === 'missing' || value.kind === 'undefined') return other;
  const also = args[1] ?? named.get('boolean');
  return also !== undefined && truth(also) && truth(value) === false ? other : value;
}

/** Each part by itself: what is data stays data, what is text stays text. */
function mapText(value: Value, change: (text: string) => string): Value {
  if (value.kind === 'data') {
    if (typeof value.value !== 'string') throw deniedFor(`claim "${value.name}" must be a text here`);
    return { ...value, value: change(value.value) };
  }
  const parts = partsOf(value).map(
    (part): TextPart =>
      typeof part === 'string'
        ? change(part)
        : { kind: 'scalar', name: part.name, value: change(String(scalarOf(part))) },
  );
  return { kind: 'text', parts };
}

/** Only where the whole is either data or text. */
function wholeText(value: Value, filter: string, change: (text: string) => string): Value {
  if (value.kind === 'text' && value.parts.length > 1 && isTainted(value)) {
    throw new TemplateFault(`a text with a claim in it cannot go through "${filter}"; apply it to the claim`);
  }
  return mapText(value, change);
}

function isTainted(value: Value | undefined): boolean {
  return value?.kind === 'data' || (value?.kind === 'text' && value.parts.some((part) => typeof part !== 'string'));
}

function plainText(value: Value | undefined, name: string): string {
  if (value?.kind === 'missing') throw lacks(value.of);
  const plain = value === undefined ? undefined : plainOf(value);
  if (typeof plain !== 'string') throw new TemplateFault(`"${name}" takes a text`);
  return plain;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1).toLowerCase();
}

function indented(text: string, width: number): string {
  if (width < 0 || width > 100) throw new TemplateFault('indent takes 0 to 100');
  return text.replace(/\n(?=[^\n])/g, `\n${' '.repeat(width)}`);
}

/** An empty list of a claim's own is no text: what is built of it would match too much or break. */
function join(value: Value, args: readonly Value[]): Value {
  const items = itemsOf(value);
  if (items.length === 0 && value.kind === 'data')
    throw deniedFor(`claim "${value.name}" must not be an empty list here`);
  const separator = args[0] === undefined ? [] : partsOf(args[0]);
  return {
    kind: 'text',
    parts: items.flatMap((item, i) => (i === 0 ? partsOf(item) : [...separator, ...partsOf(item)])),
  };
}

function split(value: Value, by: string): Value {
  if (by === '') throw new TemplateFault('split takes a text that is not empty');
  if (value.kind === 'text' && isTainted(value)) throw new TemplateFault('a text with a claim in it cannot be split');
  const parts = (plainOf(value) as string).split(by);
  return {
    kind: 'list',
    items: parts.map((part) => (value.kind === 'data' ? { ...value, value: part } : textOf(part))),
  };
}

function lengthOf(value: Value): number {
  if (value.kind === 'text' || (value.kind === 'data' && typeof value.value === 'string')) {
    return [...(plainOf(value) as string)].length;
  }
  return itemsOf(value).length;
}

function byText(a: Value, b: Value): number {
  const [left, right] = [plainOf(a), plainOf(b)];
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return String(left) < String(right) ? -1 : 1;
}

function unique(items: readonly Value[]): Value[] {
  return items.filter((item, i) => items.findIndex((other) => same(plainOf(other), plainOf(item))) === i);
}

/** `map('upper')`, `map(attribute='name')` */
function mapItems(value: Value, args: readonly Value[], named: ReadonlyMap<string, Value>): Value {
  const attribute = named.get('attribute');
  const [name, ...rest] = args;
  const filter = name === undefined ? undefined : FILTERS.get(plainText(name, 'map'));
  if (attribute === undefined && filter === undefined) throw new TemplateFault('map takes a filter or an attribute');
  return {
    kind: 'list',
    items: itemsOf(value).map((item): Value => {
      if (attribute === undefined) return filter?.(item, rest, new Map()) ?? NONE;
      return member(item, plainText(attribute, 'map'));
    }),
  };
}

/** `value.name` of a dictionary or a claim. */
export function member(value: Value, name: string): Value {
  if (value.kind === 'missing') return { kind: 'missing', of: `${value.of}.${name}` };
  if (value.kind === 'dict') return value.entries.get(name) ?? { kind: 'undefined', name };
  if (value.kind === 'data' && typeof value.value === 'object' && !Array.isArray(value.value)) {
    const claims = value.value as { readonly [key: string]: Parameters<typeof dataOf>[1] };
    const path = value.name === '' ? name : `${value.name}.${name}`;
    return dataOf(path, Object.hasOwn(claims, name) ? claims[name] : undefined);
  }
  if (value.kind === 'data') return { kind: 'missing', of: `${value.name}.${name}` };
  if (value.kind === 'denied') throw value.error;
  if (value.kind === 'undefined' || value.kind === 'none')
    throw new TemplateFault(`${described(value)} has no "${name}"`);
  return { kind: 'undefined', name };
}

function numberLike(value: Value, number: number): Value {
  return value.kind === 'data' ? dataOf(value.name, plainOf(numberOf(number)) as number) : numberOf(number);
}

function rounded(value: number, digits: number): number {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor;
}

/** A text that is a number and nothing else; another is refused, and never 0. */
function asNumber(value: Value, form: RegExp, change: (number: number) => number): Value {
  if (value.kind === 'missing') throw lacks(value.of);
  const plain = plainOf(value);
  const text = typeof plain === 'string' ? plain.trim() : String(plain);
  if ((typeof plain !== 'string' && typeof plain !== 'number') || (typeof plain === 'string' && !form.test(text))) {
    throw isTainted(value)
      ? deniedFor('a claim must be a number here')
      : new TemplateFault(`${described(value)} is no number`);
  }
  return numberLike(value, change(Number(text)));
}

function typed(value: Value, test: (plain: unknown) => boolean): Value {
  return value.kind === 'missing' ? value : booleanOf(test(plainOf(value)));
}
