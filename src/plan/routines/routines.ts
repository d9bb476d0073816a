/**
 * The closed lists of functions, operators and casts, as data: the only routines that a statement may name.
 */
import type { PgType } from '../../sql/types.ts';
import { AGGREGATES } from './lists/aggregates.ts';
import { CASTS } from './lists/casts.ts';
import { FUNCTIONS } from './lists/functions.ts';
import { OPERATORS } from './lists/operators.ts';
import { WINDOW_FUNCTIONS } from './lists/windows.ts';

export type PolymorphicType =
  | 'any'
  | 'anyelement'
  | 'anyarray'
  | 'anynonarray'
  | 'anycompatible'
  | 'anycompatiblearray'
  | 'anycompatiblenonarray';
export type SignatureType = PgType | PolymorphicType;

/** One entry of the lists. Two entries are never equal, so identity is equality. */
export type Routine = {
  readonly kind: 'function' | 'aggregate' | 'window' | 'operator';
  readonly name: string;
  /** For an operator [left, right], or [operand]. For an aggregate WITHIN GROUP, the direct arguments. */
  readonly parameters: readonly SignatureType[];
  /** Types after ORDER BY of an ordered-set aggregate. */
  readonly ordered: readonly SignatureType[] | undefined;
  /** The last parameter repeats. */
  readonly variadic: boolean;
  readonly result: SignatureType;
  readonly returnsSet: boolean;
  readonly volatility: 'immutable' | 'stable';
  /**
   * PostgreSQL's own mark that no input raises an error and nothing of the input leaks: may run beside a row filter.
   */
  readonly leakproof: boolean;
};

const FUNCTION_LINE = /^(\w+)\((.*?)(?: ?(order by) (.*))?\) (setof )?(\S+) (immutable|stable) (\S+)$/;

function parseFunctions(list: string, kind: 'function' | 'aggregate' | 'window'): Routine[] {
  return lines(list).map((line) => {
    const match = FUNCTION_LINE.exec(line);
    if (match === null) throw new Error(`malformed signature: ${line}`);
    const [, name = '', direct = '', orderBy, ordered = '', setOf, result = '', volatility, errorClass] = match;
    const parameters = splitTypes(direct);
    return {
      kind,
      name,
      parameters: parameters.map((type) => type.replace('...', '') as SignatureType),
      ordered:
        orderBy === undefined ? undefined : splitTypes(ordered).map((type) => type.replace('...', '') as SignatureType),
      variadic: parameters.at(-1)?.startsWith('...') ?? false,
      result: result as SignatureType,
      returnsSet: setOf !== undefined,
      volatility: volatility as 'immutable' | 'stable',
      leakproof: errorClass === 'leakproof',
    };
  });
}

function parseOperators(list: string): Routine[] {
  return lines(list).map((line) => {
    const [left = '', name = '', right = '', result = '', errorClass, volatility] = line.split(' ');
    return {
      kind: 'operator',
      name,
      parameters: (left === '-' ? [right] : [left, right]) as SignatureType[],
      ordered: undefined,
      variadic: false,
      result: result as SignatureType,
      returnsSet: false,
      volatility: volatility === 's' ? 'stable' : 'immutable',
      leakproof: errorClass === 'leakproof',
    };
  });
}

function lines(list: string): string[] {
  return list.split('\n').filter((line) => line !== '');
}

function splitTypes(text: string): string[] {
  return text === '' ? [] : text.split(', ');
}

function byName(routines: readonly Routine[]): ReadonlyMap<string, readonly Routine[]> {
  const map = new Map<string, Routine[]>();
  for (const routine of routines) {
    const known = map.get(routine.name);
    if (known === undefined) map.set(routine.name, [routine]);
    else known.push(routine);
  }
  return map;
}

export const functionsByName = byName([
  ...parseFunctions(FUNCTIONS, 'function'),
  ...parseFunctions(AGGREGATES, 'aggregate'),
  ...parseFunctions(WINDOW_FUNCTIONS, 'window'),
]);
export const operatorsByName = byName(parseOperators(OPERATORS));

export type CastContext = 'implicit' | 'assignment' | 'explicit';
export type CastRule = { readonly context: CastContext; readonly leakproof: boolean };

const CAST_CONTEXT: { readonly [letter: string]: CastContext } = { i: 'implicit', a: 'assignment', e: 'explicit' };

/** pg_cast, by `source>target`. */
export const castRules: ReadonlyMap<string, CastRule> = new Map(
  lines(CASTS).map((line) => {
    const [source = '', target = '', context = '', errorClass] = line.split(' ');
    return [
      `${source}>${target}`,
      { context: CAST_CONTEXT[context] ?? 'explicit', leakproof: errorClass === 'leakproof' },
    ];
  }),
);
