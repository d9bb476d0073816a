/**
 * JSON as a token may hold it: what two readers could understand differently is refused.
 *
 * Beyond RFC 8259 it refuses duplicate member names (case D11), the names that reach JavaScript's prototypes (C20),
 * NUL and lone surrogates (C03), numbers outside double range (C17) and deep nesting (D13);
 * whole numbers beyond 2^53 stay exact as bigint (C16).
 */
import type { Claim } from '../access/context.ts';

/** Deep enough for any identity provider, shallow enough for every stack. */
const MAX_DEPTH = 64;
const REFUSED_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const PLAIN_STRING = /[^"\\]*/y;
const SPACE = /[ \t\r\n]*/y;

export class JsonError extends Error {
  override readonly name = 'JsonError';
}

/**
 * @returns objects with a null prototype and own keys only, everything frozen
 * @throws JsonError saying what is wrong, without quoting the text
 */
export function parseStrictJson(text: string): Claim {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

export function isClaimObject(value: Claim | undefined): value is { readonly [name: string]: Claim } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): Claim {
    if (depth > MAX_DEPTH) throw new JsonError('nested too deeply');
    this.#skip(SPACE);
    const first = this.#text[this.#at];
    switch (first) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#array(depth);
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  end(): void {
    this.#skip(SPACE);
    if (this.#at !== this.#text.length) throw new JsonError('text after the value');
  }

  #object(depth: number): Claim {
    const members: Record<string, Claim> = Object.create(null);
    this.#at++;
    this.#skip(SPACE);
    if (this.#take('}')) return Object.freeze(members);
    do {
      this.#skip(SPACE);
      if (this.#text[this.#at] !== '"') throw new JsonError('a member name is expected');
      const name = this.#string();
      if (REFUSED_NAMES.has(name)) throw new JsonError('a refused member name');
      if (name in members) throw new JsonError('a duplicate member name');
      this.#skip(SPACE);
      this.#expect(':');
      members[name] = this.value(depth + 1);
      this.#skip(SPACE);
    } while (this.#take(','));
    this.#expect('}');
    return Object.freeze(members);
  }

  #array(depth: number): Claim {
    const items: Claim[] = [];
    this.#at++;
    this.#skip(SPACE);
    if (this.#take(']')) return Object.freeze(items);
    do {
      items.push(this.value(depth + 1));
      this.#skip(SPACE);
    } while (this.#take(','));
    this.#expect(']');
    return Object.freeze(items);
  }

  #string(): string {
    const start = this.#at++;
    this.#skip(PLAIN_STRING);
    while (this.#text[this.#at] === '\\') {
      this.#at += 2;
      this.#skip(PLAIN_STRING);
    }
    this.#expect('"');
    let value: unknown;
    try {
      value = JSON.parse(this.#text.slice(start, this.#at));
    } catch {
      throw new JsonError('a malformed string');
    }
    if (typeof value !== 'string') throw new JsonError('a malformed string');
    if (value.includes('\0') || !value.isWellFormed()) throw new JsonError('a character that no SQL text can hold');
    return value;
  }

  #number(): Claim {
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (match === null) throw new JsonError('a value is expected');
    this.#at = NUMBER.lastIndex;
    const [digits, fraction, exponent] = match;
    const value = Number(digits);
    if (fraction === undefined && exponent === undefined) {
      if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
      return BigInt(digits);
    }
    if (!Number.isFinite(value)) throw new JsonError('a number out of range');
    return value;
  }

  #word<T extends Claim>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw new JsonError('a value is expected');
    this.#at += word.length;
    return value;
  }

  #skip(pattern: RegExp): void {
    pattern.lastIndex = this.#at;
    pattern.exec(this.#text);
    this.#at = pattern.lastIndex;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #expect(character: string): void {
    if (!this.#take(character)) throw new JsonError(`"${character}" is expected`);
  }
}
