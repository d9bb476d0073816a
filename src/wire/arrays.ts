/**
 * One-dimensional arrays: their text form `{1,NULL,"a b"}` and their binary form.
 * src/backend/utils/adt/arrayfuncs.c array_recv, array_out, array_in.
 */
import { SqlError, SqlState } from '../errors.ts';
import { type ArrayType, elementOf, formatType, type ScalarType, typeOid } from '../sql/types.ts';
import { badBinary, badText } from './value-errors.ts';

/** Elements in text form; null is NULL. */
type ArrayValue = { readonly lowerBound: number; readonly elements: readonly (string | null)[] };

/** Throws 22P02 when the text is no array, 0A000 when it has more than one dimension. */
function parseArray(type: ArrayType, text: string): ArrayValue {
  const match = /^[ \t\n\r\v\f]*(?:\[([+-]?\d{1,10}):([+-]?\d{1,10})\]=)?\{/.exec(text);
  if (match === null) throw badText(type, text);
  const elements: (string | null)[] = [];
  let at = match[0].length;
  const skipSpace = (): void => {
    while (isSpace(text.charAt(at))) at++;
  };
  skipSpace();
  if (text.charAt(at) === '}') at++;
  else {
    for (;;) {
      skipSpace();
      if (text.charAt(at) === '{') throw multidimensional();
      const element = text.charAt(at) === '"' ? quotedElement() : plainElement();
      elements.push(element);
      skipSpace();
      const next = text.charAt(at++);
      if (next === '}') break;
      if (next !== ',') throw badText(type, text);
    }
  }
  skipSpace();
  if (at < text.length) throw badText(type, text);
  const lowerBound = match[1] === undefined ? 1 : Number(match[1]);
  if (match[2] !== undefined && Number(match[2]) - lowerBound + 1 !== elements.length) throw badText(type, text);
  return { lowerBound, elements };

  function quotedElement(): string {
    const parts: string[] = [];
    for (at++; text.charAt(at) !== '"'; at++) {
      if (text.charAt(at) === '\\') at++;
      if (at >= text.length) throw badText(type, text);
      parts.push(text.charAt(at));
    }
    at++;
    return parts.join('');
  }

  function plainElement(): string | null {
    const parts: string[] = [];
    let escaped = false;
    for (; at < text.length && !/[,{}"]/.test(text.charAt(at)); at++) {
      if (text.charAt(at) === '\\') {
        escaped = true;
        at++;
      }
      parts.push(text.charAt(at));
    }
    const element = escaped ? parts.join('') : parts.join('').replace(/[ \t\n\r\v\f]+$/, '');
    if (element === '') throw badText(type, text);
    return !escaped && element.toUpperCase() === 'NULL' ? null : element;
  }
}

/** array_isspace: ASCII alone, unlike \s in JavaScript. */
function isSpace(character: string): boolean {
  return character !== '' && ' \t\n\r\v\f'.includes(character);
}

/** As array_out writes it: quotes where the element could be read as something else. */
function printArray({ lowerBound, elements }: ArrayValue): string {
  const bounds =
    lowerBound === 1 || elements.length === 0 ? '' : `[${lowerBound}:${lowerBound + elements.length - 1}]=`;
  return `${bounds}{${elements.map(printElement).join(',')}}`;
}

function printElement(element: string | null): string {
  if (element === null) return 'NULL';
  if (element !== '' && !/[ \t\n\r\v\f{},"\\]/.test(element) && element.toUpperCase() !== 'NULL') return element;
  return `"${element.replace(/["\\]/g, '\\$&')}"`;
}

/** @param toBinary the element type's own encoder */
export function arrayToBinary(type: ArrayType, text: string, toBinary: (element: string) => Uint8Array): Buffer {
  const { lowerBound, elements } = parseArray(type, text);
  const header = Buffer.alloc(elements.length === 0 ? 12 : 20);
  header.writeInt32BE(elements.length === 0 ? 0 : 1, 0);
  header.writeInt32BE(elements.includes(null) ? 1 : 0, 4);
  header.writeUInt32BE(typeOid(elementOf(type)), 8);
  if (elements.length === 0) return header;
  header.writeInt32BE(elements.length, 12);
  header.writeInt32BE(lowerBound, 16);
  const parts: Uint8Array[] = [header];
  for (const element of elements) {
    const bytes = element === null ? undefined : toBinary(element);
    const length = Buffer.alloc(4);
    length.writeInt32BE(bytes?.length ?? -1);
    parts.push(length);
    if (bytes !== undefined) parts.push(bytes);
  }
  return Buffer.concat(parts);
}

/**
 * Reads element by element; a declared count allocates nothing (security case E38).
 * Throws 22P03, 42804 when the elements are of another type, 0A000 for more than one dimension.
 */
export function arrayFromBinary(type: ArrayType, bytes: Buffer, fromBinary: (element: Buffer) => string): string {
  if (bytes.length < 12) throw insufficient();
  const dimensions = bytes.readInt32BE(0);
  const flags = bytes.readInt32BE(4);
  if (dimensions < 0) throw badBinary(`invalid number of dimensions: ${dimensions}`);
  if (flags !== 0 && flags !== 1) throw badBinary('invalid array flags');
  assertElementType(bytes.readUInt32BE(8), elementOf(type));
  if (dimensions > 1) throw multidimensional();
  if (dimensions === 0) {
    if (bytes.length !== 12) throw badBinary('improper binary format in array');
    return '{}';
  }
  if (bytes.length < 20) throw insufficient();
  const count = bytes.readInt32BE(12);
  const lowerBound = bytes.readInt32BE(16);
  if (count < 0 || count * 4 > bytes.length - 20) throw insufficient();
  if (lowerBound + count - 1 > 0x7fffffff) {
    throw new SqlError(SqlState.programLimitExceeded, `array lower bound is too large: ${lowerBound}`);
  }
  const elements: (string | null)[] = [];
  let at = 20;
  for (let i = 0; i < count; i++) {
    if (at + 4 > bytes.length) throw insufficient();
    const length = bytes.readInt32BE(at);
    at += 4;
    if (length === -1) {
      elements.push(null);
      continue;
    }
    if (length < 0 || at + length > bytes.length) throw insufficient();
    elements.push(fromBinary(bytes.subarray(at, at + length)));
    at += length;
  }
  if (at !== bytes.length) throw badBinary('improper binary format in array');
  return printArray({ lowerBound, elements });
}

function assertElementType(oid: number, expected: ScalarType): void {
  if (oid === typeOid(expected)) return;
  throw new SqlError(
    SqlState.datatypeMismatch,
    `binary data has array element type ${oid} instead of expected ${typeOid(expected)} (${formatType(expected)})`,
  );
}

function insufficient(): SqlError {
  return badBinary('insufficient data left in message');
}

function multidimensional(): SqlError {
  return new SqlError(SqlState.featureNotSupported, 'arrays with more than one dimension are not supported');
}
