/**
 * Comparisons that the stages of a measure make among themselves.
 */
import type { PgType } from '../../sql/types.ts';
import type { Bound } from '../bound/bound.ts';
import { applyOperator } from '../routines/apply.ts';
import type { Routine } from '../routines/routines.ts';
import { allOf } from './groups.ts';

/**
 * True for equal values and for two NULLs, in a form that PostgreSQL can hash: IS NOT DISTINCT FROM would compare
 * every group with every other.
 */
export function sameKey(left: Bound, right: Bound): Bound {
  const { type } = left;
  if (type === 'unknown') throw new Error('a key has a type');
  const filler = fillerOf(type);
  if (filler === undefined)
    return {
      kind: 'distinct-from',
      negated: true,
      left,
      right,
      routine: equalityOf(left, right),
      type: 'bool',
      typmod: -1,
    };
  const filled = (side: Bound): Bound => ({
    kind: 'coalesce',
    args: [side, { kind: 'const', type, typmod: -1, value: filler }],
    type,
    typmod: -1,
  });
  const missing = (arg: Bound): Bound => ({ kind: 'is', test: 'null', negated: false, arg, type: 'bool', typmod: -1 });
  return allOf([applyOperator('=', filled(left), filled(right)), applyOperator('=', missing(left), missing(right))]);
}

/** True if `sameKey` compares such values in a form that PostgreSQL can hash. */
export function isHashed({ type }: Bound): boolean {
  return type !== 'unknown' && fillerOf(type) !== undefined;
}

/** Some value of the type: beside it the NULLs are compared as well. */
function fillerOf(type: PgType): string | undefined {
  switch (type) {
    case 'int2':
    case 'int4':
    case 'int8':
    case 'numeric':
    case 'float4':
    case 'float8':
      return '0';
    case 'text':
    case 'varchar':
      return '';
    case 'bool':
      return 'false';
    case 'date':
      return '2000-01-01';
    case 'timestamp':
      return '2000-01-01 00:00:00';
    case 'timestamptz':
      return '2000-01-01 00:00:00+00';
    case 'uuid':
      return '00000000-0000-0000-0000-000000000000';
    default:
      return undefined;
  }
}

function equalityOf(left: Bound, right: Bound): Routine {
  const compared = applyOperator('=', left, right);
  if (compared.kind !== 'apply') throw new Error('a comparison is a call');
  return compared.routine;
}

/** `GROUPING(keys)`: tells which grouping set a group belongs to. */
export function groupingOf(keys: readonly Bound[]): Bound {
  return { kind: 'grouping', args: keys, type: 'int4', typmod: -1 };
}

/** The value of `groupingOf(keys)` in a set. */
export function groupingMask(keys: readonly Bound[], set: readonly number[]): Bound {
  const mask = keys.reduce((bits, _, i) => bits * 2 + (set.includes(i) ? 0 : 1), 0);
  return { kind: 'const', type: 'int4', typmod: -1, value: String(mask) };
}

/** A moment, moved by an interval. */
export function moved(moment: Bound, sign: '+' | '-', interval: string): Bound {
  return applyOperator(sign, moment, { kind: 'const', type: 'interval', typmod: -1, value: interval });
}

/** An interval as PostgreSQL reads it, which knows no quarter. */
export function intervalText(count: number, unit: string): string {
  return unit === 'quarter' ? `${count * 3} month` : `${count} ${unit}`;
}
