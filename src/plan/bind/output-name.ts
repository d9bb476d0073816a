/**
 * The name of a column without an alias, as PostgreSQL's FigureColname chooses it.
 */
import type { Expr, Query, TypeName } from '../../sql/ast.ts';

export function outputName(expr: Expr): string {
  return figure(expr)?.name ?? '?column?';
}

/** `strong` names win over a cast's type name and over CASE's own. */
type Figure = { readonly name: string; readonly strong: boolean };

function figure(expr: Expr): Figure | undefined {
  switch (expr.kind) {
    case 'column':
      return strong(expr.path.at(-1));
    case 'call': {
      const name = expr.path.at(-1) ?? '';
      const argument = expr.args[0]?.value;
      // MEASURE(m) is called m: contract, section 5, rule 1.
      if (expr.path.length === 1 && ['measure', 'aggregate', 'agg'].includes(name) && argument !== undefined) {
        return figure(argument) ?? strong(name);
      }
      return strong(name);
    }
    case 'cast': {
      const inner = figure(expr.operand);
      return inner?.strong ? inner : { name: typeName(expr.type), strong: false };
    }
    case 'case': {
      const inner = expr.otherwise && figure(expr.otherwise);
      return inner?.strong ? inner : { name: 'case', strong: false };
    }
    case 'subscript':
    case 'slice':
      return figure(expr.operand);
    case 'collate':
      return figure(expr.operand);
    case 'coalesce':
    case 'greatest':
    case 'least':
    case 'nullif':
    case 'grouping':
    case 'array':
    case 'row':
    case 'exists':
      return strong(expr.kind);
    case 'array-subquery':
      return strong('array');
    case 'scalar-subquery':
      return firstColumn(expr.query);
    case 'sql-value':
      return strong(expr.name);
    default:
      return undefined;
  }
}

/** A subquery's column has its name by then, if only `?column?`. */
function firstColumn(query: Query): Figure | undefined {
  const { body } = query;
  switch (body.kind) {
    case 'values':
      return strong('column1');
    case 'set-operation':
      return firstColumn(body.left);
    case 'select': {
      const [first] = body.items;
      return first?.kind === 'expr' ? strong(first.alias ?? outputName(first.expr)) : undefined;
    }
  }
}

function strong(name: string | undefined): Figure | undefined {
  return name === undefined ? undefined : { name, strong: true };
}

function typeName(type: TypeName): string {
  return type.path.at(-1) ?? '';
}
