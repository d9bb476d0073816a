/** Reads PostgreSQL's text form of an array, `{1,NULL,"a b"}`: array_in in arrayfuncs.c, one dimension. */
import { SqlError, SqlState } from '../../errors.ts';

/** @throws SqlError 22P02 for what is no array, 0A000 for more than one dimension or a lower bound other than 1 */
export function parseArrayLiteral(text: string): readonly (string | null)[] {
  const body = text.trim().replace(/^\[1:\d+\]\s*=\s*/, '');
  if (/^\[/.test(body)) throw unsupported();
  if (!body.startsWith('{') || !body.endsWith('}')) throw malformed();
  const inside = body.slice(1, -1);
  if (inside.trim() === '') return [];
  const elements: (string | null)[] = [];
  let at = 0;
  for (;;) {
    const element = readElement(inside, at);
    elements.push(element.value);
    if (element.end === inside.length) return elements;
    at = element.end + 1;
  }
}

/** One element that begins at `start`; `end` is the comma behind it or the end of the text. */
function readElement(text: string, start: number): { readonly value: string | null; readonly end: number } {
  let value = '';
  let quoted = false;
  let at = start;
  while (at < text.length && isSpace(text[at])) at++;
  /** What is behind this length of `value` may be white space that does not count. */
  let significant = 0;
  for (; at < text.length && text[at] !== ','; at++) {
    const letter = text[at] as string;
    if (letter === '{' || letter === '}') throw letter === '{' && value === '' ? unsupported() : malformed();
    if (letter === '"') {
      if (quoted || value !== '') throw malformed();
      quoted = true;
      for (at++; text[at] !== '"'; at++) {
        if (text[at] === '\\') at++;
        if (at >= text.length) throw malformed();
        value += text[at];
      }
      continue;
    }
    if (quoted && !isSpace(letter)) throw malformed();
    if (quoted) continue;
    if (letter === '\\') {
      at++;
      if (at >= text.length) throw malformed();
    }
    value += text[at];
    if (!isSpace(letter)) significant = value.length;
  }
  if (quoted) return { value, end: at };
  value = value.slice(0, significant);
  if (value === '') throw malformed();
  return { value: value.toUpperCase() === 'NULL' && !text.slice(start, at).includes('\\') ? null : value, end: at };
}

function isSpace(letter: string | undefined): boolean {
  return letter !== undefined && ' \t\n\v\f\r'.includes(letter);
}

function malformed(): SqlError {
  return new SqlError(SqlState.invalidTextRepresentation, 'malformed array literal');
}

function unsupported(): SqlError {
  return new SqlError(SqlState.featureNotSupported, 'an array of more than one dimension is not supported here');
}
