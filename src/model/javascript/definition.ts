/**
 * What a script gives to `cube()` and `view()` → the tree that YAML files are read into, so that both are checked alike.
 */
import type { SourceEntry, SourceMap, SourceNode } from '../source.ts';
import { snakeCase } from '../spelling.ts';
import { TemplateFault } from '../template/value.ts';
import type { SourcePosition } from '../types.ts';
import type { Marks } from './marks.ts';
import type { Operators, Rendering } from './operators.ts';
import { type Places, textPlaces } from './places.ts';

export type Definition = {
  readonly kind: 'cube' | 'view';
  readonly name: unknown;
  readonly body: unknown;
  readonly at: SourcePosition;
};

export type Reading = {
  readonly rendering: Rendering;
  readonly operators: Operators;
  readonly marks: Marks;
  readonly places: Places;
  /** What a name means that a function takes as a parameter. */
  readonly named: (name: string) => unknown;
};

/** In JavaScript these are objects of definitions by name. */
const BY_NAME = new Set([
  'dimensions',
  'measures',
  'segments',
  'joins',
  'hierarchies',
  'pre_aggregations',
  'granularities',
  'folders',
]);
/** Text that is the warehouse's. */
const SQL = new Set(['sql', 'sql_table']);
/** Left out when they are undefined, even if that may be a claim's doing. */
const DISPENSABLE = new Set(['title', 'description', 'meta', 'format']);
const MAX_DEPTH = 64;

type Place = { readonly at: SourcePosition; readonly key: string; readonly policy: boolean; readonly depth: number };

/** @throws TemplateFault for what is no definition, SqlError for what this context lacks */
export function readDefinition({ kind, name, body, at }: Definition, reading: Reading): SourceMap {
  const place: Place = { at, key: '', policy: false, depth: 0 };
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new TemplateFault(`${kind}() takes a name and what it is: ${kind}('name', { … })`, at);
  }
  const map = mapOf(body, place, reading);
  if (name === undefined) return map;
  return {
    ...map,
    entries: [nameEntry(name, at, reading), ...map.entries.filter((entry) => entry.key !== 'name')],
    at,
  };
}

function nameEntry(name: unknown, at: SourcePosition, reading: Reading): SourceEntry {
  return { key: 'name', keyAt: at, value: read(name, { at, key: 'name', policy: false, depth: 0 }, reading) };
}

function read(value: unknown, place: Place, reading: Reading): SourceNode {
  const { rendering, operators } = reading;
  const { claims, references } = rendering;
  const { at } = place;
  if (place.depth > MAX_DEPTH) throw new TemplateFault(`nested deeper than ${MAX_DEPTH} levels`, at);
  const reference = references.pathOf(value);
  if (reference !== undefined) {
    return text(SQL.has(place.key) ? `{${reference}}` : withoutOwn(reference), place);
  }
  const path = claims.latePath(value) ?? claims.of(value)?.path;
  if (place.policy && path?.every((name) => /^[A-Za-z_]\w*$/.test(name))) {
    return text(`{ securityContext.${path.join('.')} }`, place);
  }
  const known = claims.settled(value);
  const claimed = claims.of(known);
  if (claimed !== undefined) return text(claims.token(claimed), place);
  switch (typeof known) {
    case 'string':
      return scalar(known, place, reading);
    case 'number':
      if (!Number.isFinite(known)) throw new TemplateFault(`"${place.key}" is ${known}`, at);
      return { kind: 'scalar', value: known, raw: String(known), text: { text: String(known), at: () => at }, at };
    case 'boolean':
      return { kind: 'scalar', value: known, raw: String(known), text: { text: String(known), at: () => at }, at };
    case 'undefined':
      throw operators.absent(place.key) ?? new TemplateFault(`"${place.key}" is undefined`, at);
    case 'object':
      if (known === null) return { kind: 'scalar', value: null, raw: '', text: { text: '', at: () => at }, at };
      if (Array.isArray(known)) {
        const items = known.map((item, i) =>
          read(item, { ...place, at: reading.places.item(known, i) ?? at, depth: place.depth + 1 }, reading),
        );
        return { kind: 'list', items, at };
      }
      return mapOf(known, place, reading);
    case 'function':
      return read(
        called(known as (...args: unknown[]) => unknown, place, reading),
        { ...place, depth: place.depth + 1 },
        reading,
      );
    case 'bigint':
    case 'symbol':
      throw new TemplateFault(`"${place.key}" cannot be a ${typeof known}`, at);
  }
}

function mapOf(body: object, place: Place, reading: Reading): SourceMap {
  const prototype: unknown = Object.getPrototypeOf(body);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new TemplateFault(`"${place.key}" must be a plain value`, place.at);
  }
  const literal = place.key === 'meta';
  const entries = Object.entries(body).flatMap(([written, value]): SourceEntry[] => {
    const key = literal ? written : snakeCase(written);
    const { keyAt, at } = reading.places.of(body, written) ?? { keyAt: place.at, at: place.at };
    if (value === undefined && isLeftOut(key, place, reading)) return [];
    const inner: Place = {
      at,
      key: literal ? 'meta' : key,
      policy: place.policy || isPolicy(key),
      depth: place.depth + 1,
    };
    if (!literal && BY_NAME.has(key)) return [{ key, keyAt, value: byName(value, inner, reading) }];
    return [{ key, keyAt, value: read(value, inner, reading) }];
  });
  const doubled = entries.find((entry, i) => entries.findIndex(({ key }) => key === entry.key) !== i);
  if (doubled !== undefined) throw new TemplateFault(`duplicate key "${doubled.key}"`, doubled.keyAt);
  return { kind: 'map', entries, at: place.at };
}

function isPolicy(key: string): boolean {
  return key === 'access_policy' || key === 'default_filters';
}

/** An undefined value is a key left out, unless a claim that is missing may have made it so. */
function isLeftOut(key: string, place: Place, { rendering }: Reading): boolean {
  return (
    DISPENSABLE.has(key) ||
    (rendering.claims.missing.length === 0 && !place.policy && key !== 'public' && key !== 'shown')
  );
}

/** `{ count: { type: 'count' } }` as the list that YAML has. */
function byName(value: unknown, place: Place, reading: Reading): SourceNode {
  const known: unknown = typeof value === 'function' ? called(value as () => unknown, place, reading) : value;
  const isMap =
    typeof known === 'object' &&
    known !== null &&
    !Array.isArray(known) &&
    reading.rendering.claims.of(known) === undefined;
  if (!isMap) return read(known, place, reading);
  const items = Object.entries(known).map(([name, body]): SourceNode => {
    const { keyAt, at } = reading.places.of(known, name) ?? { keyAt: place.at, at: place.at };
    const inner: Place = { ...place, at, key: name, depth: place.depth + 1 };
    const part = read(body, inner, reading);
    const own: SourceEntry = { key: 'name', keyAt, value: text(name, { ...inner, at: keyAt }) };
    return part.kind === 'map'
      ? { ...part, entries: [own, ...part.entries.filter(({ key }) => key !== 'name')] }
      : part;
  });
  return { kind: 'list', items, at: place.at };
}

/** `sql: (CUBE) => …`: a function gets what its parameters are called. */
function called(own: (...args: unknown[]) => unknown, { at, key }: Place, { named }: Reading): unknown {
  const head = /^(?:async\b)?\s*(?:function\b\s*[\w$]*|[\w$]+(?=\s*\())?\s*(?:\(([^)]*)\)|([\w$]+)\s*=>)/.exec(
    Function.prototype.toString.call(own),
  );
  const names = (head?.[1] ?? head?.[2] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (head === null || !names.every((name) => /^[\w$]+$/.test(name))) {
    throw new TemplateFault(`the parameters of "${key}" must be plain names of cubes and members`, at);
  }
  const result = own(...names.map(named));
  if (typeof result === 'object' && result !== null && 'then' in result)
    throw new TemplateFault(`"${key}" must not be async`, at);
  return result;
}

function withoutOwn(reference: string): string {
  return reference.replace(/^(CUBE|TABLE)\./, '');
}

/** A text of the script: its marks become braces, its own braces only text. */
function scalar(value: string, place: Place, { marks, places }: Reading): SourceNode {
  const isSql = SQL.has(place.key);
  const alone = isSql ? undefined : marks.alone(value);
  if (alone !== undefined) return text(withoutOwn(alone), place);
  const expanded = marks.expand(
    value,
    (written) => `{${written}}`,
    (part) => (isSql ? withoutBraces(part) : part),
  );
  if (expanded === undefined) throw new TemplateFault('a reference in this text is damaged', place.at);
  const at = textPlaces(places, place.at, expanded, isSql ? withoutBraces : (part) => part);
  return { kind: 'scalar', value: expanded, raw: expanded, text: { text: expanded, at }, at: place.at };
}

/** The model's own escape. */
function withoutBraces(part: string): string {
  return part.replace(/[{}]/g, '\\$&');
}

function text(value: string, { at }: Place): SourceNode {
  return { kind: 'scalar', value, raw: value, text: { text: value, at: () => at }, at };
}
