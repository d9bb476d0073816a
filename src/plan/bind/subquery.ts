/**
 * Subqueries in expressions: scalar, EXISTS, ARRAY, IN, ANY and ALL. Each starts afresh (contract, section 5, rule 4).
 */
import { SqlError, SqlState } from '../../errors.ts';
import type { Expr } from '../../sql/ast.ts';
import { arrayOf, isArrayType } from '../../sql/types.ts';
import type { Bound, BoundQuery, BoundSubquery } from '../bound/bound.ts';
import type { Env } from './binder.ts';
import { bindExpr } from './expression.ts';
import { bindComparison } from './operator.ts';
import { bindQuery } from './query.ts';

type SubqueryExpr = Extract<Expr, { kind: 'exists' | 'scalar-subquery' | 'array-subquery' }>;

export function bindSubquery(expr: SubqueryExpr, env: Env): Bound {
  const query = bindQuery(expr.query, env.scope, env.binder, { travels: false, existsOnly: expr.kind === 'exists' });
  const node = { kind: 'subquery', query, left: [], operator: undefined, routines: [], typmod: -1 } as const;
  switch (expr.kind) {
    case 'exists':
      return { ...node, form: 'exists', type: 'bool' };
    case 'scalar-subquery': {
      const column = onlyColumn(query, expr.at);
      return { ...node, form: 'scalar', type: column.type, typmod: column.typmod };
    }
    case 'array-subquery': {
      const { type, typmod } = onlyColumn(query, expr.at);
      if (isArrayType(type))
        throw new SqlError(SqlState.featureNotSupported, 'an array of more than one dimension is not supported', {
          position: expr.at,
        });
      return { ...node, form: 'array', type: arrayOf(type), typmod };
    }
  }
}

function onlyColumn(query: BoundQuery, position: number | undefined) {
  const [column, another] = query.columns;
  if (column === undefined || another !== undefined) {
    throw new SqlError(SqlState.syntaxError, 'subquery must return only one column', { position });
  }
  return column;
}

/** `x op ANY (SELECT …)`, `(a, b) IN (SELECT …)` */
export function bindQuantified(expr: Extract<Expr, { kind: 'quantified-subquery' }>, env: Env): Bound {
  const items = expr.left.kind === 'row' ? expr.left.items : [expr.left];
  const left = items.map((item) => bindExpr(item, env));
  const query = bindQuery(expr.query, env.scope, env.binder, { travels: false });
  if (query.columns.length !== left.length) {
    const few = query.columns.length < left.length;
    throw new SqlError(SqlState.syntaxError, `subquery has too ${few ? 'few' : 'many'} columns`, { position: expr.at });
  }
  const pairs = left.map((item, i) => {
    const column = query.columns[i];
    const right: Bound = { kind: 'const', type: column?.type ?? 'text', typmod: -1, value: null };
    return bindComparison(expr.operator, item, right, expr.at, env);
  });
  const bound: BoundSubquery = {
    kind: 'subquery',
    form: expr.quantifier,
    query,
    left: pairs.map(({ args }) => args[0]),
    operator: expr.operator === '!=' ? '<>' : expr.operator,
    routines: pairs.map(({ routine }) => routine),
    type: 'bool',
    typmod: -1,
  };
  return bound;
}
