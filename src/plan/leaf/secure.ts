/**
 * The leaf: what stands in the warehouse query for a reference to an exposed table.
 *
 * `(SELECT <member expressions> FROM <the author's cubes> WHERE <row filters>)`, built here and nowhere else, from a
 * PolicyDecision. What a client computes, it computes on top of this.
 */
import { type LeafUse, type PolicyDecision, pathsOfFilters } from '../../access/decision.ts';
import type { MemberRef, RowFilter } from '../../access/row-filter.ts';
import { assertNever } from '../../errors.ts';
import type { Model } from '../../model/types.ts';
import type { Expr, Query, SelectItem, TableRef } from '../../sql/ast.ts';
import { conjunction, selectQuery } from '../../sql/select.ts';
import type { PgType } from '../../sql/types.ts';
import type { Bound, LeafRelation } from '../bound/bound.ts';
import type { Dialect } from '../dialect.ts';
import { cubeOf, type MemberTypes, pathText } from '../model-facts.ts';
import { selectRoutine } from '../routines/overload.ts';
import { functionsByName, operatorsByName } from '../routines/routines.ts';
import {
  type LeafNames,
  leafFrom,
  leafNames,
  needsMarker,
  renderInput,
  renderMember,
  withPrefixes,
} from './leaf-sql.ts';

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
};

/** What of a leaf the statement uses, as policies speak of it. */
export function useOfLeaf(leaf: LeafRelation, paths: readonly (readonly string[])[]): LeafUse {
  const slots = [...leaf.used, ...leaf.measures].filter((slot) => slot < leaf.table.columns.length);
  return { columns: [...new Set(slots)].map((slot) => leaf.table.columns[slot]?.name ?? ''), paths };
}

export function slotName(slot: number): string {
  return `c${slot}`;
}

/**
 * @param paths cubes that the statement's own members read
 * @throws SqlError 0A000 for members of kinds that are not supported yet
 */
export function secureLeaf(
  leaf: LeafRelation,
  paths: readonly (readonly string[])[],
  decision: PolicyDecision,
  context: LeafContext,
): SecuredLeaf {
  const { model } = context;
  const { table } = leaf;
  const rowFilters = decision.rowFilters(table.name, useOfLeaf(leaf, paths));
  const joined = withPrefixes([...paths, ...pathsOfFilters(rowFilters)]);
  const names = leafNames(model, table.root, joined);
  const marked = new Set(
    leaf.inputs.filter((input) => needsMarker(model, table.root, input)).map(({ path }) => pathText(path)),
  );
  const filters = rowFilters.map((filter) => context.lower(filterCondition(filter, names, decision)));
  const query = leafQuery(leaf, names, leafFrom(names, joined, marked), conjunction(filters), context);
  const authored = [[], ...joined].some((path) => cubeOf(model, path.at(-1) ?? table.root).source.kind === 'query');
  return { query, filters, hidesRows: filters.length > 0 || authored || joined.length > 0 } as unknown as SecuredLeaf;
}

/** The same leaf without a row: what the warehouse is shown when only types are asked for. */
export function emptyLeaf(leaf: LeafRelation, paths: readonly (readonly string[])[], context: LeafContext): Query {
  const { model } = context;
  const joined = withPrefixes(paths);
  const names = leafNames(model, leaf.table.root, joined);
  const marked = new Set(
    leaf.inputs.filter((input) => needsMarker(model, leaf.table.root, input)).map(({ path }) => pathText(path)),
  );
  return leafQuery(leaf, names, leafFrom(names, joined, marked), { kind: 'boolean', value: false }, context);
}

function leafQuery(
  leaf: LeafRelation,
  names: LeafNames,
  from: TableRef,
  where: Expr | undefined,
  context: LeafContext,
): Query {
  const slots = usedSlots(leaf);
  const items = slots.map(
    (slot): SelectItem => ({ kind: 'expr', expr: slotValue(leaf, slot, names, context), alias: slotName(slot) }),
  );
  // DuckDB has no SELECT without columns.
  const nothing: SelectItem = { kind: 'expr', expr: { kind: 'number', text: '1' }, alias: 'c' };
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

function slotValue(leaf: LeafRelation, slot: number, names: LeafNames, { types, dialect }: LeafContext): Expr {
  const column = leaf.table.columns[slot];
  if (column !== undefined) {
    const type = types.value(column.cube, column.member);
    return dialect.memberValue(
      { kind: 'opaque', text: renderMember(names, column.path, column.member) },
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
      return operator(filter.operator, memberValue(filter.member, names), policyValue(filter.value, decision));
    case 'any': {
      const array = policyValue(filter.value, decision);
      const equal = operator('=', memberValue(filter.member, names), memberValue(filter.member, names));
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
  const parts = renderMember(names, member.path, member.member).map((part) => {
    if (part.kind !== 'text') throw new Error('a member of a row filter holds text alone');
    return part;
  });
  return { kind: 'author', parts, type: member.type, typmod: -1 };
}

function policyValue(index: number, decision: PolicyDecision): Bound {
  const value = decision.values[index];
  if (value === undefined) throw new Error(`the decision has no value ${index}`);
  return { kind: 'policy-value', index, type: value.type, typmod: -1 };
}

function operator(name: string, left: Bound, right: Bound): Bound {
  return call(operatorsByName.get(name) ?? [], [left, right]);
}

function call(routines: Parameters<typeof selectRoutine>[0], args: readonly Bound[]): Bound {
  const selection = selectRoutine(
    routines,
    args.map(({ type }) => type),
  );
  if (selection.kind !== 'match')
    throw new Error(`a row filter compares what cannot be compared: ${args.map(({ type }) => type).join(', ')}`);
  const { routine, argumentTypes, result } = selection.match;
  const cast = args.map(
    (arg, i): Bound =>
      argumentTypes[i] === arg.type ? arg : { kind: 'cast', arg, type: argumentTypes[i] as PgType, typmod: -1 },
  );
  return { kind: 'apply', routine, args: cast, type: result, typmod: -1 };
}

/** Without regard to case and without wildcards: a claim never becomes a LIKE pattern (security case C22). */
function textMatch(match: 'contains' | 'startsWith' | 'endsWith', member: Bound, value: Bound): Bound {
  const fn = (name: string, ...args: Bound[]): Bound => call(functionsByName.get(name) ?? [], args);
  const folded = fn('lower', member);
  const wanted = fn('lower', value);
  switch (match) {
    case 'contains':
      return operator('>', fn('strpos', folded, wanted), { kind: 'const', type: 'int4', typmod: -1, value: '0' });
    case 'startsWith':
      return fn('starts_with', folded, wanted);
    case 'endsWith':
      return operator('=', fn('right', folded, fn('length', wanted)), wanted);
    default:
      return assertNever(match, 'textMatch');
  }
}
