/**
 * Calls of functions that JavaScript itself brings, with claims among what they get: those listed here know what to make
 * of one, every other is refused. Functions of the author's own get claims as they are.
 */

import { hasMarker } from '../template/tokens.ts';
import { deniedFor } from '../template/value.ts';
import type { Claimed } from './claim.ts';
import type { Fail, Operators, Rendering } from './operators.ts';
import { type Callable, type CallOnClaim, OF_TEXT, READS_LIST, textCalls } from './text-calls.ts';

/** JavaScript's own objects in the context that the scripts run in. */
export type Realm = Readonly<Record<string, unknown>>;

export type Calls = {
  readonly call: (own: unknown, args: readonly unknown[], written: string, fail: Fail) => unknown;
  readonly method: (
    holder: unknown,
    name: unknown,
    args: readonly unknown[],
    optional: boolean,
    written: string,
    fail: Fail,
  ) => unknown;
  readonly construct: (own: unknown, args: readonly unknown[], written: string, fail: Fail) => unknown;
  readonly list: (items: readonly unknown[]) => unknown[];
};

const CHANGES_LIST = new Set('fill pop push reverse shift sort splice unshift with toSpliced'.split(' '));
const DECIDES = new Set('every filter find findIndex findLast findLastIndex some'.split(' '));
/** Of one plain value, to another. */
const PURE_FUNCTIONS = ['Number', 'parseInt', 'parseFloat', 'BigInt', 'isNaN', 'isFinite', 'encodeURIComponent'];
const PURE_HOLDERS = ['Math', 'Number'];

export function callsOf(rendering: Rendering, operators: Operators, realm: Realm): Calls {
  const { claims } = rendering;
  const { plain, condition, text, equal, made } = operators;
  const list = (items: readonly unknown[]): unknown[] =>
    (realm.Array as { readonly from: (items: readonly unknown[]) => unknown[] }).from(items);
  const texts = textCalls(rendering, operators, list);
  const { pure } = texts;
  const involved = (args: readonly unknown[]): boolean => args.some(claims.within);
  const nameOf = (values: readonly unknown[]): string =>
    values.map((value) => claims.of(value)?.name).find((name) => name !== undefined) ?? 'a text';

  const ofClaim: CallOnClaim = (claimed, own, name, args, written, fail) => {
    const { value } = claimed;
    if (name === 'valueOf') return own;
    if (typeof value === 'object') {
      if (Array.isArray(value)) {
        if (CHANGES_LIST.has(name)) return fail('the security context cannot be changed');
        if (OF_TEXT.has(name) && !READS_LIST.has(name)) throw deniedFor(`claim "${claimed.name}" must be a text`);
        const items = list(claims.items(claimed));
        return ofList(items, name, Reflect.get(items, name), args, written, fail);
      }
      if (name === 'hasOwnProperty')
        return claims.of(own) !== undefined && Object.hasOwn(value, String(plain(args[0])));
      // Claims are JSON, and no property of theirs is a function.
      return fail(`"${written}" is not a function`);
    }
    if (name === 'toString') return made(claimed.name, String(value));
    if (typeof value === 'string') return texts.ofClaim(claimed, own, name, args, written, fail);
    if (name === 'toFixed' && typeof value === 'number')
      return made(claimed.name, value.toFixed(Number(plain(args[0] ?? 0))));
    throw deniedFor(`claim "${claimed.name}" must be a text`);
  };

  const ofList = (
    items: readonly unknown[],
    name: string,
    own: unknown,
    args: readonly unknown[],
    written: string,
    fail: Fail,
  ): unknown => {
    if (typeof own !== 'function') return fail(`"${written}" is not a function`);
    const method = own as Callable;
    if (!isNative(own)) return Reflect.apply(method, items, [...args]);
    const [first, ...others] = args;
    if (DECIDES.has(name) && typeof first === 'function') {
      const decide = (...given: unknown[]): boolean => condition(call(first, given, written, fail));
      return Reflect.apply(method, items, [decide, ...others]);
    }
    if (name === 'join') return joined(items, first, written, fail);
    if (!items.some((item) => claims.within(item)) && !involved(args)) return Reflect.apply(method, items, [...args]);
    switch (name) {
      case 'includes':
        return items.some((item) => equal(item, first));
      case 'indexOf':
        return items.findIndex((item) => equal(item, first));
      case 'lastIndexOf':
        return items.findLastIndex((item) => equal(item, first));
      case 'toString':
        return joined(items, ',', written, fail);
      case 'concat':
        return Reflect.apply(
          method,
          items,
          args.map((arg) => {
            const claimed = claims.of(arg);
            return claimed !== undefined && Array.isArray(claimed.value) ? list(claims.items(claimed)) : arg;
          }),
        );
      case 'sort':
      case 'toSorted':
        if (typeof first !== 'function') return fail(`${name}() of claims needs a function that compares two`);
        return Reflect.apply(method, items, [(a: unknown, b: unknown) => plain(call(first, [a, b], written, fail))]);
      default:
        if (!READS_LIST.has(name) && !CHANGES_LIST.has(name)) return fail(`a claim cannot be given to ${name}()`);
        return Reflect.apply(method, items, [...args]);
    }
  };

  const joined = (items: readonly unknown[], separator: unknown, written: string, fail: Fail): string => {
    const between = separator === undefined ? ',' : text(separator, written, fail);
    const asWritten = (item: unknown): string =>
      (item === undefined || item === null) && claims.missing.length === 0 ? '' : text(item, written, fail);
    return items.map(asWritten).join(between);
  };

  const call: Calls['call'] = (own, args, written, fail) => {
    if (typeof own !== 'function') return fail(`"${written}" is not a function`);
    const callable = own as Callable;
    if (own === realm.Boolean) return condition(args[0]);
    if (own === realm.String && args.length > 0) return text(args[0], written, fail);
    if (!involved(args) || !isNative(own)) return callable(...args);
    if (PURE_FUNCTIONS.some((name) => own === realm[name])) return pure(callable, undefined, args, nameOf(args));
    return fail(`a claim cannot be given to ${written}()`);
  };

  const method: Calls['method'] = (holder, name, args, optional, written, fail) => {
    const known = claims.settled(holder);
    const key = plain(name) as string;
    if (known === undefined || known === null)
      throw operators.absent(written) ?? fail(`"${written}" is called on ${known}`);
    const claimed = claims.of(known);
    if (claimed !== undefined) return ofClaim(claimed, known, key, args, written, fail);
    if (typeof known === 'string' && hasMarker(known)) return texts.ofMarked(known, key, args, written, fail);
    const own: unknown =
      claims.within(name) && !Object.hasOwn(Object(known) as object, key)
        ? undefined
        : Reflect.get(Object(known) as object, key, known);
    if (optional && (own === undefined || own === null)) return undefined;
    if (typeof own !== 'function') return fail(`"${written}" is not a function`);
    const callable = own as Callable;
    if (Array.isArray(known)) return ofList(known, key, own, args, written, fail);
    if (!involved(args) || !isNative(own)) return Reflect.apply(callable, known, [...args]);
    const holderName = Object.keys(realm).find((each) => realm[each] === known);
    if (holderName !== undefined) return ofRealm(holderName, key, callable, args, written, fail);
    if (typeof known === 'string' || known instanceof (realm.RegExp as typeof RegExp)) {
      if (key === 'concat') return [known, ...args].map((each) => text(each, written, fail)).join('');
      return pure(callable, known, args, nameOf(args));
    }
    if (known instanceof (realm.Map as typeof Map) || known instanceof (realm.Set as typeof Set)) {
      if (key === 'has' || key === 'get') return Reflect.apply(callable, known, args.map(plain));
      if (known instanceof (realm.Map as typeof Map) && key === 'set' && !claims.within(args[0])) {
        return Reflect.apply(callable, known, [...args]);
      }
    }
    return fail(`a claim cannot be given to ${written}()`);
  };

  const ofRealm = (
    holder: string,
    name: string,
    own: Callable,
    args: readonly unknown[],
    written: string,
    fail: Fail,
  ): unknown => {
    const [first] = args;
    const claimed = claims.of(first);
    switch (`${holder}.${name}`) {
      case 'Array.isArray':
        return Array.isArray(claimed === undefined ? first : claimed.value);
      case 'Array.from':
      case 'Array.of':
      case 'Promise.resolve':
      case 'Promise.all':
        return Reflect.apply(own, realm[holder], [...args]);
      case 'Object.freeze':
        return first;
      case 'Object.is':
        return Object.is(plain(first), plain(args[1]));
      case 'Object.hasOwn':
        return Object.hasOwn(Object(claimed === undefined ? first : claimed.value) as object, plain(args[1]) as string);
      case 'Object.keys':
      case 'Object.values':
      case 'Object.entries': {
        if (claimed === undefined) return Reflect.apply(own, undefined, [...args]);
        return list(
          entries(claimed, fail).map((entry) =>
            name === 'keys' ? entry[0] : name === 'values' ? entry[1] : list(entry),
          ),
        );
      }
    }
    if (PURE_HOLDERS.includes(holder)) return pure(own, realm[holder], args, nameOf(args));
    return fail(`a claim cannot be given to ${written}()`);
  };

  /** A claim's keys are whatever its issuer has written, so they are data too. */
  const entries = (claimed: Claimed, fail: Fail): readonly (readonly [unknown, unknown])[] => {
    const { name, value } = claimed;
    if (Array.isArray(value)) return claims.items(claimed).map((item, i) => [String(i), item]);
    if (typeof value !== 'object') return fail('only a claim with parts has keys');
    return Object.keys(value).map((key) => [made(name, key), claims.child(claimed, key)]);
  };

  const construct: Calls['construct'] = (own, args, written, fail) => {
    if (typeof own !== 'function') return fail(`"${written}" is not a function`);
    const isError = own === realm.Error || Object.prototype.isPrototypeOf.call(realm.Error as object, own);
    if (involved(args) && isNative(own) && !isError) return fail(`a claim cannot be given to new ${written}()`);
    return Reflect.construct(own, [...args]);
  };

  return { call, method, construct, list };
}

/** What a method of a claim set is called with stays the author's; JavaScript's own say so in their text. */
function isNative(own: unknown): boolean {
  return /\{\s*\[native code\]\s*\}\s*$/.test(Function.prototype.toString.call(own as Callable));
}
