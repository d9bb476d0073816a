/**
 * A cut over its levels → a row filter, as DataBrewery's SQL has it: a point is an AND over levels, a set an OR of points,
 * a range hierarchical and lexicographic, `!` a NOT (so that a row without a value drops out).
 */
import { assertNever, SqlError } from '../../errors.ts';
import { arrayOf, isArrayType, type PgType } from '../../sql/types.ts';
import { claimText, dayAfter, isDateOnly } from '../filter-values.ts';
import { arrayText, type MemberRef, type PolicyValue, type RowFilter } from '../row-filter.ts';
import { CutError } from './cut-text.ts';
import type { Level } from './levels.ts';
import type { Cut, CutPath } from './rights.ts';

export type CutScope = {
  readonly typeOf: (cube: string, member: string) => PgType;
  /** Keeps a value and gives its index. */
  readonly bind: (value: PolicyValue) => number;
};

/**
 * @returns undefined for a range that is open at both ends: it restricts nothing
 * @throws CutError for a path longer than the levels, and for a value that is not of its level's type
 */
export function cutFilter(cut: Cut, levels: readonly Level[], scope: CutScope): RowFilter | undefined {
  const { selection, inverted } = cut;
  const members = levels.map(
    ({ path, cube, member }): MemberRef => ({ path, cube, member, type: scope.typeOf(cube, member) }),
  );
  const compare = comparisons(cut, scope);
  const point = (path: CutPath): RowFilter =>
    all(paired(cut, path, members).map(([value, of]) => compare.equal(of, value)));
  switch (selection.kind) {
    case 'point':
      return invertedIf(inverted, point(selection.path));
    case 'set':
      return invertedIf(inverted, compare.anyOf(members, selection.paths) ?? any(selection.paths.map(point)));
    case 'range': {
      const lower = selection.from && beyond(paired(cut, selection.from, members), '>', '>=', compare);
      const upper = selection.to && beyond(paired(cut, selection.to, members), '<', '<=', compare);
      const bounds = [lower, upper].filter((bound) => bound !== undefined);
      if (bounds.length === 0) return inverted ? { kind: 'nothing' } : undefined;
      return invertedIf(inverted, all(bounds));
    }
    default:
      return assertNever(selection, 'cutFilter');
  }
}

/** Each value with the level that it is of. */
function paired<Value>(
  cut: Cut,
  path: readonly Value[],
  members: readonly MemberRef[],
): readonly (readonly [Value, MemberRef])[] {
  return path.map((value, i) => {
    const member = members[i];
    if (member === undefined) throw new CutError(cut.at, tooLong(cut, path.length, members.length));
    return [value, member] as const;
  });
}

function tooLong({ text, dimension }: Cut, values: number, levels: number): string {
  const has = levels === 1 ? 'is one level' : `has ${levels} levels`;
  const hint = levels === 1 ? `; "\\," is a comma, "${dimension}@HIERARCHY" picks a hierarchy` : '';
  return `"${text}" has ${values} values, but "${dimension}" ${has}${hint}`;
}

/** `(Y = y AND M = m AND D >= d) OR (Y = y AND M > m) OR (Y > y)` */
function beyond(
  path: readonly (readonly [string, MemberRef])[],
  outside: '<' | '>',
  last: '<=' | '>=',
  compare: Comparisons,
): RowFilter {
  const steps = path.map(([value, member], i) => {
    const above = path.slice(0, i).map(([same, of]) => compare.equal(of, same));
    return all([...above, compare.order(member, i === path.length - 1 ? last : outside, value)]);
  });
  return any(steps.reverse());
}

type Comparisons = {
  readonly equal: (member: MemberRef, value: string | null) => RowFilter;
  readonly order: (member: MemberRef, operator: '<' | '<=' | '>' | '>=', value: string) => RowFilter;
  /** Paths of one value each as one array; undefined where they are not. */
  readonly anyOf: (members: readonly MemberRef[], paths: readonly CutPath[]) => RowFilter | undefined;
};

function comparisons(cut: Cut, { bind }: CutScope): Comparisons {
  const textOf = (value: string, { type, member }: MemberRef): string => {
    try {
      // `true` and `false` come as text here, never as JSON's.
      return claimText(value, type, member);
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      throw new CutError(cut.at, `"${cut.text}": ${error.message}, not "${value}"`);
    }
  };
  const compare = (member: MemberRef, operator: '=' | '<' | '<=' | '>' | '>=', text: string): RowFilter => ({
    kind: 'compare',
    member,
    operator,
    value: bind({ type: member.type, text }),
  });
  /** A date alone means its whole day, in the policy time zone (contract 7, point 3). */
  const isDay = ({ type }: MemberRef, text: string): boolean =>
    (type === 'timestamp' || type === 'timestamptz') && isDateOnly(text);
  return {
    equal: (member, value) => {
      if (value === null) return { kind: 'null-test', member, negated: false };
      const text = textOf(value, member);
      if (!isDay(member, text)) return compare(member, '=', text);
      return all([compare(member, '>=', text), compare(member, '<', dayAfter(text))]);
    },
    order: (member, operator, value) => {
      const text = textOf(value, member);
      if (!isDay(member, text)) return compare(member, operator, text);
      if (operator === '>') return compare(member, '>=', dayAfter(text));
      return operator === '<=' ? compare(member, '<', dayAfter(text)) : compare(member, operator, text);
    },
    anyOf: ([member], paths) => {
      if (member === undefined || isArrayType(member.type)) return undefined;
      const texts: string[] = [];
      for (const [value, deeper] of paths) {
        if (value === undefined || value === null || deeper !== undefined) return undefined;
        texts.push(textOf(value, member));
      }
      if (texts.length < 2 || texts.some((text) => isDay(member, text))) return undefined;
      return {
        kind: 'any',
        member,
        negated: false,
        value: bind({ type: arrayOf(member.type), text: arrayText(texts) }),
      };
    },
  };
}

function all(filters: readonly RowFilter[]): RowFilter {
  const [only, another] = filters;
  return only !== undefined && another === undefined ? only : { kind: 'and', filters };
}

function any(filters: readonly RowFilter[]): RowFilter {
  const [only, another] = filters;
  return only !== undefined && another === undefined ? only : { kind: 'or', filters };
}

function invertedIf(inverted: boolean, filter: RowFilter): RowFilter {
  return inverted ? negated(filter) : filter;
}

const OPPOSITE = { '=': '<>', '<>': '=', '<': '>=', '>=': '<', '>': '<=', '<=': '>' } as const;

/** NOT, moved inward: it holds of three-valued logic that NOT (a AND b) is NOT a OR NOT b, and NOT (a < b) is a >= b. */
function negated(filter: RowFilter): RowFilter {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return { kind: filter.kind === 'and' ? 'or' : 'and', filters: filter.filters.map(negated) };
    case 'compare':
      return { ...filter, operator: OPPOSITE[filter.operator] };
    case 'null-test':
    case 'any':
    case 'text-match':
      return { ...filter, negated: !filter.negated };
    case 'nothing':
      throw new Error('a cut is never "nothing" before it is inverted');
    default:
      return assertNever(filter, 'negated');
  }
}
