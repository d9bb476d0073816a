/** Conditions and values of rows: expressions over dimensions, and subqueries in them. */

import { constant, type Draw, dimensionsOf, leaf, measuresOf, name, queryOf, type Source, selectFrom } from './draw.ts';
import { lit, type Type } from './expression.ts';
import { measureCall } from './generate-aggregate.ts';
import { viewSource } from './generate-from.ts';
import type { QueryExpr, Select } from './query.ts';

/** An expression over dimensions. */
export function rowExpr(draw: Draw, source: Source, type: Type, depth: number, qualified = false): QueryExpr {
  const { random } = draw;
  const columns = dimensionsOf(source, type);
  if (depth > 0 && random.chance(30)) {
    const inner = (): QueryExpr => rowExpr(draw, source, type, depth - 1, qualified);
    if (type === 'int') {
      switch (random.upTo(3)) {
        case 0:
          return { k: 'coalesce', args: [inner(), lit(1)] };
        case 1:
          return { k: 'op', op: random.pick(['+', '*'] as const), args: [inner(), inner()] };
        case 2: {
          const arg = inner();
          // A negated literal is a literal, which ORDER BY takes for an ordinal.
          return arg.k === 'lit' ? arg : { k: 'negated', arg };
        }
        default: {
          const otherwise = random.chance(50) ? inner() : undefined;
          return { k: 'case', when: condition(draw, source, 1), then: inner(), otherwise };
        }
      }
    }
    if (type === 'text') return { k: 'coalesce', args: [rowExpr(draw, source, type, 0, qualified), lit('q')] };
  }
  if (columns.length === 0)
    return type === 'bool' ? { k: 'isnull', arg: rowExpr(draw, source, 'int', 0, qualified) } : constant(type);
  return name(draw, random.pick(columns), source.joined || qualified);
}

/** Conjuncts of WHERE, at times one over measures (rule 5). */
export function conditions(draw: Draw, source: Source, travels: boolean): QueryExpr[] {
  const { random } = draw;
  const list = [condition(draw, source, 2)];
  if (random.chance(25)) list.push(condition(draw, source, 1));
  const measures = measuresOf(source, 'int', 'num');
  if (travels || measures.length === 0 || !random.chance(15)) return list;
  const bare = name(draw, random.pick(measures), source.joined);
  const measure = random.chance(30) ? leaf({ k: 'measure-call', fn: 'MEASURE', arg: bare, filter: undefined }) : bare;
  const bound = random.chance(15) ? measureOfView(draw) : undefined;
  list.push({ k: 'op', op: random.pick(['>', '>=', '<']), args: [measure, bound ?? lit(random.upTo(3))] });
  return random.chance(20) ? list.slice(-1) : list;
}

export function condition(draw: Draw, source: Source, depth: number): QueryExpr {
  const { random } = draw;
  if (depth > 0) {
    switch (random.upTo(9)) {
      case 7: {
        const args = [condition(draw, source, depth - 1), condition(draw, source, depth - 1)] as const;
        return { k: random.pick(['and', 'or'] as const), args };
      }
      case 8:
        return { k: 'not', arg: condition(draw, source, depth - 1) };
      case 9:
        return subqueryCondition(draw, source);
      default:
        break;
    }
  }
  const type = random.pick(['int', 'text', 'int', 'bool'] as const);
  const value = (): QueryExpr => rowExpr(draw, source, type, 0);
  if (random.chance(12)) return { k: random.pick(['isnull', 'notnull'] as const), arg: value() };
  if (type === 'bool') return value();
  const op = random.pick(['=', '<>', '>', '<=', '>=', '<'] as const);
  const fixed = type === 'int' ? lit(random.pick([1, 2, 0, 3])) : lit(random.pick(['a', 'b', 'c']));
  return { k: 'op', op, args: [value(), random.chance(15) ? value() : fixed] };
}

/** EXISTS, IN and a comparison with a subquery over a view, correlated or not. */
function subqueryCondition(draw: Draw, source: Source): QueryExpr {
  const { random } = draw;
  const inner = { ...viewSource(draw), joined: true };
  const dimensions = dimensionsOf(inner, 'int');
  const outer = rowExpr(draw, source, 'int', 0, true);
  if (dimensions.length === 0) return { k: 'isnull', arg: outer };
  const column = name(draw, random.pick(dimensions), true);
  const base = selectFrom(inner.from);
  const asked = (body: Partial<Select>) =>
    queryOf({ ...base, ...body }, [{ name: 'i', type: 'int', measure: undefined }]);
  const same: QueryExpr = { k: 'op', op: '=', args: [column, outer] };
  const measures = measuresOf(inner, 'int');
  switch (random.upTo(5)) {
    case 0:
      return leaf({ k: 'exists', query: asked({ items: existsItems(draw, inner), where: [same] }) });
    case 1: {
      // A condition over a measure of its own makes the subquery one group.
      if (measures.length === 0) return leaf({ k: 'exists', query: asked({ where: [same] }) });
      const measure = name(draw, random.pick(measures), true);
      const above: QueryExpr = { k: 'op', op: '>', args: [measure, random.chance(50) ? outer : lit(1)] };
      return leaf({ k: 'exists', query: asked({ items: [{ expr: lit(1), alias: 'i' }], where: [same, above] }) });
    }
    case 2: {
      if (measures.length === 0) break;
      const expr = leaf({
        k: 'measure-call',
        fn: 'MEASURE',
        arg: name(draw, random.pick(measures), true),
        filter: undefined,
      });
      const spec = { k: 'plain', ordinals: false } as const;
      return leaf({ k: 'in', arg: outer, query: asked({ items: [{ expr, alias: 'i' }], keys: [column], spec }) });
    }
    case 3: {
      const bound = measureOfView(draw);
      if (bound !== undefined) return { k: 'op', op: random.pick(['>', '<='] as const), args: [outer, bound] };
      break;
    }
    default:
      break;
  }
  const where = random.chance(40) ? [condition(draw, inner, 0)] : [];
  return leaf({ k: 'in', arg: outer, query: asked({ items: [{ expr: column, alias: 'i' }], where }) });
}

/** EXISTS ignores its select list. */
function existsItems(draw: Draw, inner: Source): Select['items'] {
  const { random } = draw;
  switch (random.upTo(4)) {
    case 0:
      return [{ expr: lit(1), alias: 'i' }];
    case 1:
      return [];
    case 2:
      return [{ star: undefined }];
    default:
      return [{ expr: name(draw, random.pick(inner.columns), true), alias: 'i' }];
  }
}

/** `(SELECT MEASURE(m) FROM view WHERE …)`: a number. */
export function measureOfView(draw: Draw): QueryExpr | undefined {
  const { random } = draw;
  const inner = { ...viewSource(draw), joined: true };
  const measures = measuresOf(inner, 'int');
  if (measures.length === 0) return undefined;
  const items = [{ expr: measureCall(draw, inner, random.pick(measures)), alias: 'i' }];
  const where = random.chance(40) ? [condition(draw, inner, 0)] : [];
  return leaf({
    k: 'scalar',
    query: queryOf({ ...selectFrom(inner.from), items, where }, [{ name: 'i', type: 'int', measure: undefined }]),
  });
}

/** A measure of another reference, for the rows that match a value of this one's. */
export function measureBeside(draw: Draw, outer: QueryExpr): QueryExpr | undefined {
  const { random } = draw;
  const inner = { ...viewSource(draw), joined: true };
  const dimensions = dimensionsOf(inner, 'int');
  const measures = measuresOf(inner, 'int');
  if (dimensions.length === 0 || measures.length === 0) return undefined;
  const same: QueryExpr = { k: 'op', op: '=', args: [name(draw, random.pick(dimensions), true), outer] };
  const measure = random.pick(measures);
  const expr = random.chance(25) ? name(draw, measure, true) : measureCall(draw, inner, measure);
  const body = { ...selectFrom(inner.from), items: [{ expr, alias: 'i' }], where: [same] };
  return leaf({ k: 'scalar', query: queryOf(body, [{ name: 'i', type: 'int', measure: undefined }]) });
}
