/**
 * Division as PostgreSQL's numeric does it (div_var() and select_div_scale() of numeric.c), in DuckDB's SQL: whole
 * numbers of 64 bits, a few digits at a time. Every connection has these macros; DuckDB puts their text in place, so a
 * printed statement stays short. Operands are all the digits of a number as a BIGINT.
 */

/** Digits behind the point of a numeric whose own number of them differs from row to row. */
export const VALUE_SCALE = 24;

/** Macros that a printed statement may call. */
export const MACRO_NAMES = ['semwire_quotient', 'semwire_quotient_places', 'semwire_rounded_quotient'] as const;

// Text of DuckDB's: parts of the macros' bodies, put together here because DuckDB unfolds a macro in a macro slowly.

function sign(a: string, b: string): string {
  return `CASE WHEN (${a} < 0) <> (${b} < 0) THEN -1 ELSE 1 END`;
}

/** What is left of a / b, with room for the next digits. */
function rest(a: string, b: string, p: string): string {
  return `((${a}) % (${b}) * ${p})`;
}

/** Digits behind those of `a // b` up to the 16th place, in two steps. */
function front(a: string, b: string): string {
  return `(${rest(a, b, 'p')} // ${b} * q + ${rest(rest(a, b, 'p'), b, 'q')} // ${b})`;
}

/** The eight digits behind the 16th place. */
function back(a: string, b: string): string {
  return `(${rest(rest(rest(a, b, 'p'), b, 'q'), b, '100000000')} // ${b})`;
}

/** How many decimal digits are behind the first one in base 10,000, of a magnitude; and this first one. */
function behind(x: string): string {
  return `CASE WHEN ${x} < 10000 THEN 0 WHEN ${x} < 100000000 THEN 4 WHEN ${x} < 1000000000000 THEN 8
    WHEN ${x} < 10000000000000000 THEN 12 ELSE 16 END`;
}

function first(x: string): string {
  return `${x} // CASE WHEN ${x} < 10000 THEN 1 WHEN ${x} < 100000000 THEN 10000 WHEN ${x} < 1000000000000 THEN 100000000
    WHEN ${x} < 10000000000000000 THEN 1000000000000 ELSE 10000000000000000 END`;
}

/** Digits behind the point. The operands are filled up with zeros to s and t places, which are multiples of four. */
function places(a: string, b: string): string {
  const [x, y] = [`(${a} * more_a)`, `(${b} * more_b)`];
  return `(16 - t + CASE WHEN ${a} = 0 THEN 0 ELSE s - ${behind(x)} END + ${behind(y)}
    + CASE WHEN ${first(x)} <= ${first(y)} THEN 4 ELSE 0 END)`;
}

const [A, B] = ['abs(a)', 'abs(b)'];
const WHOLE = `${A} // ${B}`;
const F = front(A, B);
const G = back(A, B);

/**
 * `a // b` are the digits of a quotient before the point, and some of those behind it: one is 10^n of these. PostgreSQL's
 * has 16 places from 1 to 9,999, 12 of ten thousand times as much …, four more where the first digits of the operands
 * are the same, and as many as the operands. Half goes up: these are magnitudes.
 */
const MACROS: readonly string[] = [
  `semwire_quotient_places(a, b, more_a, more_b, s, t, fewest) AS greatest(${places(A, B)}, fewest)`,
  // DECIMAL(38, 24), or NULL for a quotient below 0.0002 (`least`, in the 16th place), above 10^8, or between 10,000 and
  // 20,000. last: the unit of the last digit that stays of 12 places.
  `semwire_quotient(a, b, p, q, one, least, last, more_a, more_b, s, t) AS CAST(
    (CAST(least(${WHOLE}, 100000000 * one) AS HUGEINT) * (CAST(p * q AS HUGEINT) * 100000000) + CASE
      WHEN ${WHOLE} >= one AND ${WHOLE} < 10000 * one AND (${WHOLE} >= 2 * one OR ${places(A, B)} = 16)
      THEN CAST(${F} + CASE WHEN ${G} >= 50000000 THEN 1 ELSE 0 END AS HUGEINT) * 100000000
      WHEN a = 0 THEN CAST(0 AS HUGEINT)
      WHEN ${WHOLE} < 2 * one AND (${WHOLE}) * (p * q) + ${F} >= least
      THEN CAST(${F} AS HUGEINT) * 100000000 + (${G} + 5000) // 10000 * 10000
      WHEN ${WHOLE} >= 20000 * one AND ${WHOLE} < 100000000 * one
      THEN CAST((${F} + last // 2) // last * last AS HUGEINT) * 100000000 END) * ${sign('a', 'b')}
    AS DECIMAL(38, 0)) * CAST('0.${'0'.repeat(VALUE_SCALE - 1)}1' AS DECIMAL(25, 24))`,
  // round(a / b, n) times 10^n. What PostgreSQL rounds is a quotient that is rounded already, to 8 places or more
  // below most: NULL where that may change the last digit. unit: the one that stays, in the 16th place.
  `semwire_rounded_quotient(a, b, p, q, unit, near, most) AS CASE
    WHEN ${WHOLE} < most AND (${F} + unit // 2) % unit < unit - near
    THEN (${WHOLE} * (p * q // unit) + (${F} + unit // 2) // unit) * ${sign('a', 'b')} END`,
];

/** What a connection runs first. Temporary ones: a database that is only read takes no others. */
export const CREATE_MACROS = MACROS.map((macro) => `CREATE TEMP MACRO ${macro}`).join(';\n');
