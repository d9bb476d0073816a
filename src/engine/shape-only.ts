/**
 * Whether a query over catalog tables and semantic tables uses the semantic ones for their shape alone, names and types
 * of columns: `LIMIT 0`, `WHERE false`, `WHERE 1 = 0`. Then no row of theirs can reach the result, and the catalog,
 * whose tables of these names are empty, answers as the data would. Read from the tree; what is not proven is not so.
 */
import { assertNever } from '../errors.ts';
import type { Expr, Query, Select, TableRef } from '../sql/ast.ts';
import { queryOf, selectQuery } from '../sql/select.ts';
import { type ChildMapper, mapExprChildren, mapQueryChildren } from '../sql/walk.ts';

/** True for a name that is a semantic table where no CTE has it. */
export type IsSemantic = (table: Extract<TableRef, { kind: 'table' }>) => boolean;

/** What a name means at a place: CTEs by name, with whether rows of a semantic table can reach them. */
type Names = { readonly isSemantic: IsSemantic; readonly reached: ReadonlyMap<string, boolean> };

export function isShapeOnly(query: Query, isSemantic: IsSemantic): boolean {
  return isEmptyOf(query, { isSemantic, reached: new Map() });
}

/** True when no row of a semantic table, and nothing computed from one, can be in the query's result. */
function isEmptyOf(query: Query, outer: Names): boolean {
  if (query.limit?.kind === 'number' && /^0+$/.test(query.limit.text)) return true;
  const names = withCtes(query, outer);
  const { body } = query;
  const around = { ...query, with: undefined, body: NOTHING };
  if (!partsAreEmptyOf(around, names)) return false;
  switch (body.kind) {
    case 'set-operation':
      return isEmptyOf(body.left, names) && isEmptyOf(body.right, names);
    case 'values':
      return body.rows.every((row) => row.every((value) => isEmptyExpr(value, names)));
    case 'select':
      return isEmptySelect(body, names);
    default:
      return assertNever(body, 'isShapeOnly');
  }
}

/** SELECT without anything. */
const NOTHING = selectQuery({ items: [], from: [] }).body;

function isEmptySelect(select: Select, names: Names): boolean {
  if (isNever(select.having)) return true;
  // No row passes WHERE: then it does not matter what FROM has. The other clauses are still computed for a group.
  const seen = isNever(select.where) ? { ...select, from: [], where: undefined } : select;
  return partsAreEmptyOf(queryOf(seen), names);
}

/** Its CTEs' names besides those of around it. With RECURSIVE they see each other: what reaches one may reach all. */
function withCtes({ with: clause }: Query, outer: Names): Names {
  const reached = new Map(outer.reached);
  if (clause?.recursive) for (const { name } of clause.ctes) reached.set(name, false);
  const names: Names = { ...outer, reached };
  for (let changed = true; changed; ) {
    changed = false;
    for (const { name, query } of clause?.ctes ?? []) {
      const now = !isEmptyOf(query, names);
      changed ||= clause?.recursive === true && now !== reached.get(name);
      reached.set(name, now);
    }
  }
  return names;
}

/** Every direct child of the query. */
function partsAreEmptyOf(query: Query, names: Names): boolean {
  let empty = true;
  mapQueryChildren(
    query,
    judge(names, (is) => {
      empty &&= is;
    }),
  );
  return empty;
}

function judge(names: Names, tell: (empty: boolean) => void): ChildMapper {
  return {
    query: (child) => {
      tell(isEmptyOf(child, names));
      return child;
    },
    table: (child) => {
      tell(isEmptyTable(child, names));
      return child;
    },
    expr: (child) => {
      tell(isEmptyExpr(child, names));
      return child;
    },
  };
}

/** No subquery in it tells of a row. Columns tell of the rows of FROM, which is judged for itself. */
function isEmptyExpr(expr: Expr, names: Names): boolean {
  let empty = true;
  mapExprChildren(
    expr,
    judge(names, (is) => {
      empty &&= is;
    }),
  );
  return empty;
}

function isEmptyTable(ref: TableRef, names: Names): boolean {
  switch (ref.kind) {
    case 'table': {
      const cte = ref.path.length === 1 ? names.reached.get(ref.path[0] ?? '') : undefined;
      return cte === undefined ? !names.isSemantic(ref) : !cte;
    }
    case 'subquery':
      return isEmptyOf(ref.query, names);
    case 'function':
      return isEmptyExpr(ref.call, names);
    case 'join':
      return isEmptyJoin(ref, names);
    case 'opaque-table':
      return false;
    default:
      return assertNever(ref, 'isShapeOnly');
  }
}

/** Over ON false a side that is joined to the other gives no row of its own. */
function isEmptyJoin(join: Extract<TableRef, { kind: 'join' }>, names: Names): boolean {
  const never = isNever(join.on);
  const left = () => isEmptyTable(join.left, names);
  const right = () => isEmptyTable(join.right, names);
  switch (join.type) {
    case 'inner':
      if (never) return true;
      break;
    case 'left':
      if (never) return left();
      break;
    case 'right':
      if (never) return right();
      break;
    case 'full':
    case 'cross':
      break;
    default:
      return assertNever(join.type, 'isShapeOnly');
  }
  return left() && right() && (join.on === undefined || isEmptyExpr(join.on, names));
}

/** A condition that no row meets, whatever the row. */
function isNever(condition: Expr | undefined): boolean {
  switch (condition?.kind) {
    case 'null':
      return true;
    case 'boolean':
      return !condition.value;
    case 'and':
      return condition.operands.some(isNever);
    case 'or':
      return condition.operands.every(isNever);
    case 'not':
      return condition.operand.kind === 'boolean' && condition.operand.value;
    case 'binary':
      return isFalseComparison(condition.operator, condition.left, condition.right);
    default:
      return false;
  }
}

/** `1 = 0`, `'a' = 'b'` */
function isFalseComparison(operator: string, left: Expr, right: Expr): boolean {
  if (left.kind === 'string' && right.kind === 'string') {
    return (operator === '=' && left.value !== right.value) || (isUnequal(operator) && left.value === right.value);
  }
  if (left.kind !== 'number' || right.kind !== 'number') return false;
  if (![left, right].every(({ text }) => /^\d+$/.test(text))) return false;
  const [a, b] = [BigInt(left.text), BigInt(right.text)];
  return (
    (operator === '=' && a !== b) ||
    (isUnequal(operator) && a === b) ||
    (operator === '<' && a >= b) ||
    (operator === '>' && a <= b)
  );
}

function isUnequal(operator: string): boolean {
  return operator === '<>' || operator === '!=';
}
