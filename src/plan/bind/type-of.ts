/**
 * `pg_typeof(x)`: the type is known when the statement is bound, but the argument is read all the same, as by any other
 * function: it counts as a use of its columns, and the rules of grouping hold for it.
 */
import { notSupported } from '../../errors.ts';
import type { Call, Expr, Query } from '../../sql/ast.ts';
import { formatType, typeOid } from '../../sql/types.ts';
import { visitQuery } from '../../sql/walk.ts';
import type { Bound } from '../bound/bound.ts';
import { visitBound } from '../bound/walk.ts';
import type { Env } from './binder.ts';
import { nameInCatalog } from './catalog-names.ts';
import { resolved } from './coerce.ts';

export const TYPE_OF = 'pg_typeof';

const REGTYPE = { oid: 2206, size: 4 } as const;
const UNKNOWN_OID = 705;
const TEXTS: ReadonlySet<string> = new Set(['text', 'varchar']);

/**
 * Where a regtype may stand, which no expression here has as its type: as a whole column of the result, as what its rows
 * are grouped or ordered by (all have the same one), and anywhere in a cast to text.
 */
export function placesOfRegtype(query: Query): ReadonlySet<Expr> {
  const places = new Set(query.orderBy.map(({ expr }) => expr));
  if (query.body.kind === 'select') {
    for (const item of query.body.items) if (item.kind === 'expr') places.add(item.expr);
    for (const item of query.body.groupBy?.items ?? []) if (item.kind === 'expr') places.add(item.expr);
  }
  visitQuery(query, {
    expr: (expr) => {
      if (expr.kind === 'cast' && TEXTS.has(nameInCatalog(expr.type.path) ?? '')) places.add(expr.operand);
      return true;
    },
  });
  return places;
}

/**
 * @throws SqlError 0A000 where the value would be computed with, whose meaning is a regtype's and not a text's, and where
 * the argument may be one of PostgreSQL's other types that stands as a text here
 */
export function bindTypeOf(call: Call, arg: Bound, { binder }: Env): Bound {
  if (!binder.placesOfRegtype.has(call))
    throw notSupported('an expression over pg_typeof() in a query over semantic tables', {
      hint: 'Cast the type to text: pg_typeof(…)::text.',
      position: call.at,
    });
  const { type } = arg;
  if ((type === 'text' || type === 'text[]') && holdsName(arg))
    throw notSupported('pg_typeof() of an expression over a name', {
      hint: 'Cast the name to text.',
      position: call.at,
    });
  const [value, oid] = type === 'unknown' ? [type, UNKNOWN_OID] : [formatType(type), typeOid(type)];
  const name: Bound = { kind: 'const', type: 'text', typmod: -1, value };
  const when: Bound = { kind: 'is', test: 'null', negated: false, arg: resolved(arg), type: 'bool', typmod: -1 };
  return {
    kind: 'case',
    branches: [{ when, then: name }],
    otherwise: name,
    type: 'text',
    typmod: -1,
    shown: { ...REGTYPE, binary: oid.toString(16).padStart(8, '0') },
  };
}

/** current_user and its like: `CASE … THEN current_user END` is a name too, `current_user || ''` a text. */
function holdsName(arg: Bound): boolean {
  let found = false;
  visitBound(arg, (bound) => {
    found ||= 'shown' in bound && bound.shown !== undefined;
    return !found;
  });
  return found;
}
