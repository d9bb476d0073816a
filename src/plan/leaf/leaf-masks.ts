/**
 * Masks inside a leaf: `CASE WHEN <rows that show it> THEN value ELSE mask END`. What a client computes, it computes on
 * the result (contract 7.10; security cases B10, B11).
 */
import { isMasked, type Masking, type Rows, type TableMasks } from '../../access/masks.ts';
import type { RowFilter } from '../../access/row-filter.ts';
import { membersNamed } from '../../model/made-of.ts';
import type { CubePath, Mask } from '../../model/types.ts';
import type { Expr, OpaquePart, OpaqueText } from '../../sql/ast.ts';
import type { PgType } from '../../sql/types.ts';
import type { Bound } from '../bound/bound.ts';
import { cubeAt, dimensionOf, type MemberType, type MemberTypes } from '../model-facts.ts';
import { subQuerySql } from './empty-value.ts';
import { type LeafNames, renderFragment, renderValue, unmasked } from './leaf-sql.ts';
import { maskConstant } from './mask-value.ts';

export type LeafMasks = {
  readonly member: TableMasks['member'];
  /** A row filter as it stands in a WHERE: over values that no mask stands for. */
  readonly condition: (filter: RowFilter) => Expr;
  readonly constant: (value: Bound) => Expr;
  readonly cast: (value: Expr, type: PgType) => Expr;
  /** A value of the author's SQL as the type that clients see, which the mask has too. */
  readonly typed: (value: Expr, type: MemberType) => Expr;
  readonly types: MemberTypes;
};

export type MaskedMember = {
  readonly path: CubePath;
  readonly name: string;
  readonly masking: Masking | undefined;
};

/** A dimension or segment, as far as `masking` shows it. */
export function maskedMember(names: LeafNames, masks: LeafMasks, { path, name, masking }: MaskedMember): OpaqueText {
  const { shown, named }: { readonly shown: Rows; readonly named: Rows } = masking ?? { shown: 'all', named: 'none' };
  if (named === 'all') return renderValue(unmasked(names), path, name);
  const type = masks.types.value(cubeAt(names.root, path), name);
  const typed = (value: OpaqueText): OpaquePart => ({
    kind: 'expr',
    expr: masks.typed({ kind: 'opaque', text: value }, type),
  });
  const branch = (rows: Rows, value: () => OpaqueText): readonly OpaquePart[] =>
    typeof rows === 'string'
      ? []
      : [text(' WHEN '), { kind: 'expr', expr: masks.condition(rows) }, text(' THEN '), typed(value())];
  const own = (): OpaqueText => overMasks(names, masks, path, name);
  const branches = [
    ...branch(named, () => renderValue(unmasked(names), path, name)),
    ...(JSON.stringify(shown) === JSON.stringify(named) ? [] : branch(shown, own)),
  ];
  if (branches.length === 0) return shown === 'all' ? own() : maskOf(names, masks, path, name);
  const otherwise = shown === 'all' ? [typed(own())] : maskOf(names, masks, path, name);
  return [text('CASE'), ...branches, text(' ELSE '), ...otherwise, text(' END')];
}

/** The member's own expression over what the masks leave of other members. */
function overMasks(names: LeafNames, masks: LeafMasks, path: CubePath, name: string): OpaqueText {
  const member = dimensionOf(names.model, cubeAt(names.root, path), name);
  const isSubQuery = member.kind === 'dimension' && member.value.kind === 'sub_query';
  // Its query is over rows of other cubes: what is masked there on some of them masks the whole.
  return isSubQuery && readsMasked(names, masks, path, name)
    ? maskOf(names, masks, path, name)
    : renderValue(names, path, name);
}

function readsMasked({ model, root }: LeafNames, masks: LeafMasks, path: CubePath, name: string): boolean {
  const below = membersNamed(model, root, path, [subQuerySql(model, cubeAt(root, path), name)]);
  return below.some((each) => isMasked(masks.member(each.path, each.member)));
}

function maskOf(names: LeafNames, masks: LeafMasks, path: CubePath, name: string): OpaqueText {
  const cube = cubeAt(names.root, path);
  const member = dimensionOf(names.model, cube, name);
  const mask: Mask | undefined = member.kind === 'dimension' ? member.mask : undefined;
  const typed = masks.types.value(cube, name);
  if (mask?.kind !== 'sql') return [{ kind: 'expr', expr: masks.constant(maskConstant(mask, typed)) }];
  const sql = renderFragment(unmasked(names), path, mask.sql);
  return [{ kind: 'expr', expr: masks.cast({ kind: 'opaque', text: [text('('), ...sql, text(')')] }, typed.type) }];
}

function text(value: string): OpaquePart {
  return { kind: 'text', text: value };
}
