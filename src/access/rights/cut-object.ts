/**
 * Cuts as objects: `{"type": "point", "dimension": "geo", "path": ["sk"]}`, as DataBrewery's `Cut.to_dict()` writes them.
 */
import { entryOf, type SourceMap, type SourceNode, stringOf } from '../../model/source.ts';
import { didYouMean } from '../../model/spelling.ts';
import type { SourcePosition } from '../../model/types.ts';
import { CutError, writeCut } from './cut-text.ts';
import type { Cut, CutPath, CutSelection } from './rights.ts';

const KINDS = ['point', 'set', 'range'] as const;
const PARTS = { point: ['path'], set: ['paths'], range: ['from', 'to'] } as const;
/** Written by `to_dict()`, and decided by the rest. */
const DERIVED = ['level_depth', 'hidden'];

/** @throws CutError */
export function readCutObject(map: SourceMap): Cut {
  const type = stringOf(map, 'type')?.toLowerCase();
  const kind = KINDS.find((each) => each === type);
  if (kind === undefined) {
    throw new CutError(entryOf(map, 'type')?.value.at ?? map.at, `"type" of a cut is one of ${KINDS.join(', ')}`);
  }
  const known = ['type', 'dimension', 'hierarchy', 'invert', ...PARTS[kind], ...DERIVED];
  for (const { key, keyAt } of map.entries) {
    if (!known.includes(key)) throw new CutError(keyAt, `unknown key "${key}"${didYouMean(key, known)}`);
  }
  const dimension = nameUnder(map, 'dimension');
  if (dimension === undefined) throw new CutError(map.at, 'a cut needs a dimension');
  const cut = {
    at: map.at,
    dimension,
    hierarchy: nameUnder(map, 'hierarchy'),
    inverted: flagUnder(map, 'invert'),
    selection: readSelection(map, kind),
  };
  return { ...cut, text: writeCut(cut) };
}

function readSelection(map: SourceMap, kind: (typeof KINDS)[number]): CutSelection {
  switch (kind) {
    case 'point':
      return { kind, path: readPath(entryOf(map, 'path')?.value, map.at) };
    case 'set': {
      const paths = listUnder(entryOf(map, 'paths')?.value, '"paths"', map.at);
      if (paths.length === 0) throw new CutError(map.at, 'a set needs a path');
      return { kind, paths: paths.map((path) => readPath(path, map.at)) };
    }
    case 'range':
      return { kind, from: readBound(entryOf(map, 'from')?.value), to: readBound(entryOf(map, 'to')?.value) };
  }
}

function readPath(node: SourceNode | undefined, at: SourcePosition): CutPath {
  const items = listUnder(node, 'a path', at);
  if (items.length === 0) throw new CutError(node?.at ?? at, 'a path needs a value');
  return items.map((item) => {
    if (item.kind !== 'scalar') throw new CutError(item.at, 'a path is a list of values');
    // As written: a whole number beyond 2^53 stays what it is.
    return item.value === null ? null : item.raw;
  });
}

function readBound(node: SourceNode | undefined): readonly string[] | undefined {
  if (node === undefined || (node.kind === 'scalar' && node.value === null)) return undefined;
  return readPath(node, node.at).map((value) => {
    if (value === null) throw new CutError(node.at, 'null is no end of a range');
    return value;
  });
}

function listUnder(node: SourceNode | undefined, what: string, at: SourcePosition): readonly SourceNode[] {
  if (node?.kind === 'list') return node.items;
  throw new CutError(node?.at ?? at, `${what} must be a list`);
}

function nameUnder(map: SourceMap, key: 'dimension' | 'hierarchy'): string | undefined {
  const node = entryOf(map, key)?.value;
  if (node === undefined || (key === 'hierarchy' && node.kind === 'scalar' && node.value === null)) return undefined;
  if (node.kind === 'scalar' && typeof node.value === 'string' && /^[A-Za-z_]\w*$/.test(node.value)) return node.value;
  throw new CutError(node.at, `"${key}" must be a name`);
}

function flagUnder(map: SourceMap, key: 'invert'): boolean {
  const node = entryOf(map, key)?.value;
  if (node === undefined) return false;
  if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value;
  throw new CutError(node.at, `"${key}" must be true or false`);
}
