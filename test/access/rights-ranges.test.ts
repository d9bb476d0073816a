/** Cuts over levels, drawn at random: what their filters pass is what comparing paths one by one says. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cutFilter } from '../../src/access/rights/cut-filter.ts';
import type { Cut, CutSelection } from '../../src/access/rights/rights.ts';
import type { PolicyValue, RowFilter } from '../../src/access/row-filter.ts';

const LEVELS = ['y', 'm', 'd'].map((name) => ({ path: [], cube: 'c', member: name, name }));
const AT = { file: 'rights.json', line: 1, column: 1 };

type Row = readonly (number | null)[];
/** SQL's three values: undefined is unknown. */
type Truth = boolean | undefined;

function passes(filter: RowFilter, row: Row, values: readonly PolicyValue[]): Truth {
  switch (filter.kind) {
    case 'nothing':
      return false;
    case 'and':
    case 'or': {
      const decisive = filter.kind === 'or';
      const truths = filter.filters.map((inner) => passes(inner, row, values));
      return truths.includes(decisive) ? decisive : truths.includes(undefined) ? undefined : !decisive;
    }
    case 'null-test':
      return (levelValue(row, filter.member.member) === null) !== filter.negated;
    case 'compare': {
      const value = levelValue(row, filter.member.member);
      return value === null ? undefined : compare(value, filter.operator, Number(values[filter.value]?.text));
    }
    case 'any': {
      const value = levelValue(row, filter.member.member);
      const list = values[filter.value]?.text.replace(/[{}"]/g, '').split(',').map(Number) ?? [];
      return value === null ? undefined : list.includes(value) !== filter.negated;
    }
    case 'text-match':
      throw new Error('cuts match no part of a text');
  }
}

function levelValue(row: Row, level: string): number | null {
  return row[LEVELS.findIndex(({ name }) => name === level)] ?? null;
}

function compare(value: number, operator: '=' | '<>' | '<' | '<=' | '>' | '>=', other: number): boolean {
  const order = Math.sign(value - other);
  return { '=': order === 0, '<>': order !== 0, '<': order < 0, '<=': order <= 0, '>': order > 0, '>=': order >= 0 }[
    operator
  ];
}

const value = fc.integer({ min: 0, max: 3 });
const path = fc.array(value.map(String), { minLength: 1, maxLength: 3 });
const element = fc.oneof({ weight: 4, arbitrary: value.map(String) }, { weight: 1, arbitrary: fc.constant(null) });
const selection: fc.Arbitrary<CutSelection> = fc.oneof(
  fc.array(element, { minLength: 1, maxLength: 3 }).map((points) => ({ kind: 'point' as const, path: points })),
  fc
    .array(fc.array(element, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 })
    .map((paths) => ({ kind: 'set' as const, paths })),
  fc
    .tuple(fc.option(path, { nil: undefined }), fc.option(path, { nil: undefined }))
    .filter(([from, to]) => from !== undefined || to !== undefined)
    .map(([from, to]) => ({ kind: 'range' as const, from, to })),
);

/** Of a row with a value at each level. */
function holds(cut: CutSelection, row: readonly number[]): boolean {
  const same = (points: readonly (string | null)[]): boolean =>
    points.every((each, i) => each !== null && Number(each) === row[i]);
  /** The row's path, cut to the length of the other, before it (-1), in it (0), behind it (1). */
  const order = (bound: readonly string[]): number =>
    bound.map((each, i) => Math.sign((row[i] ?? 0) - Number(each))).find((sign) => sign !== 0) ?? 0;
  switch (cut.kind) {
    case 'point':
      return same(cut.path);
    case 'set':
      return cut.paths.some(same);
    case 'range':
      return (cut.from === undefined || order(cut.from) >= 0) && (cut.to === undefined || order(cut.to) <= 0);
  }
}

function run(chosen: CutSelection, inverted: boolean, row: Row): Truth {
  const values: PolicyValue[] = [];
  const cut: Cut = { text: 'date', at: AT, dimension: 'date', hierarchy: undefined, inverted, selection: chosen };
  const filter = cutFilter(cut, LEVELS, { typeOf: () => 'int4', bind: (bound) => values.push(bound) - 1 });
  if (filter === undefined) throw new Error('a cut with a condition has a filter');
  return passes(filter, row, values);
}

it('a row with values passes exactly what its path is in, and the inverse of the rest', () => {
  const row = fc.array(value, { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(selection, row, (chosen, values) => {
      expect(run(chosen, false, values)).toBe(holds(chosen, values));
      expect(run(chosen, true, values)).toBe(!holds(chosen, values));
    }),
    { numRuns: 2_000 },
  );
});

it('a row without some values never passes a cut and its inverse both', () => {
  const row = fc.array(fc.option(value), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(selection, row, (chosen, values) => {
      const [plain, inverse] = [run(chosen, false, values), run(chosen, true, values)];
      expect(inverse).toBe(plain === undefined ? undefined : !plain);
    }),
    { numRuns: 2_000 },
  );
});
