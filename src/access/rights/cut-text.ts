/**
 * Cuts as text: `date:2010`, `date@ymd:2004,6`, `geo:sk;us`, `!geo:sk`, `date:2010-2012`. The grammar is DataBrewery's
 * (cubes/query/cells.py), read whole: what follows a cut, or is none, is an error and not ignored.
 *
 *     cut   := ['!'] name ['@' name] ':' value
 *     value := path (';' path)* | [path] '-' [path]
 *     path  := element (',' element)*
 *
 * In an element a backslash takes the next character as it stands; `__null__` is a row without a value.
 */
import type { SourceText } from '../../model/source.ts';
import type { SourcePosition } from '../../model/types.ts';
import type { Cut, CutPath, CutSelection } from './rights.ts';

/** What is wrong with a cut, and where. */
export class CutError extends Error {
  override readonly name = 'CutError';
  readonly at: SourcePosition;

  constructor(at: SourcePosition, message: string) {
    super(message);
    this.at = at;
  }
}

const HEAD = /^(!?)([A-Za-z_]\w*)(?:@([A-Za-z_]\w*))?:/;

/** @throws CutError */
export function readCutText(source: SourceText): Cut {
  const { text, at } = source;
  const head = HEAD.exec(text);
  if (head === null) {
    throw new CutError(at(0), `"${text}" is no cut: a dimension and its values are expected, such as "geo:sk;us"`);
  }
  const [whole, inverted, dimension = '', hierarchy] = head;
  return {
    text,
    at: at(0),
    inverted: inverted === '!',
    dimension,
    hierarchy,
    selection: readValue(source, whole.length),
  };
}

type Separator = ',' | ';' | '-';
type Element = {
  /** With its backslashes. */
  readonly raw: string;
  readonly value: string;
  /** What ends it; undefined at the end of the text. */
  readonly end: Separator | undefined;
  readonly offset: number;
};

function readValue(source: SourceText, start: number): CutSelection {
  const elements = splitElements(source, start);
  const ranges = elements.filter(({ end }) => end === '-');
  const [range, another] = ranges;
  const isSet = elements.some(({ end }) => end === ';');
  if (range === undefined) {
    const [path = [], ...more] = pathsOf(elements, ';').map((path) => path.map(elementValue));
    return isSet ? { kind: 'set', paths: [path, ...more] } : { kind: 'point', path };
  }
  if (isSet) throw new CutError(source.at(range.offset), 'a set of ranges is no cut; "\\-" is a minus sign');
  if (another !== undefined)
    throw new CutError(source.at(another.offset), 'a range has two ends; "\\-" is a minus sign');
  const [from = [], to = []] = pathsOf(elements, '-');
  return { kind: 'range', from: readBound(source, from), to: readBound(source, to) };
}

function splitElements({ text, at }: SourceText, start: number): readonly Element[] {
  const elements: Element[] = [];
  let begin = start;
  let value = '';
  const end = (offset: number, separator: Separator | undefined): void => {
    elements.push({ raw: text.slice(begin, offset), value, end: separator, offset: begin });
    begin = offset + 1;
    value = '';
  };
  for (let i = start; i < text.length; i += 1) {
    const character = text[i] ?? '';
    switch (character) {
      case '\\':
        i += 1;
        if (i === text.length) throw new CutError(at(i - 1), 'nothing follows the backslash');
        value += text[i];
        break;
      case ',':
      case ';':
      case '-':
        end(i, character);
        break;
      case ':':
      case '|':
        throw new CutError(
          at(i),
          `"${character}" in a value is written "\\${character}"; each cut is an item of its own`,
        );
      default:
        value += character;
    }
  }
  end(text.length, undefined);
  return elements;
}

function pathsOf(elements: readonly Element[], separator: ';' | '-'): readonly (readonly Element[])[] {
  const paths: Element[][] = [[]];
  for (const element of elements) {
    paths.at(-1)?.push(element);
    if (element.end === separator) paths.push([]);
  }
  return paths;
}

function elementValue({ raw, value }: Element): CutPath[number] {
  return raw === '__null__' ? null : value;
}

/** An end of a range that is left out is open. */
function readBound(source: SourceText, elements: readonly Element[]): readonly string[] | undefined {
  const [only, another] = elements;
  if (only === undefined || (another === undefined && only.raw === '')) return undefined;
  return elements.map((element) => {
    const value = elementValue(element);
    if (value === null) throw new CutError(source.at(element.offset), '__null__ is no end of a range');
    return value;
  });
}

/** A cut as `readCutText` reads it. */
export function writeCut({ inverted, dimension, hierarchy, selection }: Omit<Cut, 'text'>): string {
  const name = `${inverted ? '!' : ''}${dimension}${hierarchy === undefined ? '' : `@${hierarchy}`}`;
  switch (selection.kind) {
    case 'point':
      return `${name}:${writePath(selection.path)}`;
    case 'set':
      return `${name}:${selection.paths.map(writePath).join(';')}`;
    case 'range':
      return `${name}:${writePath(selection.from ?? [])}-${writePath(selection.to ?? [])}`;
  }
}

function writePath(path: CutPath): string {
  const elements = path.map((value) => {
    if (value === null) return '__null__';
    return value === '__null__' ? '\\__null__' : value.replace(/[\\|:;,-]/g, '\\$&');
  });
  return elements.join(',');
}
