/**
 * The leaf: what stands in the warehouse query for a reference to an exposed table.
 *
 * `(SELECT <member expressions> FROM <the author's cubes> WHERE <row filters>)`, built here and nowhere else, from a
 * PolicyDecision. What a client computes, it computes on top of this.
 */
import type { PolicyDecision } from '../../access/decision.ts';
import type { ExposedColumn } from '../../access/exposed.ts';
import { NO_MASKS, type TableMasks } from '../../access/masks.ts';
import type { MemberRef, RowFilter } from '../../access/row-filter.ts';
import { assertNever } from '../../errors.ts';
import type { CubePath, Model } from '../../model/types.ts';
import type { Expr, OpaqueText, Query, SelectItem } from '../../sql/ast.ts';
import { conjunction, selectQuery } from '../../sql/select.ts';
import type { Bound, LeafRelation } from '../bound/bound.ts';
import type { Dialect } from '../dialect.ts';
import { cubeOf, type MemberTypes, pathText } from '../model-facts.ts';
import { applyFunction, applyOperator } from '../routines/apply.ts';
import { boundClaimTest, describedClaimTest } from './claim-test.ts';
import { filtersOfLeaf, type ReferenceUse } from './leaf-filters.ts';
import { needsMarker } from './leaf-input.ts';
import { maskedMember } from './leaf-masks.ts';
import { type LeafNames, leafFrom, leafNames, renderInput, renderMember, unmasked, withPrefixes } from './leaf-sql.ts';
import { joinSubQuery, type SubQueryJoins } from './sub-query.ts';

declare const leafBrand: unique symbol;

/** A reference that is filtered for this context. Its one constructor is `secureLeaf`. */
export type SecuredLeaf = {
  readonly [leafBrand]: true;
  readonly query: Query;
  /** The row filters as they stand in WHERE, for the verifier. */
  readonly filters: readonly Expr[];
  /** Rows may exist that this leaf hides: a predicate that can raise must not run beside its filter. */
  readonly hidesRows: boolean;
};

export type LeafContext = {
  readonly model: Model;
  readonly types: MemberTypes;
  readonly dialect: Dialect;
  readonly lower: (bound: Bound) => Expr;
  readonly subQuery: SubQueryJoins['subQuery'];
};

export function slotName(slot: number): string {
  return `c${slot}`;
}

/**
 * @param paths cubes that the statement's own members read of this leaf
 * @param use what it reads of the reference that the leaf stands for
 * @throws SqlError 0A000 for members of kinds that are not supported yet
 */
export function secureLeaf(
  leaf: LeafRelation,
  paths: readonly (readonly string[])[],
  use: ReferenceUse,
  decision: PolicyDecision,
  context: LeafContext,
): SecuredLeaf {
  const { model } = context;
  const { table } = leaf;
  const { rowFilters, defaultFilters, paths: filterPaths } = filtersOfLeaf(leaf, use, decision, model);
  const joined = withPrefixes([...paths, ...filterPaths]);
  const names = leafNames(model, table.root, joined, context.dialect, boundClaimTest(decision, context));
  const condition = (filter: RowFilter, on: LeafNames): Expr => context.lower(filterCondition(filter, on, decision));
  const masks = decision.masks(table);
  const shown: LeafNames = {
    ...names,
    masks: {
      member: masks.member,
      condition: (filter) => condition(filter, names),
      constant: context.lower,
      cast: (operand, type) => ({ kind: 'cast', operand, type: context.dialect.typeName(type, -1) }),
      typed: (value, { type, typmod, asText }) => context.dialect.memberValue(value, type, typmod, asText ?? false),
      types: context.types,
    },
  };
  const filters = [
    ...rowFilters.map((filter) => condition(filter, names)),
    // A client can lift these, and would learn from them what it cannot see.
    ...defaultFilters.map((filter) => condition(filter, shown)),
  ];
  const query = leafQuery(leaf, shown, masks, joined, conjunction(filters), context);
  const authored = [[], ...joined].some((path) => cubeOf(model, path.at(-1) ?? table.root).source.kind === 'query');
  const [subQuery] = names.subQueries;
  const hidesRows = filters.length > 0 || authored || joined.length > 0 || subQuery !== undefined;
  return { query, filters, hidesRows } as unknown as SecuredLeaf;
}

/** The same leaf without a row: what the warehouse is shown when only types are asked for. */
export function emptyLeaf(leaf: LeafRelation, paths: readonly (readonly string[])[], context: LeafContext): Query {
  const { model } = context;
  const joined = withPrefixes(paths);
  const names = leafNames(model, leaf.table.root, joined, context.dialect, describedClaimTest);
  return leafQuery(leaf, names, NO_MASKS, joined, { kind: 'boolean', value: false }, context);
}

function leafQuery(
  leaf: LeafRelation,
  names: LeafNames,
  masks: TableMasks,
  joined: readonly CubePath[],
  where: Expr | undefined,
  context: LeafContext,
): Query {
  const slots = usedSlots(leaf);
  const items = slots.map(
    (slot): SelectItem => ({ kind: 'expr', expr: slotValue(leaf, slot, names, masks, context), alias: slotName(slot) }),
  );
  // DuckDB has no SELECT without columns.
  const nothing: SelectItem = { kind: 'expr', expr: { kind: 'number', text: '1' }, alias: 'c' };
  const marked = leaf.inputs.filter((input) => needsMarker(context.model, names.root, input)).map(({ path }) => path);
  const from = leafFrom(names, joined, new Set(marked.map(pathText)), (left, use) =>
    joinSubQuery(left, use, unmasked(names), context),
  );
  return selectQuery({ items: items.length === 0 ? [nothing] : items, from: [from], where });
}

function usedSlots(leaf: LeafRelation): number[] {
  return [...leaf.used].sort((a, b) => a - b);
}

/** Names of the columns that a secured leaf has. */
export function leafColumnNames(leaf: LeafRelation): string[] {
  const slots = usedSlots(leaf);
  return slots.length === 0 ? ['c'] : slots.map(slotName);
}

function slotValue(
  leaf: LeafRelation,
  slot: number,
  names: LeafNames,
  masks: TableMasks,
  { types, dialect }: LeafContext,
): Expr {
  const column = leaf.table.columns[slot];
  if (column !== undefined) {
    const type = types.value(column.cube, column.member);
    return dialect.memberValue(
      { kind: 'opaque', text: columnText(column, names, masks) },
      type.type,
      type.typmod,
      type.asText ?? false,
    );
  }
  const input = leaf.inputs[slot - leaf.table.columns.length];
  if (input === undefined) throw new Error(`leaf ${leaf.table.name} has no slot ${slot}`);
  const value = renderInput(names, input);
  return input.type === 'raw' ? value : dialect.memberValue(value, input.type, -1, false);
}

/** A view's rules are about its columns: they say of each what no member's do. */
function columnText({ name, path, member }: ExposedColumn, names: LeafNames, masks: TableMasks): OpaqueText {
  return names.masks === undefined
    ? renderMember(names, path, member)
    : maskedMember(names, names.masks, { path, name: member, masking: masks.column(name) });
}

// Row filters

function filterCondition(filter: RowFilter, names: LeafNames, decision: PolicyDecision): Bound {
  switch (filter.kind) {
    case 'nothing':
      return { kind: 'const', type: 'bool', typmod: -1, value: 'false' };
    case 'and':
    case 'or':
      return {
        kind: filter.kind,
        args: filter.filters.map((inner) => filterCondition(inner, names, decision)),
        type: 'bool',
        typmod: -1,
      };
    case 'null-test':
      return {
        kind: 'is',
        test: 'null',
        negated: filter.negated,
        arg: memberValue(filter.member, names),
        type: 'bool',
        typmod: -1,
      };
    case 'compare':
      return applyOperator(filter.operator, memberValue(filter.member, names), policyValue(filter.value, decision));
    case 'any': {
      const array = policyValue(filter.value, decision);
      const equal = applyOperator('=', memberValue(filter.member, names), memberValue(filter.member, names));
      if (equal.kind !== 'apply') throw new Error('a comparison is an operator');
      const any: Bound = {
        kind: 'quantified',
        quantifier: 'any',
        routine: equal.routine,
        left: equal.args[0] as Bound,
        array,
        type: 'bool',
        typmod: -1,
      };
      return filter.negated ? { kind: 'not', arg: any, type: 'bool', typmod: -1 } : any;
    }
    case 'text-match': {
      const match = textMatch(filter.match, memberValue(filter.member, names), policyValue(filter.value, decision));
      return filter.negated ? { kind: 'not', arg: match, type: 'bool', typmod: -1 } : match;
    }
    default:
      return assertNever(filter, 'filterCondition');
  }
}

function memberValue(member: MemberRef, names: LeafNames): Bound {
  return { kind: 'author', parts: renderMember(names, member.path, member.member), type: member.type, typmod: -1 };
}

function policyValue(index: number, decision: PolicyDecision): Bound {
  const value = decision.values[index];
  if (value === undefined) throw new Error(`the decision has no value ${index}`);
  return { kind: 'policy-value', index, type: value.type, typmod: -1 };
}

/** Without regard to case and without wildcards: a claim never becomes a LIKE pattern (security case C22). */
function textMatch(match: 'contains' | 'startsWith' | 'endsWith', member: Bound, value: Bound): Bound {
  const folded = applyFunction('lower', member);
  const wanted = applyFunction('lower', value);
  switch (match) {
    case 'contains':
      return applyOperator('>', applyFunction('strpos', folded, wanted), {
        kind: 'const',
        type: 'int4',
        typmod: -1,
        value: '0',
      });
    case 'startsWith':
      return applyFunction('starts_with', folded, wanted);
    case 'endsWith':
      return applyOperator('=', applyFunction('right', folded, applyFunction('length', wanted)), wanted);
    default:
      return assertNever(match, 'textMatch');
  }
}
