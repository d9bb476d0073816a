/**
 * `a.__cubeJoinField = b.__cubeJoinField` in an ON clause: the two tables are joined as their cubes are in the model
 * (contract, section 5, rule 11). It becomes an equality of the primary key of the cube at the far end of the joins: one
 * side reaches that key along the model's joins, inside its leaf, the other has it as its own.
 */
import { notSupported, type SqlError } from '../../errors.ts';
import type { Expr } from '../../sql/ast.ts';
import type { Bound, BoundColumn, BoundSelect, DerivedRelation, LeafRelation } from '../bound/bound.ts';
import { boundKey } from '../bound/walk.ts';
import type { LeafInput } from '../leaf/leaf-input.ts';
import { inputColumn } from '../measures/template.ts';
import { type Binder, type Env, quotedParts } from './binder.ts';
import { bindComparison } from './operator.ts';
import { lookupColumn } from './scope.ts';
import { startOf } from './start-of.ts';
import { JOIN_FIELD } from './virtual-columns.ts';

/**
 * The condition that a comparison of two join fields stands for; undefined for any other expression.
 * @throws SqlError 0A000 when the model does not say how the two tables are joined
 */
export function bindJoinField(on: Expr, env: Env): Bound | undefined {
  const compared = comparedColumns(on);
  if (compared === undefined) return undefined;
  const [left, right] = compared.map((expr) => joinField(expr, env));
  if (left === undefined || right === undefined) return undefined;
  return joinAsModelled(left, right, startOf(on), env);
}

/** True for a column that carries a join field, from a table or through subqueries. */
export function isJoinField(bound: Bound | undefined): bound is BoundColumn {
  if (bound?.kind !== 'column') return false;
  const { relation, slot } = bound;
  switch (relation.kind) {
    case 'leaf':
      return relation.inputs[slot - relation.table.columns.length]?.kind === 'join-field';
    case 'derived':
      return relation.query.body.kind === 'select' && isJoinField(relation.query.body.items[slot]);
    case 'cte': {
      const body = relation.cte.query?.body;
      return body?.kind === 'select' && isJoinField(body.items[slot]);
    }
    case 'function':
      return false;
  }
}

/** @throws SqlError 0A000 */
export function joinFieldElsewhere(position: number | undefined): SqlError {
  return notSupported(`"${JOIN_FIELD}" outside a join condition`, {
    hint: `Join two tables ON a."${JOIN_FIELD}" = b."${JOIN_FIELD}".`,
    position,
  });
}

/** A SELECT that is grouped by a join field waits for the key that it stands for. */
export function noteJoinFieldKeys(select: BoundSelect, { openJoinFields }: Binder): void {
  const distinct =
    select.distinct === false ? [] : [...select.items, ...(select.distinct === true ? [] : select.distinct)];
  const field = [...(select.grouping?.keys ?? []), ...distinct].find(isJoinField);
  if (field !== undefined) openJoinFields.set(select, field.at);
}

/** @throws SqlError 0A000 for a grouping by a join field that no ON clause resolved */
export function checkJoinFields({ openJoinFields }: Binder): void {
  for (const position of openJoinFields.values()) throw joinFieldElsewhere(position);
}

type Column = Extract<Expr, { kind: 'column' }>;

/** `a = b`, `a IS NOT DISTINCT FROM b`, and Power BI's `a = b OR a IS NULL AND b IS NULL`: a join field is never NULL. */
function comparedColumns(on: Expr): readonly [Column, Column] | undefined {
  switch (on.kind) {
    case 'binary':
      return on.operator === '=' ? columns(on.left, on.right) : undefined;
    case 'distinct-from':
      return on.negated ? columns(on.left, on.right) : undefined;
    case 'or': {
      const [equal, bothNull, another] = on.operands;
      if (equal === undefined || bothNull?.kind !== 'and' || another !== undefined) return undefined;
      const compared = comparedColumns(equal);
      const tested = bothNull.operands.map((operand) =>
        operand.kind === 'is' && operand.test === 'null' && !operand.negated ? operand.operand : undefined,
      );
      const names = (list: readonly (Expr | undefined)[]): string =>
        JSON.stringify(list.map((expr) => (expr?.kind === 'column' ? expr.path : undefined)));
      return compared !== undefined && names(tested) === names(compared) ? compared : undefined;
    }
    default:
      return undefined;
  }
}

function columns(left: Expr, right: Expr): readonly [Column, Column] | undefined {
  return left.kind === 'column' && right.kind === 'column' ? [left, right] : undefined;
}

/** A column of this FROM clause that carries a join field. */
function joinField({ path, at }: Column, { binder, scope }: Env): BoundColumn | undefined {
  const { value, depth } = lookupColumn(scope, path, quotedParts(binder, at, path.length), at);
  return depth === 0 && isJoinField(value) ? value : undefined;
}

function joinAsModelled(left: BoundColumn, right: BoundColumn, position: number | undefined, env: Env): Bound {
  const { joins } = env.binder;
  const [a, b] = [leafOf(left, position), leafOf(right, position)];
  const join = joins.path(a.table.root, b.table.root);
  if (join === undefined || join === 'ambiguous') {
    const what = `"${JOIN_FIELD}" between "${a.table.name}" and "${b.table.name}"`;
    throw notSupported(
      join === undefined ? `${what}, which the model does not join,` : `${what}, joined in several ways,`,
      {
        hint: 'Join them on their columns.',
        position,
      },
    );
  }
  const [near, far, end] = join.from === 'left' ? [left, right, b.table] : [right, left, a.table];
  const keys = joins.keys(end.root);
  if (keys.length === 0)
    throw notSupported(`"${JOIN_FIELD}" to "${end.name}", which has no primary key,`, {
      hint: 'Join them on their columns.',
      position,
    });
  const conditions = keys.map((key): Bound => {
    const reached = keyColumn(near, { ...key, path: join.path }, env.binder);
    const { args, routine } = bindComparison('=', reached, keyColumn(far, key, env.binder), position, env);
    return { kind: 'apply', routine, args, type: 'bool', typmod: -1 };
  });
  const [only, another] = conditions;
  if (only !== undefined && another === undefined) return only;
  return { kind: 'and', args: conditions, type: 'bool', typmod: -1 };
}

/** The exposed table that a join field comes from. @throws SqlError 0A000 for one that a WITH query delivers */
function leafOf({ relation, slot }: BoundColumn, position: number | undefined): LeafRelation {
  if (relation.kind === 'leaf') return relation;
  const item =
    relation.kind === 'derived' && relation.query.body.kind === 'select' ? relation.query.body.items[slot] : undefined;
  if (item?.kind === 'column') return leafOf(item, position);
  throw notSupported(`"${JOIN_FIELD}" through a WITH query that is computed once`, {
    hint: 'Write the query in FROM.',
    position,
  });
}

/** The key as the reader of `field` sees it: a hidden output of each subquery on the way, grouped where the field is. */
function keyColumn(field: BoundColumn, key: LeafInput, binder: Binder): BoundColumn {
  const { relation, slot } = field;
  if (relation.kind === 'leaf') return inputColumn(relation, key);
  if (relation.kind !== 'derived' || relation.query.body.kind !== 'select')
    throw new Error('a join field travels through a SELECT only');
  const inner = keyColumn(relation.query.body.items[slot] as BoundColumn, key, binder);
  binder.openJoinFields.delete(relation.query.body);
  return { ...inner, relation, slot: hiddenOutput(relation, inner, field.slot) };
}

function hiddenOutput({ query }: DerivedRelation, column: BoundColumn, fieldSlot: number): number {
  const { body, columns } = query;
  if (body.kind !== 'select') throw new Error('only a SELECT has hidden outputs');
  const text = boundKey(column);
  const known = body.items.findIndex((item, i) => i >= columns.length && boundKey(item) === text);
  if (known >= 0) return known;
  const { grouping } = body;
  const field = body.items[fieldSlot];
  if (grouping !== undefined && field !== undefined) {
    const fieldKey = boundKey(field);
    const place = grouping.keys.findIndex((key) => boundKey(key) === fieldKey);
    const added = grouping.keys.length;
    const sets = grouping.sets.map((set) => (set.includes(place) ? [...set, added] : set));
    body.grouping = { ...grouping, keys: [...grouping.keys, column], sets };
  }
  return body.items.push(column) - 1;
}
