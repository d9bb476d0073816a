/**
 * Where every value of a file was written: the tree that the YAML reader makes, and the way back from plain values to it.
 */
import type { SqlError } from '../errors.ts';
import type { ClaimTokens } from './template/tokens.ts';
import type { SourcePosition } from './types.ts';

export type SourceNode = SourceMap | SourceList | SourceScalar;

export type SourceMap = {
  readonly kind: 'map';
  readonly entries: readonly SourceEntry[];
  readonly at: SourcePosition;
  /** A template writes a claim that this security context has no value for: under a key that is left out here. */
  readonly denied?: SqlError;
};
export type SourceEntry = { readonly key: string; readonly keyAt: SourcePosition; readonly value: SourceNode };

export type SourceList = { readonly kind: 'list'; readonly items: readonly SourceNode[]; readonly at: SourcePosition };

export type SourceScalar = {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** As written, before it became a number. */
  readonly raw: string;
  readonly text: SourceText;
  readonly at: SourcePosition;
  /** A template writes a claim into it that this security context has no fitting value for. */
  readonly denied?: SqlError;
};

/** A text with the place of each of its characters. */
export type SourceText = {
  readonly text: string;
  readonly at: (offset: number) => SourcePosition;
  /** Of the claims that a template has written into SQL. */
  readonly tokens?: ClaimTokens;
};

export function textAt(text: string, at: SourcePosition): SourceText {
  return { text, at: () => at };
}

export function entryOf(map: SourceMap, key: string): SourceEntry | undefined {
  return map.entries.find((entry) => entry.key === key);
}

/** The scalar under a key, if it is a string. */
export function stringOf(map: SourceMap, key: string): string | undefined {
  const value = entryOf(map, key)?.value;
  return value?.kind === 'scalar' && typeof value.value === 'string' ? value.value : undefined;
}

/** Plain values, as a schema checks them, that know where they came from. */
export type Sources = {
  readonly plain: (node: SourceNode) => unknown;
  /** Of the value under `key`, or of the object itself. */
  readonly at: (value: object, key?: string | number) => SourcePosition;
  /** Of the key itself, for messages about it. */
  readonly keyAt: (value: object, key: string) => SourcePosition;
  readonly node: (value: object, key: string | number) => SourceNode | undefined;
  /** The text under `key`. @throws when there is none: ask only for what the schema found there */
  readonly text: (value: object, key: string | number) => SourceText;
};

export function trackSources(): Sources {
  const origin = new WeakMap<object, SourceMap | SourceList>();

  const plain = (node: SourceNode): unknown => {
    if (node.kind === 'scalar') return node.value;
    if (node.kind === 'list') {
      const list = node.items.map(plain);
      origin.set(list, node);
      return list;
    }
    const map: Record<string, unknown> = Object.create(null);
    for (const entry of node.entries) map[entry.key] = plain(entry.value);
    origin.set(map, node);
    return map;
  };

  const node = (value: object, key: string | number): SourceNode | undefined => {
    const from = origin.get(value);
    if (from?.kind === 'list') return typeof key === 'number' ? from.items[key] : undefined;
    return from === undefined ? undefined : entryOf(from, String(key))?.value;
  };

  const own = (value: object): SourcePosition => {
    const from = origin.get(value);
    if (from === undefined) throw new Error('a value without a source');
    return from.at;
  };

  return {
    plain,
    node,
    at: (value, key) => (key === undefined ? own(value) : (node(value, key)?.at ?? own(value))),
    keyAt: (value, key) => {
      const from = origin.get(value);
      return (from?.kind === 'map' ? entryOf(from, key)?.keyAt : undefined) ?? own(value);
    },
    text: (value, key) => {
      const scalar = node(value, key);
      if (scalar?.kind !== 'scalar') throw new Error(`no text under ${key}`);
      return scalar.text;
    },
  };
}
