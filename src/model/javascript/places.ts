/**
 * Where in a script a value was written: of every object and list that the text has, its parts; of a text, its
 * characters as far as they stand there as they are.
 */
import type { SourcePosition } from '../types.ts';
import type { AnyNode } from './syntax.ts';

export type PartPlace = { readonly keyAt: SourcePosition; readonly at: SourcePosition };

export type Places = {
  readonly locate: (value: object, node: AnyNode, file: PlacedFile) => void;
  /** Of an object or a list itself. */
  readonly own: (value: object) => SourcePosition | undefined;
  /** Of a property; undefined when it was not written in this object. */
  readonly of: (value: object, key: string) => PartPlace | undefined;
  readonly item: (value: object, index: number) => SourcePosition | undefined;
  /** What was written at a place. */
  readonly nodeAt: (at: SourcePosition) => { readonly node: AnyNode; readonly file: PlacedFile } | undefined;
};

export type PlacedFile = { readonly position: (offset: number) => SourcePosition };

export function makePlaces(): Places {
  const written = new WeakMap<object, { readonly node: AnyNode; readonly file: PlacedFile }>();
  const nodes = new WeakMap<SourcePosition, { readonly node: AnyNode; readonly file: PlacedFile }>();
  const place = (node: AnyNode, file: PlacedFile): SourcePosition => {
    const at = file.position(node.start);
    nodes.set(at, { node, file });
    return at;
  };
  return {
    locate: (value, node, file) => written.set(value, { node, file }),
    own: (value) => {
      const found = written.get(value);
      return found && place(found.node, found.file);
    },
    of: (value, key) => {
      const found = written.get(value);
      if (found?.node.type !== 'ObjectExpression') return undefined;
      for (const property of found.node.properties) {
        if (property.type !== 'Property' || property.computed) continue;
        const { key: name } = property;
        const isIt =
          name.type === 'Identifier' ? name.name === key : name.type === 'Literal' && String(name.value) === key;
        if (isIt) return { keyAt: place(name, found.file), at: place(property.value, found.file) };
      }
      return undefined;
    },
    item: (value, index) => {
      const found = written.get(value);
      if (found?.node.type !== 'ArrayExpression') return undefined;
      const { elements } = found.node;
      const element = elements[index];
      if (!element || elements.some((each) => each?.type === 'SpreadElement')) return undefined;
      return place(element, found.file);
    },
    nodeAt: (at) => nodes.get(at),
  };
}

/**
 * The place of each character of a text that was written at `at`: exact where the literal holds it as it is.
 * @param text as it is read, with braces for what stood in `${}` @param asRead what the author's own text became in it
 */
export function textPlaces(
  places: Places,
  at: SourcePosition,
  text: string,
  asRead: (part: string) => string,
): (offset: number) => SourcePosition {
  const found = places.nodeAt(at);
  if (found === undefined) return () => at;
  const { node, file } = found;
  const body = node.type === 'ArrowFunctionExpression' && node.body.type !== 'BlockStatement' ? node.body : node;
  if (body.type === 'Literal') return (offset) => file.position(Math.min(body.start + 1 + offset, body.end - 1));
  if (body.type !== 'TemplateLiteral') return () => at;
  /** Where each piece of the author's text begins, in the text and in the file. */
  const pieces: { readonly from: number; readonly to: number; readonly start: number }[] = [];
  let read = 0;
  for (const quasi of body.quasis) {
    const written = asRead(quasi.value.raw);
    if (written === '') continue;
    const from = text.indexOf(written, read);
    if (from === -1) return () => at;
    pieces.push({ from, to: from + written.length, start: quasi.start });
    read = from + written.length;
  }
  return (offset) => {
    const piece = pieces.findLast(({ from }) => from <= offset);
    if (piece === undefined) return at;
    return file.position(piece.start + Math.min(offset, piece.to) - piece.from);
  };
}
