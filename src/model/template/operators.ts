/**
 * Operators of template expressions. A comparison with a missing claim is missing itself: false as a condition, and
 * refused under `not`, so that no negation opens what a missing claim should close (contract 7, point 5).
 */
import type { Claim } from '../security-context.ts';
import {
  booleanOf,
  type Data,
  dataOf,
  deniedFor,
  described,
  isClaimMap,
  itemsOf,
  lacks,
  numberOf,
  partsOf,
  plainOf,
  TemplateFault,
  truth,
  type Value,
} from './value.ts';

/** @throws SqlError 42501 under a missing claim */
export function not(value: Value): Value {
  if (value.kind === 'missing') throw lacks(value.of);
  return booleanOf(!truth(value));
}

/** False wins over a missing claim, and a missing claim over true. */
export function and(left: Value, right: () => Value): Value {
  if (left.kind === 'missing') return left;
  return truth(left) ? right() : left;
}

/** True wins over a missing claim, and a missing claim over false. */
export function or(left: Value, right: () => Value): Value {
  if (left.kind === 'missing') {
    const other = right();
    return truth(other) ? other : left;
  }
  return truth(left) ? left : right();
}

/** @throws SqlError 42501 for `!=` with a missing claim or one of another type */
export function compare(operator: string, left: Value, right: Value): Value {
  const missing = left.kind === 'missing' ? left : right.kind === 'missing' ? right : undefined;
  if (missing !== undefined && operator === '!=') throw lacks(missing.of);
  if (missing !== undefined) return missing;
  const [a, b] = [plainOf(left), plainOf(right)];
  switch (operator) {
    case '==':
      return booleanOf(same(a, b));
    case '!=':
      if ((isData(left) || isData(right)) && !comparable(a, b)) throw typesDiffer();
      return booleanOf(!same(a, b));
    case '<':
    case '<=':
    case '>':
    case '>=':
      return booleanOf(ordered(operator, a, b, isData(left) || isData(right)));
    default:
      throw new TemplateFault(`unknown operator ${operator}`);
  }
}

/** `in` over lists, keys and texts. */
export function contains(left: Value, right: Value): Value {
  if (right.kind === 'missing') return right;
  if (left.kind === 'missing') return left;
  const item = plainOf(left);
  if (right.kind === 'text' || (right.kind === 'data' && typeof right.value === 'string')) {
    const text = plainOf(right) as string;
    if (typeof item !== 'string') throw new TemplateFault('only a text can be in a text');
    return booleanOf(text.includes(item));
  }
  return booleanOf(itemsOf(right).some((each) => same(plainOf(each), item)));
}

/** `not in`. @throws SqlError 42501 for a missing claim, and for one of another type than an item */
export function notIn(left: Value, right: Value): Value {
  const found = contains(left, right);
  if (found.kind === 'missing') throw lacks(found.of);
  if (right.kind === 'list' || (right.kind === 'data' && Array.isArray(right.value))) {
    const data = isData(left) || isData(right);
    if (data && itemsOf(right).some((item) => !comparable(plainOf(item), plainOf(left)))) throw typesDiffer();
  }
  return not(found);
}

/** `~`, and `+` of texts. */
export function concat(left: Value, right: Value): Value {
  return { kind: 'text', parts: [...partsOf(left), ...partsOf(right)] };
}

export type Arithmetic = 'Add' | 'Sub' | 'Mul' | 'Div' | 'FloorDiv' | 'Mod' | 'Pow';

export function arithmetic(operator: Arithmetic, left: Value, right: Value): Value {
  if (operator === 'Add') {
    if (isText(left) || isText(right)) return concat(left, right);
    if (left.kind === 'list' && right.kind === 'list') return { kind: 'list', items: [...left.items, ...right.items] };
  }
  const result = numberOf(calculate(operator, numeric(left), numeric(right)));
  const data = [left, right].find((value): value is Data => value.kind === 'data');
  return data === undefined ? result : dataOf(data.name, plainOf(result) as number);
}

export function negative(value: Value): Value {
  return arithmetic('Sub', { kind: 'number', value: 0 }, value);
}

export function numeric(value: Value): number {
  if (value.kind === 'missing') throw lacks(value.of);
  const plain = value.kind === 'number' || value.kind === 'data' ? value.value : undefined;
  if (typeof plain === 'number') return plain;
  if (value.kind === 'data') throw deniedFor(`claim "${value.name}" must be a number`);
  throw new TemplateFault(`${described(value)} is no number`);
}

function calculate(operator: Arithmetic, a: number, b: number): number {
  switch (operator) {
    case 'Add':
      return a + b;
    case 'Sub':
      return a - b;
    case 'Mul':
      return a * b;
    case 'Div':
      return a / b;
    case 'FloorDiv':
      return Math.floor(a / b);
    case 'Mod':
      return a - Math.floor(a / b) * b;
    case 'Pow':
      return a ** b;
  }
}

function isText(value: Value): boolean {
  return value.kind === 'text' || (value.kind === 'data' && typeof value.value === 'string');
}

/** Of a claim, whole or in part. */
export function isData(value: Value): boolean {
  return value.kind === 'data' || (value.kind === 'text' && value.parts.some((part) => typeof part !== 'string'));
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** Equal in type and value; 1 and 1n are the same number, 1 and "1" are not. */
export function same(a: unknown, b: unknown): boolean {
  // biome-ignore lint/suspicious/noDoubleEquals: a number and a bigint of one value are equal
  if (isNumber(a) && isNumber(b)) return a == b;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => same(item, b[i]));
  if (isClaimMap(a as Claim) && isClaimMap(b as Claim)) {
    const [left, right] = [a as { readonly [name: string]: Claim }, b as { readonly [name: string]: Claim }];
    const keys = Object.keys(left);
    return keys.length === Object.keys(right).length && keys.every((key) => same(left[key], right[key]));
  }
  return a === b;
}

/** Values of different types are never equal, so under `!=` a claim of the wrong type would open. */
function comparable(a: unknown, b: unknown): boolean {
  if (typeof a === 'object' || typeof b === 'object') return Array.isArray(a) && Array.isArray(b);
  return (isNumber(a) && isNumber(b)) || typeof a === typeof b;
}

function ordered(operator: '<' | '<=' | '>' | '>=', a: unknown, b: unknown, data: boolean): boolean {
  if (!((isNumber(a) && isNumber(b)) || (typeof a === 'string' && typeof b === 'string'))) {
    throw data ? typesDiffer() : new TemplateFault('values of different types cannot be compared');
  }
  switch (operator) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
  }
}

function typesDiffer(): Error {
  return deniedFor('claims of different types cannot be compared');
}
