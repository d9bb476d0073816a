/**
 * A timestamptz as text in the client's zone: PostgreSQL prints it in the session's, which is the policy zone.
 */
import type { Expr } from '../../sql/ast.ts';
import { parseExpression } from '../../sql/parse.ts';
import { mapExpr } from '../../sql/walk.ts';

/** $1 is the value, $2 the zone; `2024-05-01 12:00:00.5+05:30`, `0044-03-15 00:00:00+00:53:28 BC`, `infinity`. */
const LOCAL = 'CAST(pg_catalog.timezone($2, $1) AS text)';
const SECONDS =
  "CAST(pg_catalog.extract('epoch', pg_catalog.timezone($2, $1) - pg_catalog.timezone('UTC', $1)) AS int4)";
const PART = (value: string) => `pg_catalog.lpad(CAST(${value} AS text), 2, '0')`;
const TEMPLATE = `CASE WHEN pg_catalog.isfinite($1) THEN
  pg_catalog.replace(${LOCAL}, ' BC', '')
  || CASE WHEN ${SECONDS} < 0 THEN '-' ELSE '+' END
  || ${PART(`pg_catalog.abs(${SECONDS}) / 3600`)}
  || CASE WHEN ${SECONDS} % 3600 <> 0 THEN ':' || ${PART(`pg_catalog.abs(${SECONDS}) % 3600 / 60`)} ELSE '' END
  || CASE WHEN ${SECONDS} % 60 <> 0 THEN ':' || ${PART(`pg_catalog.abs(${SECONDS}) % 60`)} ELSE '' END
  || CASE WHEN pg_catalog.right(${LOCAL}, 2) = 'BC' THEN ' BC' ELSE '' END
ELSE CAST($1 AS text) END`;

export function zonedText(value: Expr, zone: string): Expr {
  return mapExpr(parseExpression(TEMPLATE), {
    expr: (expr) => {
      if (expr.kind !== 'parameter') return expr;
      return expr.index === 1
        ? value
        : {
            kind: 'cast',
            operand: { kind: 'string', value: zone },
            type: { path: ['text'], modifiers: [], dimensions: 0 },
          };
    },
  });
}
