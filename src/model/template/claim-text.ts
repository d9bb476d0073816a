/**
 * A claim as SQL text, one function for each place where it may stand. What it holds cannot end that place: quotes are
 * doubled, numbers have digits alone, names follow one narrow rule (security cases C01–C03, C16, C17, C23–C25).
 */
import { SqlError, SqlState } from '../../errors.ts';
import type { Scalar, TokenValue } from './tokens.ts';

const DECIMAL = /^-?(0|[1-9]\d*)(\.\d+)?$/;
/** A whole number may begin a name: schemas are called after tenant ids. */
const NAME_START = /^[a-z_]/;
const NAME_PART = /^[a-z0-9_]+$/;
const MAX_NAME_BYTES = 63;

/** What a token comes to; `denied` where the value does not fit its place. */
export type Placed =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'denied'; readonly error: SqlError };

/** A literal of the value's own type; a list in parentheses, which matches nothing when it is empty, negated or not. */
export function asLiteral(value: TokenValue): Placed {
  switch (value.kind) {
    case 'denied':
      return value;
    case 'scalar':
      return literal(value.value, value.name);
    case 'list': {
      if (value.values.length === 0) return placed('(NULL)');
      const items = value.values.map((item) => literal(item, value.name));
      return (
        items.find((item) => item.kind === 'denied') ??
        placed(`(${items.map((item) => (item.kind === 'text' ? item.text : '')).join(', ')})`)
      );
    }
  }
}

/** Inside '…'. */
export function insideString(value: TokenValue): Placed {
  if (value.kind === 'denied') return value;
  if (value.kind === 'list') return denied(value.name, 'must not be a list here');
  const text = plainText(value.value);
  return text === undefined ? unfit(value.name) : placed(text.replaceAll("'", "''"));
}

/**
 * A whole quoted identifier of the author's text and claims in turn.
 * @param pieces the author's text as the identifier's characters, not yet doubled
 */
export function asIdentifier(pieces: readonly (string | TokenValue)[]): Placed {
  let name = '';
  let claimed = '';
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      name += piece;
      continue;
    }
    if (piece.kind === 'denied') return piece;
    claimed = piece.name;
    const value = piece.kind === 'scalar' && typeof piece.value !== 'boolean' ? piece.value : undefined;
    const text = value === undefined ? undefined : plainText(value);
    if (text === undefined || !NAME_PART.test(text)) return denied(claimed, 'cannot be part of a name');
    // "1a" is no name that anybody writes; 500 is a tenant's number.
    if (name === '' && typeof value === 'string' && !NAME_START.test(text)) {
      return denied(claimed, 'cannot be part of a name');
    }
    name += text;
  }
  if (Buffer.byteLength(name) > MAX_NAME_BYTES || /^(pg_|information_schema$)/i.test(name)) {
    return denied(claimed, 'cannot be part of a name');
  }
  return placed(`"${name.replaceAll('"', '""')}"`);
}

/** As it stands in titles and the like. */
export function plainText(value: Scalar): string | undefined {
  switch (typeof value) {
    case 'string':
      // NUL stands in no SQL text, a lone surrogate in no UTF-8.
      return value.includes('\0') || !value.isWellFormed() ? undefined : value;
    case 'boolean':
      return String(value);
    default: {
      const text = String(Object.is(value, -0) ? 0 : value);
      const exact = typeof value === 'bigint' || !Number.isInteger(value) || Number.isSafeInteger(value);
      return exact && DECIMAL.test(text) ? text : undefined;
    }
  }
}

function literal(value: Scalar, name: string): Placed {
  const text = plainText(value);
  if (text === undefined) return unfit(name);
  switch (typeof value) {
    case 'string':
      return placed(`'${text.replaceAll("'", "''")}'`);
    case 'boolean':
      return placed(text.toUpperCase());
    default:
      // `x -{claim}` must not become the comment `x --1`.
      return placed(text.startsWith('-') ? `(${text})` : text);
  }
}

function placed(text: string): Placed {
  return { kind: 'text', text };
}

function unfit(name: string): Placed {
  return denied(name, 'has a value that cannot stand in SQL');
}

function denied(name: string, reason: string): Placed {
  return {
    kind: 'denied',
    error: new SqlError(SqlState.insufficientPrivilege, `claim "${name}" ${reason}`),
  };
}
