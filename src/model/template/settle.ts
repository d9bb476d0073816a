/**
 * The tree of a rendered file with its tokens settled: positions are those of the template, text outside of SQL holds
 * its claims as plain data, SQL keeps its tokens until it is read by place (place.ts).
 */
import { SqlError, SqlState } from '../../errors.ts';
import { readSql } from '../lexical.ts';
import type { Problems } from '../problems.ts';
import type { SourceEntry, SourceMap, SourceNode, SourceScalar } from '../source.ts';
import type { SourcePosition } from '../types.ts';
import { plainText } from './claim-text.ts';
import { placeClaims } from './place.ts';
import { type ClaimTokens, hasMarker, TokenFault } from './tokens.ts';

export type SettledFile = {
  readonly node: SourceNode;
  /** Cubes and views that are left out: outside of their SQL they write what this context lacks. */
  readonly left: readonly LeftOut[];
};
export type LeftOut = { readonly definition: SourceNode; readonly error: SqlError };

type Settling = {
  readonly tokens: ClaimTokens;
  readonly moved: (at: SourcePosition) => SourcePosition;
  readonly problems: Problems;
  /** What this context lacks, outside of SQL. */
  readonly deny: (error: SqlError) => void;
};

/** Where a value stands decides what a claim in it becomes. */
type Place = 'plain' | 'meta' | 'sql' | 'table' | 'refused';

/** Keys whose text is an expression, in which a claim would be read and not only shown. */
const EXPRESSIONS: Readonly<Record<string, string>> = {
  access_policy: 'access_policy reads claims itself: { securityContext.name }',
  default_filters: 'default_filters read claims themselves: { securityContext.name }',
};

/**
 * @param owner tells the problems of one definition apart from those of the others
 * @param moved the template's place of a place in the rendered text
 */
export function settle(
  node: SourceNode,
  tokens: ClaimTokens,
  moved: (at: SourcePosition, definition: SourceNode | undefined) => SourcePosition,
  problems: Problems,
): SettledFile {
  const left: LeftOut[] = [];
  const inFile: Settling = { tokens, problems, moved: (at) => moved(at, undefined), deny: () => {} };
  if (node.kind !== 'map') return { node: settled(node, 'plain', inFile), left };
  const entries = node.entries.map((entry): SourceEntry => {
    const definitions = (entry.key === 'cubes' || entry.key === 'views') && entry.value.kind === 'list';
    if (!definitions || entry.value.kind !== 'list') return settledEntry(entry, 'plain', inFile);
    const items = entry.value.items.flatMap((item) => {
      let denied: SqlError | undefined;
      const own: Settling = {
        tokens,
        problems,
        moved: (at) => moved(at, item),
        deny: (error) => {
          denied ??= error;
        },
      };
      const result = settled(item, 'plain', own);
      if (denied === undefined) return [result];
      left.push({ definition: result, error: denied });
      return [];
    });
    return {
      ...entry,
      keyAt: inFile.moved(entry.keyAt),
      value: { ...entry.value, items, at: inFile.moved(entry.value.at) },
    };
  });
  return { node: { ...node, entries, at: inFile.moved(node.at) }, left };
}

/** The first claim in the tree that this context has no fitting value for. */
export function deniedIn(node: SourceNode): SqlError | undefined {
  switch (node.kind) {
    case 'scalar':
      return node.denied;
    case 'list':
      return firstDenied(node.items);
    case 'map':
      return node.denied ?? firstDenied(node.entries.map(({ value }) => value));
  }
}

function firstDenied(nodes: readonly SourceNode[]): SqlError | undefined {
  for (const node of nodes) {
    const denied = deniedIn(node);
    if (denied !== undefined) return denied;
  }
  return undefined;
}

function settled(node: SourceNode, place: Place, settling: Settling): SourceNode {
  switch (node.kind) {
    case 'scalar':
      return settledScalar(node, place, settling);
    case 'list':
      return { ...node, items: node.items.map((item) => settled(item, place, settling)), at: settling.moved(node.at) };
    case 'map':
      return settledMap(node, place, settling);
  }
}

/** What only describes a definition. */
const DISPENSABLE = new Set(['title', 'description', 'public', 'shown', 'meta', 'format']);

function settledMap(node: SourceMap, place: Place, settling: Settling): SourceMap {
  let denied: SqlError | undefined;
  const entries = node.entries.flatMap((entry) => {
    const inner: Settling = DISPENSABLE.has(entry.key)
      ? {
          ...settling,
          deny: (error) => {
            denied ??= error;
          },
        }
      : settling;
    const before = denied;
    const result = settledEntry(entry, place, inner);
    return denied === before ? [result] : [];
  });
  return { ...node, entries, at: settling.moved(node.at), ...(denied === undefined ? {} : { denied }) };
}

function settledEntry(entry: SourceEntry, place: Place, settling: Settling): SourceEntry {
  const keyAt = settling.moved(entry.keyAt);
  if (hasMarker(entry.key)) {
    settling.problems.error(keyAt, 'a claim cannot be a key');
    return { ...entry, key: 'key', keyAt, value: settled(entry.value, 'refused', settling) };
  }
  return { ...entry, keyAt, value: settled(entry.value, placeOfKey(entry.key, place), settling) };
}

function placeOfKey(key: string, outer: Place): Place {
  if (EXPRESSIONS[key] !== undefined || outer === 'refused') return 'refused';
  // The keys below meta are the author's own.
  if (key === 'meta' || outer === 'meta') return 'meta';
  if (key === 'sql') return 'sql';
  return key === 'sql_table' ? 'table' : 'plain';
}

function settledScalar(node: SourceScalar, place: Place, settling: Settling): SourceScalar {
  const at = settling.moved(node.at);
  const { text } = node;
  const own = { ...text, at: (offset: number) => settling.moved(text.at(offset)) };
  const plain = { ...node, at, text: own };
  if (typeof node.value !== 'string' || !hasMarker(node.value)) return plain;
  try {
    switch (place) {
      case 'refused': {
        const [claim] = settling.tokens
          .split(node.value)
          .flatMap((piece) => (piece.kind === 'claim' ? [piece.value] : []));
        if (claim?.kind === 'denied' && claim.statement) settling.deny(claim.error);
        else settling.problems.error(at, `a claim cannot be written here; ${EXPRESSIONS.access_policy}`);
        return plain;
      }
      case 'sql':
      case 'table': {
        const { lexemes } = readSql(node.value);
        const { denied } = placeClaims(lexemes, settling.tokens, place === 'sql' ? 'query' : 'table');
        const sql = { ...plain, text: { ...own, tokens: settling.tokens } };
        return denied === undefined ? sql : { ...sql, denied };
      }
      case 'plain':
      case 'meta':
        return { ...plain, ...plainValue(node.value, own.at, settling) };
    }
  } catch (error) {
    if (!(error instanceof TokenFault)) throw error;
    settling.problems.error(at, error.message);
    return plain;
  }
}

/** A claim alone keeps being a boolean; everything else is text. */
function plainValue(
  value: string,
  at: SourceScalar['text']['at'],
  { tokens, deny }: Settling,
): Pick<SourceScalar, 'value' | 'raw' | 'text'> {
  const pieces = tokens.split(value);
  const [only, another] = pieces;
  if (only?.kind === 'claim' && another === undefined && only.value.kind === 'scalar') {
    const { value: claim } = only.value;
    if (typeof claim === 'boolean') return { value: claim, raw: String(claim), text: { text: String(claim), at } };
  }
  const text = pieces
    .map((piece) => {
      if (piece.kind === 'text') return piece.text;
      if (piece.value.kind === 'denied') deny(piece.value.error);
      const written = piece.value.kind === 'scalar' ? plainText(piece.value.value) : undefined;
      if (written === undefined && piece.value.kind !== 'denied') deny(unfit(piece.value.name));
      return written ?? '';
    })
    .join('');
  return { value: text, raw: text, text: { text, at: () => at(0) } };
}

function unfit(name: string): SqlError {
  return new SqlError(SqlState.insufficientPrivilege, `claim "${name}" must be a plain value here`);
}
