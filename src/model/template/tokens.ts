/**
 * Claim tokens: what stands in a rendered template for each value that is data.
 *
 * The value itself never becomes template, YAML or SQL text: a token of private-use characters with a random nonce
 * does, and is replaced after parsing by its place (html/template does the same for HTML). Nobody can write a token:
 * the nonce is another one for each rendering, and a marker that is not exactly one of this rendering's is refused.
 */
import { randomBytes } from 'node:crypto';
import type { SqlError } from '../../errors.ts';

export type Scalar = string | number | bigint | boolean;

/** `name` is the claim's path, for messages. */
export type Datum =
  | { readonly kind: 'scalar'; readonly name: string; readonly value: Scalar }
  | { readonly kind: 'list'; readonly name: string; readonly values: readonly Scalar[] };

export type TokenValue =
  | Datum
  /** Written although this context has no value for it: what holds it cannot be rendered. */
  | {
      readonly kind: 'denied';
      readonly error: SqlError;
      /** It stands for a whole `{% if %}` or `{% for %}`, of which nobody knows what it would have written. */
      readonly statement?: true;
    };

/** `offset` in the text that was split. */
export type TokenPiece =
  | { readonly kind: 'text'; readonly text: string; readonly offset: number }
  | { readonly kind: 'claim'; readonly value: TokenValue; readonly offset: number };

export type ClaimTokens = {
  readonly mint: (value: TokenValue) => string;
  /** @throws TokenFault for a marker that is not one of these tokens */
  readonly split: (text: string) => readonly TokenPiece[];
};

export class TokenFault extends Error {
  override readonly name = 'TokenFault';
  constructor() {
    super('the private-use characters U+E000 and U+E001 cannot stand in a model');
  }
}

const OPEN = '\uE000';
const CLOSE = '\uE001';
const MARKER = /[\uE000\uE001]/;

/** Whether the text holds a marker, whole or damaged. */
export function hasMarker(text: string): boolean {
  return MARKER.test(text);
}

export function claimTokens(): ClaimTokens {
  const nonce = randomBytes(12).toString('hex');
  const values: TokenValue[] = [];
  return {
    mint: (value) => `${OPEN}${nonce}x${values.push(value) - 1}${CLOSE}`,
    split: (text) => {
      const pieces: TokenPiece[] = [];
      let at = 0;
      const plain = (end: number): void => {
        const part = text.slice(at, end);
        if (hasMarker(part) || part.includes(nonce)) throw new TokenFault();
        if (part !== '') pieces.push({ kind: 'text', text: part, offset: at });
      };
      for (const token of text.matchAll(/\uE000([0-9a-f]+)x(\d+)\uE001/g)) {
        const value = token[1] === nonce ? values[Number(token[2])] : undefined;
        if (value === undefined) throw new TokenFault();
        plain(token.index);
        pieces.push({ kind: 'claim', value, offset: token.index });
        at = token.index + token[0].length;
      }
      plain(text.length);
      return pieces;
    },
  };
}
