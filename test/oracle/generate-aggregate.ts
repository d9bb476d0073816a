/** What stands in a SELECT that groups: aggregates, measures in all their spellings, expressions over them, windows. */

import {
  type Column,
  type Draw,
  dimensionsOf,
  leaf,
  measuresOf,
  name,
  queryOf,
  type Source,
  selectFrom,
} from './draw.ts';
import { leavesOf, lit, type Type } from './expression.ts';
import { viewSource } from './generate-from.ts';
import { condition, measureBeside, measureOfView, rowExpr } from './generate-row.ts';
import type { Aggregate, QueryExpr } from './query.ts';

export type Typed = { readonly expr: QueryExpr; readonly type: Type };

/**
 * An aggregate, a measure, or an expression over such.
 * @param bare measures may stand without a call
 */
export function aggregated(draw: Draw, source: Source, bare: boolean, depth = 1): Typed {
  const { random } = draw;
  if (depth > 0 && random.chance(15)) return combined(draw, source, bare, depth - 1);
  const measures = measuresOf(source);
  if (measures.length === 0 || !random.chance(60)) return ordinary(draw, source);
  const column = random.pick(measures);
  const expr = bare && random.chance(30) ? name(draw, column, source.joined) : measureCall(draw, source, column);
  return { expr, type: column.type };
}

function combined(draw: Draw, source: Source, bare: boolean, depth: number): Typed {
  const { random } = draw;
  const numeric = (): Typed => {
    const found = aggregated(draw, source, bare, depth);
    return found.type === 'int' || found.type === 'num' ? found : count;
  };
  const [a, b] = [numeric(), numeric()];
  const type = a.type === 'num' || b.type === 'num' ? 'num' : 'int';
  switch (random.upTo(5)) {
    case 0:
      return { expr: { k: 'op', op: random.pick(['+', '-'] as const), args: [a.expr, b.expr] }, type };
    case 1:
      return { expr: { k: 'coalesce', args: [a.expr, lit(0)] }, type: a.type };
    case 2:
      return { expr: { k: 'case', when: above(draw, a), then: b.expr, otherwise: lit(0) }, type: b.type };
    case 3:
      return { expr: { k: 'case', when: above(draw, a), then: lit('a'), otherwise: lit('b') }, type: 'text' };
    case 4:
      return { expr: { k: 'cast', arg: a.expr }, type: 'num' };
    default:
      return { expr: { k: 'ratio', args: [a.expr, b.expr] }, type: 'num' };
  }
}

const count: Typed = {
  expr: leaf({ k: 'aggregate', fn: 'count', distinct: false, arg: undefined, filter: undefined }),
  type: 'int',
};

/** A condition over a value of a group. */
export function above(draw: Draw, { expr, type }: Typed): QueryExpr {
  const { random } = draw;
  if (type === 'text' || type === 'bool') return { k: 'notnull', arg: expr };
  const other = random.chance(15) ? measureOfView(draw) : undefined;
  return { k: 'op', op: random.pick(['>', '>=', '<'] as const), args: [expr, other ?? lit(random.upTo(3))] };
}

/** A measure in a call: MEASURE(m), or an aggregate that means it (rule 2). */
export function measureCall(draw: Draw, source: Source, column: Column): QueryExpr {
  const { random } = draw;
  const bare = name(draw, column, source.joined);
  const filter = random.chance(25) ? condition(draw, source, 1) : undefined;
  if (random.chance(40))
    return leaf({ k: 'measure-call', fn: random.pick(['MEASURE', 'AGGREGATE', 'AGG']), arg: bare, filter });
  const { fn, distinct } = random.pick((draw.compatible ? ANY : MATCHING[column.measure ?? 'number']) ?? []);
  const numeric = column.type === 'int' || column.type === 'num';
  const arg = distinct ? bare : scaled(draw, source, bare, numeric);
  return leaf({ k: 'aggregate', fn, distinct, arg, filter });
}

/** What may stand between an aggregate and its measure. */
function scaled(draw: Draw, source: Source, measure: QueryExpr, numeric: boolean): QueryExpr {
  const { random } = draw;
  const kind = random.upTo(19);
  if (kind <= 13) return measure;
  if (!numeric || kind <= 16) {
    const zero = numeric ? [undefined, lit(0), lit(null)] : [undefined, lit(null)];
    return { k: 'case', when: condition(draw, source, 1), then: measure, otherwise: random.pick(zero) };
  }
  switch (kind) {
    case 17:
      return { k: 'coalesce', args: [measure, lit(0)] };
    case 18:
      return random.chance(50) ? { k: 'negated', arg: measure } : { k: 'op', op: '*', args: [measure, lit(2)] };
    default:
      return { k: 'cast', arg: measure };
  }
}

function ordinary(draw: Draw, source: Source): Typed {
  const { random } = draw;
  const filter = random.chance(20) ? condition(draw, source, 1) : undefined;
  const call = (fn: Aggregate, arg: QueryExpr | undefined, type: Type, distinct = false): Typed => ({
    expr: leaf({ k: 'aggregate', fn, distinct, arg, filter }),
    type,
  });
  const row = (type: Type, depth: number): QueryExpr => rowExpr(draw, source, type, depth);
  const some = (): QueryExpr => row(random.pick(['int', 'text'] as const), 1);
  switch (random.upTo(9)) {
    case 0:
      return call('count', undefined, 'int');
    case 1:
      return call('sum', row('int', 1), 'int');
    case 2:
      return call('count', some(), 'int');
    case 3:
      return call('count', some(), 'int', true);
    case 4:
      return call('avg', row('int', 1), 'num');
    case 5:
      return call('min', row('int', 1), 'int');
    case 6:
      return call('max', row('text', 0), 'text');
    case 7:
      return call(random.pick(['sum', 'count'] as const), lit(1), 'int');
    case 8:
      return call('bool_or', condition(draw, source, 0), 'bool');
    default:
      return call('sum', row('int', 2), 'int', random.chance(15));
  }
}

/** A subquery in a SELECT that groups: correlated by a key, or by a measure of the outer query. */
export function besideGroup(draw: Draw, source: Source, keys: readonly Typed[]): Typed | undefined {
  const { random } = draw;
  const ints = keys.filter(({ type, expr }) => type === 'int' && expr.k === 'leaf');
  if (ints.length > 0 && random.chance(50)) {
    const expr = measureBeside(draw, qualified(random.pick(ints).expr));
    return expr && { expr, type: 'int' };
  }
  const measures = measuresOf(source, 'int');
  const inner = { ...viewSource(draw), joined: true };
  const dimensions = dimensionsOf(inner, 'int');
  if (measures.length === 0 || dimensions.length === 0) return undefined;
  const bare = name(draw, random.pick(measures), true);
  const outer = random.chance(50) ? bare : leaf({ k: 'measure-call', fn: 'MEASURE', arg: bare, filter: undefined });
  const where: QueryExpr[] = [{ k: 'op', op: '<=', args: [name(draw, random.pick(dimensions), true), outer] }];
  const item = aggregated(draw, inner, false, 0);
  const items = [{ expr: item.expr, alias: 'i' }];
  const query = queryOf({ ...selectFrom(inner.from), items, where }, [
    { name: 'i', type: item.type, measure: undefined },
  ]);
  return random.chance(30)
    ? { expr: leaf({ k: 'exists', query: { ...query, body: { ...selectFrom(inner.from), where } } }), type: 'bool' }
    : { expr: leaf({ k: 'scalar', query }), type: item.type };
}

/** Inside a subquery a bare name may be another's. */
function qualified(expr: QueryExpr): QueryExpr {
  return expr.k === 'leaf' && expr.leaf.k === 'name' ? leaf({ ...expr.leaf, bare: expr.leaf.rel === '' }) : expr;
}

/** Over the values that are selected; also as a share of their total. */
export function windowOver(draw: Draw, values: readonly Typed[]): Typed {
  const { random } = draw;
  // A subquery is equal to itself alone, so a grouped one cannot be said again; a literal is an ordinal in ORDER BY.
  const over = values.filter(
    ({ expr }) => expr.k !== 'lit' && !leavesOf(expr).some(({ k }) => k === 'scalar' || k === 'exists' || k === 'in'),
  );
  const ints = over.filter(({ type }) => type === 'int');
  const some = (percent: number): QueryExpr[] =>
    over.length > 0 && random.chance(percent) ? [random.pick(over).expr] : [];
  const fn = ints.length === 0 ? 'count' : random.pick(['sum', 'count', 'max', 'rank'] as const);
  const counted = fn === 'rank' || ints.length === 0 || (fn === 'count' && random.chance(50));
  const arg = counted ? undefined : random.pick(ints).expr;
  const orderBy = some(fn === 'rank' ? 100 : 30);
  const window = leaf({ k: 'window', fn, arg, partitionBy: some(50), orderBy });
  return arg !== undefined && fn === 'sum' && random.chance(40)
    ? { expr: { k: 'ratio', args: [arg, window] }, type: 'num' }
    : { expr: window, type: 'int' };
}

type Call = { readonly fn: Aggregate; readonly distinct: boolean };

const ANY: readonly Call[] = (['sum', 'avg', 'max', 'min', 'count'] as const).flatMap((fn) => [
  { fn, distinct: false },
  { fn, distinct: true },
]);
/** Aggregates that mean a measure of a type (rule 2). */
const MATCHING: Readonly<Record<string, readonly Call[]>> = {
  count: [
    { fn: 'sum', distinct: false },
    { fn: 'count', distinct: false },
  ],
  count_distinct: [
    { fn: 'count', distinct: true },
    { fn: 'count', distinct: false },
  ],
  sum: [{ fn: 'sum', distinct: false }],
  avg: [{ fn: 'avg', distinct: false }],
  min: [{ fn: 'min', distinct: false }],
  max: [{ fn: 'max', distinct: false }],
  number: (['sum', 'avg', 'max', 'count'] as const).map((fn) => ({ fn, distinct: false })),
  string: (['min', 'max'] as const).map((fn) => ({ fn, distinct: false })),
  boolean: (['min', 'max'] as const).map((fn) => ({ fn, distinct: false })),
};
