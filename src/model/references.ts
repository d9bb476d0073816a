/**
 * `{CUBE}`, `{member}`, `{other_cube.member}` in the author's SQL → a Fragment whose references are resolved.
 * Names resolve as in Cube (CubeSymbols.resolveSymbol): a cube's name wins over a member's, `CUBE` is the own cube.
 */
import { type JoinGraph, pathFault, shortestPath } from './joins.ts';
import { type Lexeme, readSql } from './lexical.ts';
import type { Problems } from './problems.ts';
import type { SourceText } from './source.ts';
import { didYouMean } from './spelling.ts';
import { placeClaims } from './template/place.ts';
import type { CubePath, Fragment, FragmentPart, SourcePosition } from './types.ts';

/** What can be referred to, known before any SQL is read. */
export type Symbols = {
  readonly cubes: ReadonlyMap<string, ReadonlyMap<string, MemberSymbol>>;
  readonly views: ReadonlySet<string>;
  readonly joins: JoinGraph;
  /** A cube's SQL compares with a claim when it runs. */
  readonly claimTested: (cube: string, claim: readonly string[]) => void;
};
export type MemberSymbol = { readonly kind: 'dimension' | 'measure' | 'segment'; readonly isTime: boolean };

export type ReferenceTarget = {
  readonly path: CubePath;
  /** Name of the cube at the end of `path`. */
  readonly cube: string;
  /** Undefined for a reference to the cube's table. */
  readonly member: string | undefined;
  readonly kind: MemberSymbol['kind'] | 'table';
};

export type FragmentContext = {
  readonly cube: string;
  readonly symbols: Symbols;
  readonly problems: Problems;
  /** Why such a reference cannot stand here, or undefined when it can. */
  readonly refuse: (target: ReferenceTarget) => string | undefined;
  readonly used: (target: ReferenceTarget, at: SourcePosition) => void;
  /** `{time_dimension.month}` was written. */
  readonly granularity: (written: string, at: SourcePosition) => void;
};

const CURRENT_CUBE = new Set(['CUBE', 'TABLE']);
const CONTEXT_VARIABLES = new Set([
  'COMPILE_CONTEXT',
  'SECURITY_CONTEXT',
  'securityContext',
  'security_context',
  'FILTER_PARAMS',
  'FILTER_GROUP',
  'SQL_UTILS',
  'USER_CONTEXT',
]);

/** Faults go to the context's problems, with the place of each; the fragment holds what could be read. */
export function readFragment(source: SourceText, context: FragmentContext): Fragment {
  return readLexemes(source, context).fragment;
}

/** The fragment and what it is made of, for callers that allow a special form alone (a table's name). */
export function readLexemes(
  source: SourceText,
  context: FragmentContext,
  whole: 'query' | 'table' = 'query',
): { readonly fragment: Fragment; readonly lexemes: readonly Lexeme[] } {
  const { lexemes: written, fault } = readSql(source.text);
  if (fault !== undefined) context.problems.error(source.at(fault.offset), fault.message);
  const { lexemes, faults } =
    source.tokens === undefined ? { lexemes: written, faults: [] } : placeClaims(written, source.tokens, whole);
  for (const { offset, message } of faults) context.problems.error(source.at(offset), message);
  const parts: FragmentPart[] = [];
  let text = '';
  for (const lexeme of lexemes) {
    if (lexeme.kind === 'claim-test') {
      // The column is read as SQL of the same cube, and stays within its parentheses.
      const at = source.at(lexeme.offset);
      const column = readFragment({ text: lexeme.text, at: () => at }, context);
      parts.push({ kind: 'text', text: `${text}((` }, ...column.parts);
      parts.push({ kind: 'text', text: ')' }, { kind: 'claim-test', claim: lexeme.path });
      text = ')';
      context.symbols.claimTested(context.cube, lexeme.path);
      continue;
    }
    const part = lexeme.kind === 'reference' ? resolve(lexeme, source, context) : undefined;
    if (part === undefined) {
      text += lexeme.text;
      continue;
    }
    if (text !== '') parts.push({ kind: 'text', text });
    text = '';
    parts.push(part);
  }
  if (text !== '') parts.push({ kind: 'text', text });
  return { fragment: { parts, at: source.at(0) }, lexemes };
}

function resolve(lexeme: Lexeme, source: SourceText, context: FragmentContext): FragmentPart | undefined {
  const at = source.at(lexeme.offset);
  const fail = (message: string): undefined => {
    context.problems.error(at, message);
    return undefined;
  };
  const [first = ''] = lexeme.path;
  if (CONTEXT_VARIABLES.has(first)) return fail(`${first} in SQL is not supported yet`);

  const found = findReference(lexeme.path, context);
  if (typeof found === 'string') return fail(found);
  const { target, granularity } = found;
  const refusal = context.refuse(target);
  if (refusal !== undefined) return fail(`${lexeme.text} cannot stand here: ${refusal}`);
  if (granularity !== undefined) context.granularity(lexeme.text, at);
  context.used(target, at);
  return target.member === undefined
    ? { kind: 'table', path: target.path }
    : { kind: 'member', path: target.path, member: target.member };
}

type Found = { readonly target: ReferenceTarget; readonly granularity: string | undefined };

/** @returns what the names mean, or why they mean nothing */
export function findReference(
  names: readonly string[],
  context: Pick<FragmentContext, 'cube' | 'symbols'>,
): Found | string {
  const { symbols } = context;
  const [first = '', ...others] = names;
  let rest = others;
  let cube = context.cube;
  let path: CubePath = [];
  if (CURRENT_CUBE.has(first) || first === context.cube) {
    // The own cube.
  } else if (symbols.cubes.has(first)) {
    const way = shortestPath(symbols.joins, cube, first);
    if (way.kind !== 'path') return pathFault(way, cube, first);
    path = way.path;
    cube = first;
  } else {
    if (symbols.views.has(first)) return `"${first}" is a view; SQL can refer to cubes only`;
    rest = [...names];
  }

  while (rest.length > 0) {
    const [name = '', ...after] = rest;
    const members = symbols.cubes.get(cube);
    const member = members?.get(name);
    if (member !== undefined) {
      const [granularity, ...tooMany] = after;
      if (tooMany.length > 0 || (granularity !== undefined && !member.isTime)) {
        return `"${cube}.${name}" is a ${member.kind} and has no "${after.join('.')}"`;
      }
      return { target: { path, cube, member: name, kind: member.kind }, granularity };
    }
    const isStart = rest.length === names.length;
    if (isStart || !symbols.cubes.has(name)) {
      const known = [...(members?.keys() ?? []), ...(isStart ? symbols.cubes.keys() : [])];
      const what = isStart
        ? `"${name}" is neither a cube nor a member of "${cube}"`
        : `cube "${cube}" has no member "${name}"`;
      return `${what}${didYouMean(name, known)}`;
    }
    if (!symbols.joins.get(cube)?.has(name)) return `cube "${cube}" has no join to "${name}"`;
    path = [...path, name];
    cube = name;
    rest = after;
  }
  return { target: { path, cube, member: undefined, kind: 'table' }, granularity: undefined };
}
