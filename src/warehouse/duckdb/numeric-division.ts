/** Quotients of numerics whose digits behind the point are known, by the macros of numeric-macros.ts. */
import type { Expr } from '../../sql/ast.ts';
import { binary, call, castTo, choose, number, text } from './expressions.ts';
import { decimalOf } from './numeric-arithmetic.ts';

/** An operand of a division: a DECIMAL or whole number, and its digits behind the point. */
export type Operand = {
  readonly value: Expr;
  readonly scale: number;
  /** It is cheap to print often: the macros do. */
  readonly brief: boolean;
};

/** Whole numbers up to here are exact as doubles after three roundings: of the digits, the point, and back. */
const EXACT = 1e15;
const LARGEST = 9e18;
/** Places of a quotient of 1 to 9,999, and those of one step behind them. */
const PLACES = 16;
const STEP = 8;

/** `left / right` as DECIMAL(38, 24). @param otherwise the same of operands and quotients that the macro does not know */
export function exactQuotient(left: Operand, right: Operand, otherwise: Expr): Expr {
  const down = Math.max(left.scale - right.scale, 0);
  const up = Math.max(right.scale - left.scale, 0);
  const scale = left.scale + up;
  const within = bothWithin({ ...left, scale }, up, right, 10 ** STEP);
  if (within === undefined || scale >= PLACES || down > STEP) return otherwise;
  const made = call(
    'semwire_quotient',
    digitsOf(left, up),
    digitsOf(right, 0),
    ...steps(PLACES - down),
    whole(10 ** down),
    whole(2 * 10 ** (PLACES - 4)),
    whole(10 ** (PLACES - Math.max(12, scale))),
    ...filling(scale, right.scale),
  );
  return { kind: 'coalesce', args: [choose(within, made, { kind: 'null' }), otherwise] };
}

/** `round(left / right, places)`, places up to 8. */
export function roundedQuotient(left: Operand, right: Operand, places: number, otherwise: Expr): Expr {
  const more = Math.max(left.scale - right.scale, 0);
  const aside = places < more ? more : 0;
  const down = more - aside;
  const up = Math.max(right.scale - left.scale, 0);
  const within = bothWithin({ ...left, scale: left.scale + up }, up, right, 10 ** (STEP + aside));
  if (within === undefined || down > STEP) return otherwise;
  // Below 10^8 a quotient has 12 places or more, below 10^12 eight.
  const large = places < STEP;
  const made = call(
    'semwire_rounded_quotient',
    digitsOf(left, up),
    digitsOf(right, aside),
    ...steps(PLACES - down),
    whole(10 ** (PLACES - places)),
    whole(large ? 1e8 : 1e4),
    whole(10 ** ((large ? 11 : 8) + down)),
  );
  return { kind: 'coalesce', args: [choose(within, decimalOf(made, places), { kind: 'null' }), otherwise] };
}

/** Digits behind the point that PostgreSQL's quotient has. @param otherwise the same of any operands */
export function placesOfQuotient(left: Operand, right: Operand, otherwise: Expr): Expr {
  const within = bothWithin(left, 0, right, 1);
  if (within === undefined) return otherwise;
  const made = call(
    'semwire_quotient_places',
    digitsOf(left, 0),
    digitsOf(right, 0),
    ...filling(left.scale, right.scale),
    number(Math.max(left.scale, right.scale)),
  );
  return choose(within, made, otherwise);
}

/**
 * Where all whole numbers of the division stay below 2^63.
 * @param step the largest factor of the divisor, and of what a step leaves
 * @returns undefined: nowhere, or it is not worth it
 */
function bothWithin(left: Operand, up: number, right: Operand, step: number): Expr | undefined {
  if (!left.brief || !right.brief) return undefined;
  const dividend = largest(left.scale - up, 10 ** (up + filled(left.scale) - left.scale));
  const divisor = largest(right.scale, Math.max(step, 10 ** (filled(right.scale) - right.scale)));
  if (dividend < 1 || divisor < 1) return undefined;
  return { kind: 'and', operands: [between(left.value, dividend), between(right.value, divisor)] };
}

/** The largest whole value whose digits, times `factor`, fit. */
function largest(scale: number, factor: number): number {
  const fits = LARGEST / factor;
  return Math.floor((scale === 0 ? fits : Math.min(EXACT, fits)) / 10 ** scale);
}

function between(value: Expr, limit: number): Expr {
  return { kind: 'and', operands: [binary('<=', value, whole(limit)), binary('>=', value, whole(-limit))] };
}

/** Two factors of 10^digits. */
function steps(digits: number): readonly [Expr, Expr] {
  const first = Math.ceil(digits / 2);
  return [whole(10 ** first), whole(10 ** (digits - first))];
}

/** What fills the scales up to multiples of four, and these: PostgreSQL's digits are of base 10,000. */
function filling(left: number, right: number): readonly Expr[] {
  const more = [left, right].map((scale) => whole(10 ** (filled(scale) - scale)));
  return [...more, number(filled(left)), number(filled(right))];
}

function filled(scale: number): number {
  return Math.ceil(scale / 4) * 4;
}

/** All digits as a BIGINT, and `zeros` more. */
function digitsOf({ value, scale }: Operand, zeros: number): Expr {
  const all =
    scale === 0
      ? castTo(value, 'BIGINT')
      : castTo(binary('*', castTo(value, 'DOUBLE'), castTo(text(`1e${scale}`), 'DOUBLE')), 'BIGINT');
  return zeros === 0 ? all : binary('*', all, whole(10 ** zeros));
}

function whole(value: number): Expr {
  return castTo(text(BigInt(value).toString()), 'BIGINT');
}
