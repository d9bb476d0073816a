/** LIKE and regular expressions: what PostgreSQL and DuckDB (RE2) read alike; everything else is refused. */
import { notSupported, SqlError } from '../../errors.ts';
import type { Bound } from '../../plan/bound/bound.ts';
import type { BoundOf } from '../../plan/dialect.ts';
import type { Expr } from '../../sql/ast.ts';
import { call, text } from './expressions.ts';

const INVALID_ESCAPE = '22025';

/** PostgreSQL escapes with a backslash unless told otherwise; DuckDB escapes nothing. */
export function duckdbLike(like: BoundOf<'like'>, operand: Expr, pattern: Expr, escapeWith: Expr | undefined): Expr {
  const { variant, negated } = like;
  if (variant === 'similar') throw notSupported('SIMILAR TO on DuckDB', { hint: 'Use LIKE or ~ instead.' });
  if (like.arg.type === 'bytea') throw notSupported('LIKE over bytea on DuckDB');
  const mark = like.escape === undefined ? '\\' : literal(like.escape);
  const source = literal(like.pattern);
  if (mark === undefined) throw notSupported('an ESCAPE that is no literal on DuckDB');
  if (mark !== null && mark.length > 1)
    throw new SqlError(INVALID_ESCAPE, 'invalid escape string', {
      hint: 'Escape string must be empty or one character.',
    });
  if (typeof source === 'string' && mark !== null && endsEscaped(source, mark))
    throw new SqlError(INVALID_ESCAPE, 'LIKE pattern must not end with escape character');
  const plain = typeof source === 'string' && like.escape === undefined && !source.includes('\\');
  return { kind: 'like', variant, negated, operand, pattern, escape: plain ? undefined : (escapeWith ?? text('\\')) };
}

/** undefined: no literal; null: NULL. */
function literal(bound: Bound): string | null | undefined {
  return bound.kind === 'const' ? bound.value : undefined;
}

function endsEscaped(pattern: string, mark: string): boolean {
  if (mark === '') return false;
  let at = 0;
  while (at < pattern.length) at += pattern[at] === mark ? 2 : 1;
  return at > pattern.length;
}

/**
 * A literal pattern of which both engines make the same.
 * @param match only whether it matches counts, not how far: alternatives may be tried in another order
 * @throws SqlError 0A000 for one that is no literal or uses what the engines read differently
 */
function pattern(bound: Bound | undefined, match: boolean): Expr {
  const source = bound && literal(bound);
  if (typeof source !== 'string')
    throw notSupported('a regular expression that is no literal on DuckDB', {
      hint: 'Use LIKE, or write the pattern out.',
    });
  const refused = (what: string): SqlError => notSupported(`${what} in a regular expression on DuckDB`);
  // Words and letters of other alphabets, back-references, and look-around are read differently.
  if (/\\(?![.^$*+?()[\]{}|\\/"'\-_,:;!@#%&=<>~`ndtrs]|$)/.test(source)) throw refused('this escape');
  if (/\(\?/.test(source) || source.startsWith('***')) throw refused('(?…)');
  if (/\[\[?[:.=]/.test(source)) throw refused('a character class');
  if (/[*+?}][?+]/.test(source)) throw refused('a quantifier of this kind');
  if (!match && source.includes('|')) throw refused('alternatives');
  try {
    new RegExp(source, 'u');
  } catch {
    throw new SqlError('2201B', 'invalid regular expression');
  }
  return text(source);
}

/** `.` matches a newline in PostgreSQL; anchors mean the whole text in both. */
export function regexMatches(value: Expr, source: Bound | undefined, insensitive: boolean): Expr {
  return call('regexp_matches', value, pattern(source, true), text(insensitive ? 'si' : 's'));
}

export function regexpLike([value]: readonly Expr[], { args }: BoundOf<'apply'>): Expr {
  return regexMatches(value as Expr, args[1], flagsOf(args[2], 'i').includes('i'));
}

/** Replacements name groups alike: `\1`; `\&` is PostgreSQL's alone. */
export function regexpReplace([value, , replacement]: readonly Expr[], { args, routine }: BoundOf<'apply'>): Expr {
  if (args.length > 4 || routine.parameters[3] === 'int4')
    throw notSupported('regexp_replace() from a start on DuckDB');
  const by = args[2] && literal(args[2]);
  if (typeof by !== 'string' || /\\[^0-9\\]/.test(by))
    throw notSupported('this replacement of regexp_replace() on DuckDB');
  return call(
    'regexp_replace',
    value as Expr,
    pattern(args[1], false),
    replacement as Expr,
    text(`s${flagsOf(args[3], 'gi')}`),
  );
}

function flagsOf(bound: Bound | undefined, known: string): string {
  const flags = bound === undefined ? '' : literal(bound);
  if (typeof flags !== 'string' || [...flags].some((flag) => !known.includes(flag)))
    throw notSupported('these flags of a regular expression on DuckDB');
  return flags;
}

/** `substring(text from pattern)`: the first group, or the whole match. */
export function regexSubstring(value: Expr, source: Bound | undefined): Expr {
  const found = pattern(source, false);
  const groups = found.kind === 'string' ? (found.value.replaceAll(/\\./g, '').match(/\(/g) ?? []).length : 0;
  const matches = call('regexp_matches', value, found, text('s'));
  const part = call('regexp_extract', value, found, { kind: 'number', text: groups > 0 ? '1' : '0' }, text('s'));
  return { kind: 'case', operand: undefined, branches: [{ when: matches, then: part }], otherwise: undefined };
}
