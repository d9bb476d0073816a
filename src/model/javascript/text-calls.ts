/**
 * Calls on texts: a claim that is one, the author's text with claims in it, and functions of one plain value.
 */
import { deniedFor } from '../template/value.ts';
import type { Claimed } from './claim.ts';
import type { Fail, Operators, Rendering } from './operators.ts';

export type Callable = (...args: unknown[]) => unknown;

/** A method of a claim. @param own the claim as the script has it; `written` for messages */
export type CallOnClaim = (
  claimed: Claimed,
  own: unknown,
  name: string,
  args: readonly unknown[],
  written: string,
  fail: Fail,
) => unknown;

export type TextCalls = {
  /** With the real values; what comes of it is data. @param name the claim's */
  readonly pure: (own: Callable, holder: unknown, args: readonly unknown[], name: string) => unknown;
  readonly ofClaim: CallOnClaim;
  readonly ofMarked: (own: string, name: string, args: readonly unknown[], written: string, fail: Fail) => unknown;
};

/** Of lists, as long as they stay as they are. */
export const READS_LIST: ReadonlySet<string> = new Set(
  (
    'at concat entries every filter find findIndex findLast findLastIndex flat flatMap forEach includes indexOf join ' +
    'keys lastIndexOf map reduce reduceRight slice some toReversed toSorted toString values'
  ).split(' '),
);
export const OF_TEXT: ReadonlySet<string> = new Set(
  (
    'at charAt charCodeAt codePointAt endsWith includes indexOf lastIndexOf localeCompare match normalize padEnd ' +
    'padStart repeat replace replaceAll search slice split startsWith substring substr toLocaleLowerCase ' +
    'toLocaleUpperCase toLowerCase toUpperCase trim trimEnd trimStart'
  ).split(' '),
);
/** They answer a question about the text as it will be. */
const ASKS_TEXT = new Set('endsWith includes indexOf lastIndexOf localeCompare search startsWith'.split(' '));
/** They change what the author has written around the claims, and leave those whole. */
const SHAPES_TEXT = new Set('replace replaceAll split trim trimEnd trimStart'.split(' '));
const STAND_INS = /[\uE100-\uF8FF]/;
const FIRST_STAND_IN = 0xe100;

/** @param list a list as scripts have them */
export function textCalls(
  { claims, tokens }: Rendering,
  { plain, text, made, number }: Operators,
  list: (items: readonly unknown[]) => unknown[],
): TextCalls {
  /** What a function makes of claims is data. */
  const dataOf = (name: string, value: unknown): unknown => {
    switch (typeof value) {
      case 'string':
      case 'bigint':
        return made(name, value);
      case 'number':
        return number(name, value);
      case 'object':
        return Array.isArray(value) ? list(value.map((item) => dataOf(name, item))) : null;
      default:
        return typeof value === 'boolean' ? value : undefined;
    }
  };
  /** With the real values, functions of the author's among the arguments excepted. */
  const pure = (own: Callable, holder: unknown, args: readonly unknown[], name: string): unknown => {
    const passed = args.map((arg) =>
      typeof arg === 'function'
        ? (...given: unknown[]) => plain(arg(...given.map((each) => dataOf(name, each))))
        : plain(arg),
    );
    return dataOf(name, Reflect.apply(own, holder, passed));
  };

  const ofClaim: CallOnClaim = (claimed, own, name, args, written, fail) => {
    const value = String(claimed.value);
    if (name === 'concat') return [own, ...args].map((each) => text(each, written, fail)).join('');
    const method: unknown = Reflect.get(Object(value) as object, name);
    if (READS_LIST.has(name) && !OF_TEXT.has(name)) throw deniedFor(`claim "${claimed.name}" must be a list`);
    if (!OF_TEXT.has(name) || typeof method !== 'function') return fail(`"${written}" is not a function`);
    return pure(method as Callable, value, args, claimed.name);
  };

  /** The author's text with claims in it. */
  const ofMarked = (own: string, name: string, args: readonly unknown[], written: string, fail: Fail): unknown => {
    const method = Reflect.get(Object(own) as object, name) as Callable;
    if (name === 'concat') return [own, ...args].map((each) => text(each, written, fail)).join('');
    if (name === 'toString' || name === 'valueOf') return own;
    if (ASKS_TEXT.has(name)) return Reflect.apply(method, plain(own), args.map(plain));
    if (name === 'toLowerCase' || name === 'toUpperCase') {
      return tokens
        .split(own)
        .map((piece) => {
          if (piece.kind === 'text') return Reflect.apply(method, piece.text, []);
          const { value } = piece;
          return value.kind === 'scalar'
            ? tokens.mint({
                ...value,
                value: typeof value.value === 'string' ? String(Reflect.apply(method, value.value, [])) : value.value,
              })
            : tokens.mint(value);
        })
        .join('');
    }
    if (!SHAPES_TEXT.has(name) || args.some((arg) => typeof arg !== 'string' && claims.of(arg) !== undefined)) {
      return fail(`${name}() cannot be called on a text that holds a claim; call it on the claim`);
    }
    return shaped(own, method, args, fail);
  };

  /** One character stands for each claim meanwhile, so that it stays whole; all of them have to be there afterwards. */
  const shaped = (own: string, method: Callable, args: readonly unknown[], fail: Fail): unknown => {
    const pieces = tokens.split(own);
    const held = pieces.flatMap((piece) => (piece.kind === 'claim' ? [piece.value] : []));
    if (STAND_INS.test(own)) return fail('the characters U+E100 to U+F8FF cannot stand in a text that holds a claim');
    let i = 0;
    const text = pieces
      .map((piece) => (piece.kind === 'text' ? piece.text : String.fromCharCode(FIRST_STAND_IN + i++)))
      .join('');
    const result = Reflect.apply(method, text, [...args]);
    const parts: readonly unknown[] = Array.isArray(result) ? result : [result];
    const left = parts.join('').match(new RegExp(STAND_INS, 'g')) ?? [];
    if (left.length !== held.length || new Set(left).size !== held.length) {
      return fail('this would damage a claim in the text; call it on the claim');
    }
    const restored = parts.map((part) =>
      String(part).replace(new RegExp(STAND_INS, 'g'), (each) => {
        const value = held[each.charCodeAt(0) - FIRST_STAND_IN];
        return value === undefined ? '' : tokens.mint(value);
      }),
    );
    return Array.isArray(result) ? list(restored) : restored[0];
  };

  return { pure, ofClaim, ofMarked };
}
