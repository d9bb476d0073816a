/** Choices drawn from fast-check, each of which shrinks to its simplest. */
import fc, { type GeneratorValue } from 'fast-check';

export type Random = {
  /** 0 … max; shrinks to 0. */
  readonly upTo: (max: number) => number;
  /** True in `percent` of a hundred; shrinks to false. */
  readonly chance: (percent: number) => boolean;
  /** One of the list; shrinks to the first. */
  readonly pick: <T>(list: readonly T[]) => T;
  /** Some of the list, in its order. */
  readonly some: <T>(list: readonly T[], most: number) => T[];
};

export function randomOf(g: GeneratorValue): Random {
  const upTo = (max: number): number => (max <= 0 ? 0 : g(fc.nat, max));
  const pick = <T>(list: readonly T[]): T => {
    const item = list[upTo(list.length - 1)];
    if (item === undefined && list.length === 0) throw new Error('nothing to pick from');
    return item as T;
  };
  return {
    upTo,
    chance: (percent) => g(fc.nat, 99) >= 100 - percent,
    pick,
    some: (list, most) => Array.from({ length: Math.min(upTo(most), list.length) }, () => pick(list)),
  };
}
