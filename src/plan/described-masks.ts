/** Masks as the model's author wrote them: each must be a value of its member's type, or the member is not shown. */
import { SqlError } from '../errors.ts';
import type { Dimension, Mask, Measure, Model, SourcePosition } from '../model/types.ts';
import type { Expr, TableRef } from '../sql/ast.ts';
import { selectQuery } from '../sql/select.ts';
import { formatType } from '../sql/types.ts';
import { printWith } from './compile.ts';
import { type Describe, type DescribingContext, isUnreachable, pathsOfUsed } from './describe.ts';
import { describedClaimTest } from './leaf/claim-test.ts';
import { leafFrom, leafNames, renderFragment, withPrefixes } from './leaf/leaf-sql.ts';
import { maskText } from './leaf/mask-value.ts';
import { emptyLeaf } from './leaf/secure.ts';
import { joinSubQuery } from './leaf/sub-query.ts';
import { relationName } from './lower/lower.ts';
import { markUsed } from './measures/expand.ts';
import { maskedMeasure } from './measures/masked.ts';
import { pathsOfFragment } from './model-facts.ts';
import { describingLeaf } from './stages/described.ts';

type MaskOf = {
  readonly cube: string;
  readonly name: string;
  readonly at: SourcePosition;
  readonly member: Dimension | Measure;
  readonly mask: Mask;
};

export function masksOf({ cubes }: Model): readonly MaskOf[] {
  return [...cubes.values()].flatMap((cube) =>
    [...cube.dimensions.values(), ...cube.measures.values()].flatMap((member) => {
      const { name, at, mask, unsupported } = member;
      return mask === undefined || unsupported !== undefined ? [] : [{ cube: cube.name, name, at, member, mask }];
    }),
  );
}

/** Why a mask cannot stand for its member. @throws SqlError 58000 when the warehouse cannot be reached */
export async function maskFault(
  { cube, name, member, mask }: MaskOf,
  context: DescribingContext,
  describe: Describe,
): Promise<Error | undefined> {
  const type = context.types.exposed(cube, name)?.type ?? 'text';
  if (mask.kind === 'literal') {
    if (mask.value === null || maskText(mask.value, type) !== undefined) return undefined;
    return new Error(`the mask ${JSON.stringify(mask.value)} is no ${formatType(type)}`);
  }
  try {
    await describe(
      member.kind === 'measure' ? ofMeasure(cube, member, context) : ofDimension(cube, name, mask, context),
    );
    return undefined;
  } catch (error) {
    if (!(error instanceof SqlError) || isUnreachable(error)) throw error;
    return error;
  }
}

function ofDimension(
  cube: string,
  name: string,
  { sql }: Extract<Mask, { kind: 'sql' }>,
  context: DescribingContext,
): string {
  const { model, dialect, types } = context;
  const paths = withPrefixes(pathsOfFragment(model, cube, [], sql));
  const names = leafNames(model, cube, paths, dialect, describedClaimTest);
  const operand: Expr = { kind: 'opaque', text: renderFragment(names, [], sql) };
  const value: Expr = { kind: 'cast', operand, type: dialect.typeName(types.value(cube, name).type, -1) };
  const from = leafFrom(names, paths, new Set(), (left, use) => joinSubQuery(left, use, names, context));
  return selectText(value, from, context);
}

function ofMeasure(cube: string, measure: Measure, context: DescribingContext): string {
  const { planner, lower } = context;
  const leaf = describingLeaf(cube, planner);
  const bound = maskedMeasure(leaf, [], measure, planner);
  markUsed(bound, planner);
  const query = emptyLeaf(leaf, pathsOfUsed(leaf, planner), context);
  return selectText(
    lower(bound),
    { kind: 'subquery', query, lateral: false, alias: { name: relationName(leaf), columns: [] } },
    context,
  );
}

function selectText(expr: Expr, from: TableRef, { dialect }: DescribingContext): string {
  return printWith(selectQuery({ items: [{ kind: 'expr', expr, alias: 'c0' }], from: [from] }), dialect, 0);
}
