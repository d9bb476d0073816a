/**
 * Values of a template. What comes from a claim, or from a function of the author's own, is `data` wherever it goes:
 * through variables, `~`, lists and filters; only what the author has written in the template is text.
 */
import { SqlError, SqlState } from '../../errors.ts';
import type { Claim } from '../security-context.ts';
import type { SourcePosition } from '../types.ts';
import type { Datum, Scalar } from './tokens.ts';

export type Value =
  /** The author's text, with data in it. */
  | { readonly kind: 'text'; readonly parts: readonly TextPart[] }
  | Data
  /** A claim that is not there, or null; `of` is its path. */
  | { readonly kind: 'missing'; readonly of: string }
  /** A variable whose value could not be computed for this context. */
  | { readonly kind: 'denied'; readonly error: SqlError }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'none' }
  | { readonly kind: 'undefined'; readonly name: string }
  | { readonly kind: 'list'; readonly items: Value[] }
  | { readonly kind: 'dict'; readonly entries: Map<string, Value> }
  | { readonly kind: 'function'; readonly name: string; readonly call: Call };

/** `name`: the claim's path, or the function's name. */
export type Data = { readonly kind: 'data'; readonly name: string; readonly value: Exclude<Claim, null> };
export type TextPart = string | Datum;
export type Call = (args: readonly Value[], named: ReadonlyMap<string, Value>) => Value;

export const NONE: Value = { kind: 'none' };

/** What the author of the template has to mend, at its place. */
export class TemplateFault extends Error {
  override readonly name = 'TemplateFault';
  readonly at: SourcePosition | undefined;
  constructor(message: string, at?: SourcePosition) {
    super(message);
    this.at = at;
  }
}

/** `security context lacks "x"` and its like: this context's doing. */
export function deniedFor(message: string, cause?: unknown): SqlError {
  return new SqlError(SqlState.insufficientPrivilege, message, { cause });
}

export function lacks(path: string): SqlError {
  return deniedFor(`security context lacks "${path}"`);
}

export function textOf(text: string): Value {
  return { kind: 'text', parts: text === '' ? [] : [text] };
}

export function booleanOf(value: boolean): Value {
  return { kind: 'boolean', value };
}

export function numberOf(value: number): Value {
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
    throw new TemplateFault('the number is too large to be exact');
  }
  return { kind: 'number', value };
}

export function dataOf(name: string, value: Claim | undefined): Value {
  return value === undefined || value === null ? { kind: 'missing', of: name } : { kind: 'data', name, value };
}

export function isClaimMap(value: Claim | undefined): value is { readonly [name: string]: Claim } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Items to go through. @throws SqlError 42501 for a missing claim, TemplateFault for what has no items */
export function itemsOf(value: Value): readonly Value[] {
  switch (value.kind) {
    case 'list':
      return value.items;
    case 'dict':
      return [...value.entries.keys()].map(textOf);
    case 'data':
      if (Array.isArray(value.value)) {
        return value.value.map((item: Claim, i) => dataOf(`${value.name}[${i}]`, item));
      }
      if (isClaimMap(value.value)) {
        return Object.keys(value.value).map((key): Value => ({ kind: 'data', name: value.name, value: key }));
      }
      throw deniedFor(`claim "${value.name}" must be a list`);
    case 'missing':
      throw lacks(value.of);
    case 'denied':
      throw value.error;
    case 'text':
    case 'number':
    case 'boolean':
    case 'none':
    case 'undefined':
    case 'function':
      throw new TemplateFault(`${described(value)} has no items`);
  }
}

/** As text with data in it. @throws SqlError 42501 for what this context lacks, TemplateFault for what is no text */
export function partsOf(value: Value): readonly TextPart[] {
  switch (value.kind) {
    case 'text':
      return value.parts;
    case 'number':
      return [String(value.value)];
    case 'boolean':
      return [String(value.value)];
    case 'data': {
      const { name, value: claim } = value;
      if (Array.isArray(claim)) return [{ kind: 'list', name, values: scalars(name, claim) }];
      if (typeof claim === 'object') throw deniedFor(`claim "${name}" must be a plain value here`);
      return [{ kind: 'scalar', name, value: claim }];
    }
    case 'missing':
      throw lacks(value.of);
    case 'denied':
      throw value.error;
    case 'none':
    case 'undefined':
    case 'list':
    case 'dict':
    case 'function':
      throw new TemplateFault(`${described(value)} is no text`);
  }
}

/** A claim's list as SQL may hold it. @throws SqlError 42501 for nulls, lists and objects in it (case C09) */
export function scalars(name: string, items: readonly Claim[]): readonly Scalar[] {
  return items.map((item) => {
    if (item === null || typeof item === 'object') throw deniedFor(`claim "${name}" must be a list of plain values`);
    return item;
  });
}

/** The value as a condition (contract 7, point 5). @throws SqlError 42501 for a claim that is no boolean */
export function truth(value: Value): boolean {
  switch (value.kind) {
    case 'boolean':
      return value.value;
    case 'data':
      return dataTruth(value.name, value.value);
    case 'text': {
      const data = value.parts.find((part) => typeof part !== 'string');
      if (data !== undefined) {
        return dataTruth(data.name, value.parts.length === 1 && data.kind === 'scalar' ? data.value : []);
      }
      return value.parts.length > 0;
    }
    case 'number':
      return value.value !== 0;
    case 'denied':
      throw value.error;
    case 'missing':
    case 'none':
    case 'undefined':
      return false;
    case 'list':
      return value.items.length > 0;
    case 'dict':
      return value.entries.size > 0;
    case 'function':
      return true;
  }
}

function dataTruth(name: string, value: Exclude<Claim, null>): boolean {
  if (typeof value === 'boolean') return value;
  if (value === 0 || value === 0n || value === '') return false;
  throw deniedFor(`claim "${name}" must be a boolean`);
}

/** The value as comparisons and functions of JavaScript see it; undefined for what is not there. */
export function plainOf(value: Value): unknown {
  switch (value.kind) {
    case 'text':
      return value.parts.map((part) => (typeof part === 'string' ? part : String(scalarOf(part)))).join('');
    case 'data':
    case 'number':
    case 'boolean':
      return value.value;
    case 'none':
      return null;
    case 'denied':
      throw value.error;
    case 'missing':
    case 'undefined':
      return undefined;
    case 'list':
      return Object.freeze(value.items.map(plainOf));
    case 'dict':
      return Object.freeze(
        Object.assign(
          Object.create(null) as object,
          Object.fromEntries([...value.entries].map(([key, inner]) => [key, plainOf(inner)])),
        ),
      );
    case 'function':
      throw new TemplateFault(`${described(value)} cannot be passed on`);
  }
}

/** @throws SqlError 42501 for a list, which is no part of a text that is compared or changed */
export function scalarOf(datum: Datum): Scalar {
  if (datum.kind === 'list') throw deniedFor(`claim "${datum.name}" must not be a list here`);
  return datum.value;
}

export function described(value: Value): string {
  switch (value.kind) {
    case 'undefined':
      return `"${value.name}" is not defined and`;
    case 'function':
      return `function "${value.name}"`;
    case 'missing':
    case 'denied':
    case 'data':
      return 'a claim';
    case 'text':
      return 'a text';
    case 'number':
    case 'boolean':
    case 'none':
    case 'list':
    case 'dict':
      return `a ${value.kind}`;
  }
}
