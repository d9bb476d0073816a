/**
 * JavaScript's operators over values that may be claims: comparisons and conditions see the real value, texts keep a
 * token, numbers stay data (contract 7.5).
 */
import type { SqlError } from '../../errors.ts';
import { same } from '../template/operators.ts';
import { rawText } from '../template/raw-sql.ts';
import { type ClaimTokens, hasMarker } from '../template/tokens.ts';
import { deniedFor, lacks, scalarOf, type TextPart, truth } from '../template/value.ts';
import type { Claimed, Claims } from './claim.ts';
import type { References } from './reference.ts';

/** What one rendering of the model has in common. */
export type Rendering = {
  readonly claims: Claims;
  readonly tokens: ClaimTokens;
  readonly references: References;
};

/** Throws the author's fault at its place. */
export type Fail = (message: string) => never;

/** `last` of `present(a) ? last() : b`: nothing is evaluated between the two. */
export type Operators = ReturnType<typeof operatorsOf>;

export function operatorsOf({ claims, tokens, references }: Rendering) {
  let last: unknown;

  /** The text with its claims' values in it, to look at. */
  const read = (text: string): string =>
    partsOfText(text)
      .map((part) => (typeof part === 'string' ? part : String(scalarOf(part))))
      .join('');
  const partsOfText = (text: string): readonly TextPart[] =>
    tokens.split(text).map((piece) => {
      if (piece.kind === 'text') return piece.text;
      if (piece.value.kind === 'denied') throw piece.value.error;
      return piece.value;
    });

  /** The real value. Only what the runtime compares may be it. */
  const plain = (value: unknown): unknown => {
    const known = claims.settled(value);
    const claimed = claims.of(known);
    if (claimed !== undefined) return claimed.value;
    if (typeof known === 'string') return hasMarker(known) ? read(known) : known;
    references.refuse(known);
    return known;
  };

  const condition = (value: unknown): boolean => {
    const known = claims.settled(value);
    last = known;
    const claimed = claims.of(known);
    if (claimed !== undefined) return truth({ kind: 'data', ...claimed });
    if (typeof known === 'string' && hasMarker(known)) return truth({ kind: 'text', parts: partsOfText(known) });
    references.refuse(known);
    return Boolean(known);
  };

  /** Of `||`: what is not there gives way. What it leads to is asked again where it is a condition. */
  const given = (value: unknown): boolean => {
    last = claims.settled(value);
    return Boolean(plain(last));
  };

  const present = (value: unknown): boolean => {
    last = claims.settled(value);
    return last !== undefined && last !== null;
  };

  /** For what is nothing although it should be something. @param written what the author has written */
  const absent = (written: string): SqlError | undefined => {
    const name = /(\w+)\W*$/.exec(written)?.[1];
    const path = claims.missing.findLast((each) => each.split('.').at(-1) === name) ?? claims.missing.at(-1);
    return path === undefined ? undefined : lacks(path);
  };

  const text = (value: unknown, written: string, fail: Fail): string => {
    const known = claims.settled(value);
    const claimed = claims.of(known);
    if (claimed !== undefined) return claims.token(claimed);
    if (typeof known === 'string') return known;
    if (known === undefined || known === null) {
      const error = absent(written);
      return error === undefined ? fail(`"${written}" is ${known}`) : tokens.mint({ kind: 'denied', error });
    }
    if (typeof known === 'number' && !Number.isFinite(known)) return fail(`"${written}" is ${known}`);
    if (Array.isArray(known)) return known.map((item) => text(item, written, fail)).join(',');
    if (typeof known === 'object') {
      const own: unknown = Reflect.get(known, 'toString');
      const speaks =
        rawText(known) !== undefined || references.is(known) || /\{\s*\[native code\]/.test(String(own)) === false;
      if (!speaks && !(Symbol.toPrimitive in known)) return fail(`"${written}" is an object and no text`);
    }
    if (typeof known === 'function' || typeof known === 'symbol')
      return fail(`"${written}" is a ${typeof known} and no text`);
    return String(known);
  };

  const made = (name: string, value: Claimed['value']): object => claims.box({ name, value, path: undefined });

  /** A number that stays data. @throws SqlError 42501 for one that is not exact */
  const number = (name: string, value: number): object => {
    const exact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
    if (!exact) throw deniedFor(`claim "${name}" is no number that can be calculated with`);
    return made(name, value);
  };

  const operand = (value: unknown, written: string, fail: Fail): number => {
    const known = plain(value);
    if (known === undefined || known === null) throw absent(written) ?? fail(`"${written}" is ${known}`);
    const claimed = claims.of(value);
    if (claimed !== undefined && typeof known !== 'number') throw deniedFor(`claim "${claimed.name}" must be a number`);
    return known as number;
  };

  const equal = (a: unknown, b: unknown): boolean => {
    const [left, right] = [plain(a), plain(b)];
    const mixed = typeof left !== typeof right && [left, right].some((each) => typeof each === 'bigint');
    return mixed ? same(left, right) : left === right;
  };

  const binary = (operator: string, a: unknown, b: unknown, written: string, fail: Fail): unknown => {
    switch (operator) {
      case '===':
        return equal(a, b);
      case '!==':
        return !equal(a, b);
      case '==':
        // biome-ignore lint/suspicious/noDoubleEquals: the author's own operator
        return plain(a) == plain(b);
      case '!=':
        // biome-ignore lint/suspicious/noDoubleEquals: the author's own operator
        return plain(a) != plain(b);
      case '<':
        return (plain(a) as number) < (plain(b) as number);
      case '<=':
        return (plain(a) as number) <= (plain(b) as number);
      case '>':
        return (plain(a) as number) > (plain(b) as number);
      case '>=':
        return (plain(a) as number) >= (plain(b) as number);
      case 'in':
        return hasKey(b, a);
      case '+': {
        const [left, right] = [claims.settled(a), claims.settled(b)];
        if (isTextual(left) || isTextual(right)) return text(left, written, fail) + text(right, written, fail);
      }
    }
    const name = claims.of(a)?.name ?? claims.of(b)?.name;
    const either = [a, b].some((each) => claims.settled(each) === undefined || claims.settled(each) === null);
    if (name === undefined && either && claims.missing.length > 0) throw absent(written);
    if (name === undefined) return calculated(operator, plain(a) as number, plain(b) as number);
    return number(name, calculated(operator, operand(a, written, fail), operand(b, written, fail)));
  };

  /** Of a claim, or by one, only what is its own: `constructor` is no role. */
  const hasKey = (holder: unknown, key: unknown): boolean => {
    const within = claims.settled(holder);
    const claimed = claims.of(within);
    const name = plain(key) as string;
    const own = claimed === undefined ? (within as object) : (Object(claimed.value) as object);
    return claimed !== undefined || claims.within(key) ? Object.hasOwn(own, name) : name in own;
  };

  const isTextual = (value: unknown): boolean => {
    const claimed = claims.of(value);
    if (claimed !== undefined) return typeof claimed.value === 'string';
    return typeof value === 'string' || (typeof value === 'object' && value !== null);
  };

  const unary = (operator: string, value: unknown, written: string, fail: Fail): unknown => {
    const claimed = claims.of(value);
    switch (operator) {
      case '!':
        return !condition(value);
      case 'typeof':
        if (references.is(value)) return 'undefined';
        return typeof plain(value) === 'bigint' && claimed !== undefined ? 'number' : typeof plain(value);
      case '+':
        return claimed === undefined ? +(plain(value) as number) : number(claimed.name, Number(plain(value)));
      case '-':
        return claimed === undefined ? -(plain(value) as number) : number(claimed.name, -operand(value, written, fail));
      default:
        return claimed === undefined ? ~(plain(value) as number) : number(claimed.name, ~operand(value, written, fail));
    }
  };

  return { read, plain, condition, given, present, last: () => last, absent, text, made, number, equal, binary, unary };
}

function calculated(operator: string, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
    case '**':
      return a ** b;
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '<<':
      return a << b;
    case '>>':
      return a >> b;
    case '>>>':
      return a >>> b;
    default:
      throw new Error(`unknown operator ${operator}`);
  }
}
