/** Type names: `numeric(10,2)[]`, `interval day to second(3)`. */
import type { TypeName } from './ast.ts';
import { type Node, names, nodeOf, reader } from './libpg-tree.ts';
import type { ParseSource } from './parse-source.ts';

const typeFields = reader('TypeName')('names', 'typmods', 'typemod', 'arrayBounds', 'location');
const constantFields = reader('A_Const')('ival', 'location');

/** Bits of the fields of an interval type (utils/timestamp.h: INTERVAL_MASK) in words. */
const INTERVAL_FIELDS: ReadonlyMap<number, string> = new Map([
  [1 << 2, 'year'],
  [1 << 1, 'month'],
  [1 << 3, 'day'],
  [1 << 10, 'hour'],
  [1 << 11, 'minute'],
  [1 << 12, 'second'],
  [(1 << 2) | (1 << 1), 'year to month'],
  [(1 << 3) | (1 << 10), 'day to hour'],
  [(1 << 3) | (1 << 10) | (1 << 11), 'day to minute'],
  [(1 << 3) | (1 << 10) | (1 << 11) | (1 << 12), 'day to second'],
  [(1 << 10) | (1 << 11), 'hour to minute'],
  [(1 << 10) | (1 << 11) | (1 << 12), 'hour to second'],
  [(1 << 11) | (1 << 12), 'minute to second'],
]);
const INTERVAL_FULL_RANGE = 0x7fff;

/** The grammar writes `int` as pg_catalog.int4; both come out as `int4`. */
export function parseType(source: ParseSource, node: Parameters<typeof typeFields>[1] | undefined): TypeName {
  const type = typeFields(source, node ?? {});
  const written = names(source, type.names);
  const path = written.length === 2 && written[0] === 'pg_catalog' ? written.slice(1) : written;
  const modifiers = (type.typmods ?? []).map((modifier) => parseModifier(source, modifier, type.location));
  const common = { path, dimensions: type.arrayBounds?.length ?? 0, at: source.at(type.location) };
  if (path.length !== 1 || path[0] !== 'interval' || modifiers.length === 0) return { ...common, modifiers };

  const mask = Number(modifiers[0]);
  const intervalFields = INTERVAL_FIELDS.get(mask);
  if (intervalFields === undefined && mask !== INTERVAL_FULL_RANGE) {
    throw source.refuse(`interval type modifier ${mask}`, type.location);
  }
  return { ...common, modifiers: modifiers.slice(1), intervalFields };
}

function parseModifier(source: ParseSource, node: Node, location: number | undefined): string {
  if (!('A_Const' in node)) throw source.refuse('a type modifier that is no number', location);
  const constant = constantFields(source, nodeOf(source, 'A_Const', node));
  if (constant.ival === undefined) throw source.refuse('a type modifier that is no number', location);
  return String(constant.ival.ival ?? 0);
}
