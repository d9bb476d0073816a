/** A mask that is written as a value. */

import { claimText } from '../../access/filter-values.ts';
import { SqlError } from '../../errors.ts';
import type { Mask } from '../../model/types.ts';
import { numericScale, type PgType } from '../../sql/types.ts';
import type { Bound } from '../bound/bound.ts';

/** The value as a constant of the type; NULL where the author gave none. */
export function maskConstant(
  mask: Extract<Mask, { kind: 'literal' }> | undefined,
  { type, typmod }: { readonly type: PgType; readonly typmod: number },
): Bound {
  const value = mask === undefined || mask.value === null ? null : (maskText(mask.value, type) ?? null);
  const scale = type === 'numeric' && typmod !== -1 ? numericScale(typmod) : undefined;
  const shown = value === null || scale === undefined ? value : withPlaces(value, scale);
  return { kind: 'const', type, typmod: -1, value: shown };
}

/** As the column's other values are written: `-1.00` in a numeric(10,2). A longer one stays as it is. */
function withPlaces(value: string, scale: number): string {
  if (!/^-?\d+(\.\d+)?$/.test(value)) return value;
  const [whole = '', fraction = ''] = value.split('.');
  return scale > 0 ? `${whole}.${fraction.padEnd(scale, '0')}` : value;
}

/** The text form of a mask as the type; undefined for one that is no value of it. */
export function maskText(value: string | number | boolean, type: PgType): string | undefined {
  // Any type's NULL is written `null`, and a text's may be `true`.
  if (type === 'text' || type === 'varchar' || type === 'bpchar') return String(value);
  try {
    return claimText(value, type, 'mask');
  } catch (error) {
    if (error instanceof SqlError) return undefined;
    throw error;
  }
}
