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
  if (variant === 'similar') return similar(like, operand);
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

/** The regular expression that similar_escape() of PostgreSQL's regexp.c makes of the pattern. */
function similar(like: BoundOf<'like'>, operand: Expr): Expr {
  const source = literal(like.pattern);
  const mark = like.escape === undefined ? '\\' : literal(like.escape);
  if (typeof source !== 'string' || typeof mark !== 'string' || mark.length > 1)
    throw notSupported('SIMILAR TO a pattern that is no literal on DuckDB', { hint: 'Use LIKE instead.' });
  let made = '';
  let inBrackets = false;
  for (let at = 0; at < source.length; at++) {
    const letter = source[at] as string;
    if (letter === mark) {
      at += 1;
      const escaped = source[at];
      if (escaped === undefined || escaped === '"') throw notSupported('this pattern of SIMILAR TO on DuckDB');
      made += /[\p{L}\p{N}]/u.test(escaped) ? escaped : `\\${escaped}`;
    } else if (inBrackets) {
      made += letter === '\\' ? '\\\\' : letter;
      inBrackets = letter !== ']';
    } else {
      made += SIMILAR[letter] ?? letter;
      inBrackets = letter === '[';
    }
  }
  const whole = `^(?:${made})$`;
  const matches = call('regexp_matches', operand, text(checked(whole, made.replaceAll('(?:', '('), true)), text('s'));
  return like.negated ? { kind: 'not', operand: matches } : matches;
}

const SIMILAR: { readonly [letter: string]: string } = {
  '%': '.*',
  _: '.',
  '(': '(?:',
  '.': '\\.',
  '^': '\\^',
  $: '\\$',
  '\\': '\\\\',
};

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
  return text(checked(source, source, match));
}

/** Classes of letters, as PostgreSQL has them in a database of UTF-8. */
const CLASSES: { readonly [letter: string]: string } = {
  d: '[0-9]',
  D: '[^0-9]',
  w: '[\\p{L}\\p{N}_]',
  W: '[^\\p{L}\\p{N}_]',
  s: '[ \\t\\n\\r\\f\\v]',
  S: '[^ \\t\\n\\r\\f\\v]',
};

/** @param written what the client wrote of it */
function checked(source: string, written: string, match: boolean): string {
  const refused = (what: string): SqlError => notSupported(`${what} in a regular expression on DuckDB`);
  // Word boundaries, back-references, look-around and classes within brackets are read differently.
  if (/\\(?![.^$*+?()[\]{}|\\/"'\-_,:;!@#%&=<>~`ndtrswDWS]|$)/.test(written)) throw refused('this escape');
  if (/\[[^\]]*\\[dwsDWS]/.test(written)) throw refused('this escape');
  if (/\(\?/.test(written) || written.startsWith('***')) throw refused('(?…)');
  if (/\[\[?[:.=]/.test(written)) throw refused('a character class');
  if (match ? /[*+?}]\+/.test(written) : /[*+?}][?+]/.test(written)) throw refused('a quantifier of this kind');
  if (!match && written.includes('|')) throw refused('alternatives');
  try {
    // JavaScript escapes no other punctuation than these.
    new RegExp(source.replaceAll(/\\([^\p{L}\p{N}^$\\.*+?()[\]{}|/])/gu, '$1'), 'u');
  } catch {
    throw new SqlError('2201B', 'invalid regular expression');
  }
  return source.replaceAll(/\\(.)/gs, (escaped, letter: string) => CLASSES[letter] ?? escaped);
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
