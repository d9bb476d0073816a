/**
 * The author's SQL of one leaf: cubes under their aliases, joins, members, as opaque text.
 */
import { assertNever, notSupported } from '../../errors.ts';
import type { CubePath, Fragment, Label, Model } from '../../model/types.ts';
import type { Expr, OpaquePart, OpaqueText, TableRef } from '../../sql/ast.ts';
import { cubeAt, cubeOf, dimensionOf, joinAt, pathText, primaryKeyOf } from '../model-facts.ts';
import type { LeafInput } from './leaf-input.ts';

export type LeafNames = { readonly model: Model; readonly root: string; readonly alias: (path: CubePath) => string };

/** An alias for each path: the cube's own name for its first instance, as authors write it in Cube. */
export function leafNames(model: Model, root: string, paths: readonly CubePath[]): LeafNames {
  const aliases = new Map<string, string>();
  const taken = new Set<string>();
  for (const path of [[], ...paths]) {
    if (aliases.has(pathText(path))) continue;
    let alias = cubeAt(root, path);
    for (let n = 2; taken.has(alias); n += 1) alias = `${cubeAt(root, path)}_${n}`;
    taken.add(alias);
    aliases.set(pathText(path), alias);
  }
  const alias = (path: CubePath): string => {
    const found = aliases.get(pathText(path));
    if (found === undefined) throw new Error(`the leaf of ${root} does not join ${pathText(path)}`);
    return found;
  };
  return { model, root, alias };
}

/** Each path and the paths on the way to it, shortest first, [] left out. */
export function withPrefixes(paths: readonly CubePath[]): CubePath[] {
  const all = new Map<string, CubePath>();
  for (const path of paths) {
    for (let n = 1; n <= path.length; n += 1) all.set(pathText(path.slice(0, n)), path.slice(0, n));
  }
  return [...all.values()].sort((a, b) => a.length - b.length);
}

/** FROM of a leaf: the root's source and a LEFT JOIN for each path. @param marked paths whose rows need a marker column */
export function leafFrom(names: LeafNames, paths: readonly CubePath[], marked: ReadonlySet<string>): TableRef {
  let from = source(names, [], false);
  for (const path of paths) {
    const join = joinAt(names.model, names.root, path);
    from = {
      kind: 'join',
      type: 'left',
      natural: false,
      left: from,
      right: source(names, path, marked.has(pathText(path))),
      on: { kind: 'opaque', text: renderFragment(names, path.slice(0, -1), join.sql) },
      using: [],
      alias: undefined,
    };
  }
  return from;
}

export const ROW_MARKER = 'semwire_row';

function source(names: LeafNames, path: CubePath, marked: boolean): TableRef {
  const cube = cubeOf(names.model, cubeAt(names.root, path));
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
      default:
        return assertNever(part, 'renderFragment');
    }
  });
}

/** Words that are values by themselves. */
const RESERVED = new Set(['true', 'false', 'null', 'current_date', 'current_timestamp', 'localtimestamp']);

/** The value of a dimension or segment of the cube at `path`. */
export function renderMember(names: LeafNames, path: CubePath, name: string): OpaqueText {
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
        text('CAST('),
        ...renderFragment(names, path, value.latitude),
        text(" AS VARCHAR) || ',' || CAST("),
        ...renderFragment(names, path, value.longitude),
        text(' AS VARCHAR)'),
      ];
  }
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
    key === undefined ? [text(`${quoted(names.alias(path))}.${ROW_MARKER}`)] : renderMember(names, path, key.name);
  return { kind: 'is', test: 'null', negated: true, operand: { kind: 'opaque', text: marker } };
}

/** True if an input asks whether its cube has a row and the cube has no key to tell it by. */
export function needsMarker(model: Model, root: string, input: LeafInput): boolean {
  return (
    input.kind === 'measure-input' &&
    input.path.length > 0 &&
    primaryKeyOf(model, cubeAt(root, input.path)).length === 0
  );
}

/** The value of a hidden input. */
export function renderInput(names: LeafNames, input: LeafInput): Expr {
  if (input.kind === 'key') return { kind: 'opaque', text: renderMember(names, input.path, input.dimension) };
  const value: Expr =
    input.sql === undefined
      ? { kind: 'boolean', value: true }
      : { kind: 'opaque', text: renderFragment(names, input.path, input.sql) };
  const present = input.sql !== undefined && isColumn(input.sql) ? undefined : presence(names, input.path);
  const conditions = [
    ...(present === undefined ? [] : [present]),
    ...input.filters.map((filter): Expr => ({ kind: 'opaque', text: renderFragment(names, input.path, filter) })),
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
