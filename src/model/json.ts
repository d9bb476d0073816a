/**
 * JSON text → a tree that knows the line and column of every key and value. RFC 8259 and nothing more: no comments, no
 * trailing commas, no key twice.
 */
import type { Problems } from './problems.ts';
import type { SourceEntry, SourceMap, SourceNode, SourceScalar, SourceText } from './source.ts';
import type { SourcePosition } from './types.ts';

const MAX_CHARACTERS = 4 * 1024 * 1024;
const MAX_DEPTH = 64;

/** @returns undefined when the text is not JSON; what is wrong goes to `problems` */
export function parseJson(file: string, content: string, problems: Problems): SourceNode | undefined {
  const start: SourcePosition = { file, line: 1, column: 1 };
  if (content.length > MAX_CHARACTERS) {
    problems.error(start, `the file is larger than ${MAX_CHARACTERS / 1024 / 1024} MiB`);
    return undefined;
  }
  const text = content.startsWith('\uFEFF') ? content.slice(1) : content;
  const lines = lineStarts(text);
  const reader = new JsonReader(text, (offset) => positionAt(file, lines, offset), problems);
  try {
    return reader.document();
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    problems.error(positionAt(file, lines, error.offset), `invalid JSON: ${error.message}`);
    return undefined;
  }
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function positionAt(file: string, lines: readonly number[], offset: number): SourcePosition {
  let low = 0;
  let high = lines.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((lines[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { file, line: low + 1, column: offset - (lines[low] ?? 0) + 1 };
}

class NotJson extends Error {
  override readonly name = 'NotJson';
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

class JsonReader {
  readonly #text: string;
  readonly #position: (offset: number) => SourcePosition;
  readonly #problems: Problems;
  #at = 0;

  constructor(text: string, position: (offset: number) => SourcePosition, problems: Problems) {
    this.#text = text;
    this.#position = position;
    this.#problems = problems;
  }

  document(): SourceNode {
    this.#space();
    if (this.#at === this.#text.length) throw new NotJson(0, 'the file is empty');
    const node = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw new NotJson(this.#at, 'text after the value');
    return node;
  }

  #space(): void {
    SPACE.lastIndex = this.#at;
    SPACE.exec(this.#text);
    this.#at = SPACE.lastIndex;
  }

  #value(depth: number): SourceNode {
    if (depth > MAX_DEPTH) throw new NotJson(this.#at, `nested deeper than ${MAX_DEPTH} levels`);
    const next = this.#text[this.#at];
    if (next === '{') return this.#map(depth);
    if (next === '[') return this.#list(depth);
    return next === '"' ? this.#string() : this.#word();
  }

  #map(depth: number): SourceMap {
    const at = this.#position(this.#at);
    const entries: SourceEntry[] = [];
    this.#items('}', () => {
      if (this.#text[this.#at] !== '"') throw new NotJson(this.#at, 'a key in double quotes is expected');
      const key = this.#string();
      const name = key.raw;
      if (entries.some((entry) => entry.key === name)) this.#problems.error(key.at, `duplicate key "${name}"`);
      this.#space();
      this.#expect(':');
      this.#space();
      entries.push({ key: name, keyAt: key.at, value: this.#value(depth + 1) });
    });
    return { kind: 'map', entries, at };
  }

  #list(depth: number): SourceNode {
    const at = this.#position(this.#at);
    const items: SourceNode[] = [];
    this.#items(']', () => void items.push(this.#value(depth + 1)));
    return { kind: 'list', items, at };
  }

  #items(end: '}' | ']', item: () => void): void {
    this.#at += 1;
    this.#space();
    if (this.#text[this.#at] === end) {
      this.#at += 1;
      return;
    }
    for (;;) {
      item();
      this.#space();
      if (this.#text[this.#at] === end) break;
      this.#expect(',', `"," or "${end}" is expected`);
      this.#space();
    }
    this.#at += 1;
  }

  #expect(character: string, message = `"${character}" is expected`): void {
    if (this.#text[this.#at] !== character) throw new NotJson(this.#at, message);
    this.#at += 1;
  }

  #string(): SourceScalar {
    const begin = this.#at;
    const offsets: number[] = [];
    let value = '';
    for (this.#at += 1; this.#text[this.#at] !== '"'; ) {
      const at = this.#at;
      const character = this.#text[at];
      if (character === undefined || character < ' ') throw new NotJson(at, 'the string has no end on its line');
      value += character === '\\' ? this.#escape() : character;
      this.#at += 1;
      offsets.push(at);
    }
    offsets.push(this.#at);
    this.#at += 1;
    const text: SourceText = {
      text: value,
      at: (offset) => this.#position(offsets[Math.min(offset, offsets.length - 1)] ?? begin),
    };
    return { kind: 'scalar', value, raw: value, text, at: this.#position(begin) };
  }

  /** Behind it stands the last character of the escape. */
  #escape(): string {
    const at = this.#at;
    const letter = this.#text[at + 1] ?? '';
    const code = /^[0-9a-fA-F]{4}$/.exec(this.#text.slice(at + 2, at + 6))?.[0];
    const character = letter === 'u' && code !== undefined ? String.fromCharCode(Number.parseInt(code, 16)) : undefined;
    const escaped = character ?? ESCAPES.get(letter);
    if (escaped === undefined) throw new NotJson(at, 'no such escape');
    this.#at += letter === 'u' ? 5 : 1;
    return escaped;
  }

  #word(): SourceScalar {
    const at = this.#at;
    NUMBER.lastIndex = at;
    const number = NUMBER.exec(this.#text)?.[0];
    const raw = number ?? [...WORDS.keys()].find((word) => this.#text.startsWith(word, at));
    const after = raw === undefined ? '' : (this.#text[at + raw.length] ?? '');
    if (raw === undefined || /[\w.+-]/.test(after)) throw new NotJson(at, 'a value is expected');
    this.#at += raw.length;
    const position = this.#position(at);
    const value = number === undefined ? (WORDS.get(raw) ?? null) : Number(number);
    return { kind: 'scalar', value, raw, text: { text: raw, at: () => position }, at: position };
  }
}
