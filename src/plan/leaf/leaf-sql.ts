/**
 * The author's SQL of one leaf: cubes under their aliases, joins, members, as opaque text.
 */
import { assertNever, notSupported } from '../../errors.ts';
import type { CubePath, Fragment, Label, Model } from '../../model/types.ts';
import type { Expr, OpaquePart, OpaqueText, TableRef } from '../../sql/ast.ts';
import type { Dialect } from '../dialect.ts';
import { cubeAt, cubeOf, dimensionOf, joinAt, pathText, primaryKeyOf } from '../model-facts.ts';
import type { ClaimTestText } from './claim-test.ts';
import { emptyValue } from './empty-value.ts';
import type { LeafInput } from './leaf-input.ts';
import { type LeafMasks, maskedMember } from './leaf-masks.ts';

export type LeafNames = {
  readonly model: Model;
  readonly root: string;
  readonly dialect: Pick<Dialect, 'numberText'>;
  readonly alias: (path: CubePath) => string;
  /** Undefined where values are wanted as they are: in row filters, in joins and in keys. */
  readonly masks: LeafMasks | undefined;
  /** What stands behind an expression that is compared with a claim. */
  readonly claimTest: ClaimTestText;
  /** The query that computes a sub_query dimension of the cube at `path`; asking for it has it joined. */
  readonly subQuery: (path: CubePath, dimension: string) => SubQueryUse;
  /** Those that were asked for. */
  readonly subQueries: Iterable<SubQueryUse>;
};

export type SubQueryUse = {
  readonly path: CubePath;
  readonly dimension: string;
  readonly alias: string;
  /** Of the query that tells the value over no rows. */
  readonly emptyAlias: string;
};

/** An alias for each path: the cube's own name for its first instance, as authors write it in Cube. */
export function leafNames(
  model: Model,
  root: string,
  paths: readonly CubePath[],
  dialect: LeafNames['dialect'],
  claimTest: ClaimTestText,
): LeafNames {
  const aliases = new Map<string, string>();
  const taken = new Set<string>();
  const free = (name: string): string => {
    let alias = name;
    for (let n = 2; taken.has(alias); n += 1) alias = `${name}_${n}`;
    taken.add(alias);
    return alias;
  };
  for (const path of [[], ...paths]) {
    if (!aliases.has(pathText(path))) aliases.set(pathText(path), free(cubeAt(root, path)));
  }
  const alias = (path: CubePath): string => {
    const found = aliases.get(pathText(path));
    if (found === undefined) throw new Error(`the leaf of ${root} does not join ${pathText(path)}`);
    return found;
  };
  const subQueries = new Map<string, SubQueryUse>();
  const subQuery = (path: CubePath, dimension: string): SubQueryUse => {
    const key = pathText([...path, dimension]);
    const use = subQueries.get(key) ?? { path, dimension, alias: free('sub_query'), emptyAlias: free('no_rows') };
    subQueries.set(key, use);
    return use;
  };
  return {
    model,
    root,
    dialect,
    alias,
    masks: undefined,
    claimTest,
    subQuery,
    subQueries: { [Symbol.iterator]: () => subQueries.values() },
  };
}

/** Each path and the paths on the way to it, shortest first, [] left out. */
export function withPrefixes(paths: readonly CubePath[]): CubePath[] {
  const all = new Map<string, CubePath>();
  for (const path of paths) {
    for (let n = 1; n <= path.length; n += 1) all.set(pathText(path.slice(0, n)), path.slice(0, n));
  }
  return [...all.values()].sort((a, b) => a.length - b.length);
}

/**
 * FROM of a leaf: the root's source, a LEFT JOIN for each path, and behind each the sub_query dimensions of its cube.
 * It comes last: what else of the leaf is rendered tells which of those there are.
 * @param marked paths whose rows need a marker column
 */
export function leafFrom(
  shown: LeafNames,
  paths: readonly CubePath[],
  marked: ReadonlySet<string>,
  joinSubQuery: (from: TableRef, use: SubQueryUse) => TableRef,
): TableRef {
  // Rows belong together by their keys, whatever a client sees of those.
  const names = unmasked(shown);
  const conditions = paths.map((path) =>
    renderFragment(names, path.slice(0, -1), joinAt(names.model, names.root, path).sql),
  );
  const uses = [...names.subQueries];
  const withSubQueries = (from: TableRef, path: CubePath): TableRef =>
    uses.filter((use) => pathText(use.path) === pathText(path)).reduce(joinSubQuery, from);
  return paths.reduce<TableRef>(
    (from, path, i) => {
      const right = source(names, path, marked.has(pathText(path)));
      return withSubQueries(leftJoin(from, right, { kind: 'opaque', text: conditions[i] ?? [] }), path);
    },
    withSubQueries(source(names, [], false), []),
  );
}

export function leftJoin(left: TableRef, right: TableRef, on: Expr): TableRef {
  return { kind: 'join', type: 'left', natural: false, left, right, on, using: [], alias: undefined };
}

export const ROW_MARKER = 'semwire_row';

function source(names: LeafNames, path: CubePath, marked: boolean): TableRef {
  const cube = cubeOf(names.model, cubeAt(names.root, path));
  const unrendered = names.model.unrendered?.get(cube.name);
  if (unrendered !== undefined) throw unrendered;
  const sql = renderFragment(names, path, cube.source.sql);
  const table = cube.source.kind === 'table' ? sql : [text('('), ...sql, text('\n)')];
  const wrapped = marked ? [text(`(SELECT TRUE AS ${ROW_MARKER}, s.* FROM `), ...table, text(' AS s)')] : table;
  return { kind: 'opaque-table', text: wrapped, alias: names.alias(path) };
}

function text(value: string): OpaquePart {
  return { kind: 'text', text: value };
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The same cubes, their values as they are. */
export function unmasked(names: LeafNames): LeafNames {
  return names.masks === undefined ? names : { ...names, masks: undefined };
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The author's text with aliases and members put in. A column name alone is taken of its own cube, as Cube does it;
 * everything else stays as written.
 */
export function renderFragment(names: LeafNames, path: CubePath, fragment: Fragment): OpaqueText {
  const [only, another] = fragment.parts;
  if (
    only?.kind === 'text' &&
    another === undefined &&
    IDENTIFIER.test(only.text.trim()) &&
    !RESERVED.has(only.text.trim().toLowerCase())
  ) {
    return fragment === cubeOf(names.model, cubeAt(names.root, path)).source.sql
      ? [only]
      : [text(`${quoted(names.alias(path))}.${only.text.trim()}`)];
  }
  return fragment.parts.flatMap((part): OpaquePart[] => {
    switch (part.kind) {
      case 'text':
        return [part];
      case 'table':
        return [text(quoted(names.alias([...path, ...part.path])))];
      case 'member':
        return [text('('), ...renderMember(names, [...path, ...part.path], part.member), text(')')];
      case 'claim-test':
        return [...names.claimTest(part.claim)];
      default:
        return assertNever(part, 'renderFragment');
    }
  });
}

/** Words that are values by themselves. */
const RESERVED = new Set(['true', 'false', 'null', 'current_date', 'current_timestamp', 'localtimestamp']);

/** The value of a dimension or segment of the cube at `path`, or what its mask leaves of it. */
export function renderMember(names: LeafNames, path: CubePath, name: string): OpaqueText {
  return names.masks === undefined
    ? renderValue(names, path, name)
    : maskedMember(names, names.masks, { path, name, masking: names.masks.member(path, name) });
}

/** The member's own value, made of what the names show of other members. */
export function renderValue(names: LeafNames, path: CubePath, name: string): OpaqueText {
  const member = dimensionOf(names.model, cubeAt(names.root, path), name);
  if (member.kind === 'segment') return renderFragment(names, path, member.sql);
  if (member.unsupported !== undefined)
    throw notSupported(`dimension "${name}": ${member.unsupported}`.replace(/ is not supported( yet)?$/, ''));
  const { value } = member;
  switch (value.kind) {
    case 'sql':
      return renderFragment(names, path, value.sql);
    case 'case': {
      const branches = value.branches.flatMap(({ when, label }) => [
        text(' WHEN ('),
        ...renderFragment(names, path, when),
        text(') THEN '),
        ...renderLabel(names, path, label),
      ]);
      const otherwise =
        value.otherwise === undefined ? [] : [text(' ELSE '), ...renderLabel(names, path, value.otherwise)];
      return [text('CASE'), ...branches, ...otherwise, text(' END')];
    }
    case 'geo':
      return [
        text('('),
        ...names.dialect.numberText(renderFragment(names, path, value.latitude)),
        text(") || ',' || ("),
        ...names.dialect.numberText(renderFragment(names, path, value.longitude)),
        text(')'),
      ];
    case 'sub_query':
      return renderSubQuery(names, path, name);
  }
}

/** The value beside the row; where the query has no row, no row of the other cubes belongs to this one. */
function renderSubQuery(names: LeafNames, path: CubePath, name: string): OpaqueText {
  const { alias, emptyAlias } = names.subQuery(path, name);
  const cube = cubeAt(names.root, path);
  const keys = primaryKeyOf(names.model, cube);
  const [key] = keys;
  if (key === undefined) throw new Error(`cube ${cube} has no primary key`);
  const without = emptyValue(names.model, cube, name) ?? `${quoted(emptyAlias)}."c0"`;
  return [
    text('CASE'),
    ...(path.length === 0
      ? []
      : [text(' WHEN ('), ...renderValue(unmasked(names), path, key.name), text(') IS NULL THEN NULL')]),
    text(` WHEN ${quoted(alias)}."c0" IS NULL THEN ${without} ELSE ${quoted(alias)}."c${keys.length}" END`),
  ];
}

function renderLabel(names: LeafNames, path: CubePath, label: Label): OpaqueText {
  return label.kind === 'text'
    ? [text(`'${label.text.replaceAll("'", "''")}'`)]
    : [text('('), ...renderFragment(names, path, label.sql), text(')')];
}

/** A condition that holds where the LEFT JOINs gave the cube at `path` a row. */
function presence(names: LeafNames, path: CubePath): Expr | undefined {
  if (path.length === 0) return undefined;
  const [key] = primaryKeyOf(names.model, cubeAt(names.root, path));
  const marker: OpaqueText =
    key === undefined
      ? [text(`${quoted(names.alias(path))}.${ROW_MARKER}`)]
      : renderMember(unmasked(names), path, key.name);
  return { kind: 'is', test: 'null', negated: true, operand: { kind: 'opaque', text: marker } };
}

/** The value of a hidden input. */
export function renderInput(names: LeafNames, input: LeafInput): Expr {
  if (input.kind === 'join-field') return { kind: 'null' };
  if (input.kind === 'key') return { kind: 'opaque', text: renderMember(unmasked(names), input.path, input.dimension) };
  const shown = input.unmasked ? unmasked(names) : names;
  const value: Expr =
    input.sql === undefined
      ? { kind: 'boolean', value: true }
      : { kind: 'opaque', text: renderFragment(shown, input.path, input.sql) };
  const present = input.sql !== undefined && isColumn(input.sql) ? undefined : presence(names, input.path);
  const conditions = [
    ...(present === undefined ? [] : [present]),
    ...input.filters.map((filter): Expr => ({ kind: 'opaque', text: renderFragment(shown, input.path, filter) })),
  ];
  const [first, second] = conditions;
  if (first === undefined) return value;
  const when: Expr = second === undefined ? first : { kind: 'and', operands: conditions };
  return { kind: 'case', operand: undefined, branches: [{ when, then: value }], otherwise: undefined };
}

/** `amount` or `{CUBE}.amount`: NULL by itself where a LEFT JOIN found no row. */
export function isColumn(fragment: Fragment): boolean {
  const [first, second, third] = fragment.parts;
  if (first?.kind === 'text' && second === undefined) {
    const name = first.text.trim();
    return IDENTIFIER.test(name) && !RESERVED.has(name.toLowerCase());
  }
  return (
    first?.kind === 'table' &&
    first.path.length === 0 &&
    second?.kind === 'text' &&
    third === undefined &&
    /^\s*\.\s*[A-Za-z_]\w*\s*$/.test(second.text)
  );
}
