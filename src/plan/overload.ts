/**
 * Which of several routines of one name a call means, by PostgreSQL's rules
 * (https://www.postgresql.org/docs/current/typeconv-func.html and typeconv-oper.html).
 */
import { arrayOf, elementOf, isArrayType, isPreferredType, type PgType, typeCategory } from '../sql/types.ts';
import { canCoerce, commonType, type ExprType } from './coercion.ts';
import type { PolymorphicType, Routine, SignatureType } from './routines.ts';

/** A routine and the types that its arguments take in this call, polymorphic ones resolved. */
export type Match = { readonly routine: Routine; readonly argumentTypes: readonly ExprType[]; readonly result: PgType };
export type Selection =
  | { readonly kind: 'match'; readonly match: Match }
  | { readonly kind: 'none' }
  | { readonly kind: 'ambiguous' };

type Candidate = { readonly routine: Routine; readonly parameters: readonly SignatureType[] };

/**
 * @param actual types of the arguments in order; for WITHIN GROUP the direct arguments then the ordered ones
 */
export function selectRoutine(routines: readonly Routine[], actual: readonly ExprType[]): Selection {
  const candidates = routines.flatMap((routine) => expand(routine, actual.length));
  const operator = routines[0]?.kind === 'operator' && actual.length === 2;

  const exact = candidates.find(({ parameters }) => parameters.every((type, i) => type === actual[i]));
  if (exact !== undefined) return finish(exact, actual);
  if (operator) {
    // An operator with one untyped operand: assume it is of the other's type, and look for exactly that.
    const known = actual.find((type) => type !== 'unknown');
    if (known !== undefined && actual.includes('unknown')) {
      const same = candidates.find(({ parameters }) => parameters.every((type) => type === known));
      if (same !== undefined) return finish(same, actual);
    }
  }

  let rest = candidates.filter(({ parameters }) =>
    parameters.every((type, i) => accepts(type, actual[i] ?? 'unknown')),
  );
  rest = rest.filter((candidate) => resolvePolymorphic(candidate, actual) !== undefined);
  if (rest.length > 1)
    rest = keepBest(rest, ({ parameters }) => count(parameters, (type, i) => type === base(actual[i])));
  if (rest.length > 1) {
    rest = keepBest(rest, ({ parameters }) =>
      count(parameters, (type, i) => {
        const given = base(actual[i]);
        return (
          given !== 'unknown' &&
          (type === given || (isConcrete(type) && isPreferredType(type) && typeCategory(type) === typeCategory(given)))
        );
      }),
    );
  }
  if (rest.length > 1 && actual.includes('unknown')) rest = byCategory(rest, actual);
  if (rest.length > 1 && actual.includes('unknown')) rest = assumeSameType(rest, actual);
  const [only, another] = rest;
  if (only === undefined) return { kind: 'none' };
  return another === undefined ? finish(only, actual) : { kind: 'ambiguous' };
}

/** varchar counts as text when exactness is judged, as PostgreSQL does with binary-coercible domains of strings. */
function base(type: ExprType | undefined): ExprType {
  return type ?? 'unknown';
}

function expand(routine: Routine, arity: number): Candidate[] {
  const parameters = routine.ordered === undefined ? routine.parameters : [...routine.parameters, ...routine.ordered];
  if (!routine.variadic) return parameters.length === arity ? [{ routine, parameters }] : [];
  const last = parameters.at(-1);
  if (last === undefined || arity < parameters.length) return [];
  return [{ routine, parameters: [...parameters, ...Array<SignatureType>(arity - parameters.length).fill(last)] }];
}

function accepts(parameter: SignatureType, actual: ExprType): boolean {
  if (isConcrete(parameter)) return canCoerce(actual, parameter, 'implicit');
  switch (parameter) {
    case 'any':
    case 'anyelement':
    case 'anycompatible':
      return true;
    case 'anynonarray':
    case 'anycompatiblenonarray':
      return actual === 'unknown' || !isArrayType(actual);
    case 'anyarray':
    case 'anycompatiblearray':
      return actual === 'unknown' || isArrayType(actual);
  }
}

export function isConcrete(type: SignatureType): type is PgType {
  return !type.startsWith('any');
}

function count(parameters: readonly SignatureType[], holds: (type: SignatureType, index: number) => boolean): number {
  return parameters.filter(holds).length;
}

function keepBest(candidates: readonly Candidate[], score: (candidate: Candidate) => number): Candidate[] {
  const scores = candidates.map(score);
  const best = Math.max(...scores);
  return best === 0 ? [...candidates] : candidates.filter((_, i) => scores[i] === best);
}

/** Rule 4.e: at each untyped argument, strings win; else the one category that all candidates share. */
function byCategory(candidates: readonly Candidate[], actual: readonly ExprType[]): Candidate[] {
  let rest = [...candidates];
  for (const [i, type] of actual.entries()) {
    if (type !== 'unknown') continue;
    const categories = new Set(rest.map(({ parameters }) => categoryOf(parameters[i])));
    const category = categories.has('S') ? 'S' : categories.size === 1 ? [...categories][0] : undefined;
    if (category === undefined) return [...candidates];
    rest = rest.filter(({ parameters }) => categoryOf(parameters[i]) === category);
    const preferred = rest.filter(({ parameters }) => isPreferred(parameters[i]));
    if (preferred.length > 0) rest = preferred;
  }
  return rest;
}

function categoryOf(type: SignatureType | undefined): string {
  return type === undefined || !isConcrete(type) ? 'P' : typeCategory(type);
}

function isPreferred(type: SignatureType | undefined): boolean {
  return type !== undefined && isConcrete(type) && isPreferredType(type);
}

/** Rule 4.f: if all typed arguments are of one type, take the untyped ones as that too. */
function assumeSameType(candidates: readonly Candidate[], actual: readonly ExprType[]): Candidate[] {
  const known = new Set(actual.filter((type): type is PgType => type !== 'unknown'));
  const [only] = known;
  if (only === undefined || known.size !== 1) return [...candidates];
  const fits = candidates.filter(({ parameters }) => parameters.every((type) => accepts(type, only)));
  return fits.length === 1 ? fits : [...candidates];
}

function finish(candidate: Candidate, actual: readonly ExprType[]): Selection {
  const match = resolvePolymorphic(candidate, actual);
  return match === undefined ? { kind: 'none' } : { kind: 'match', match };
}

function resolvePolymorphic({ routine, parameters }: Candidate, actual: readonly ExprType[]): Match | undefined {
  if (parameters.every(isConcrete) && isConcrete(routine.result)) {
    return { routine, argumentTypes: parameters, result: routine.result };
  }
  const element = elementType(parameters, actual, ['anyelement', 'anynonarray'], 'anyarray', false);
  const compatible = elementType(
    parameters,
    actual,
    ['anycompatible', 'anycompatiblenonarray'],
    'anycompatiblearray',
    true,
  );
  if (element === 'conflict' || compatible === 'conflict') return undefined;
  const substitute = (type: SignatureType): ExprType | undefined => {
    if (isConcrete(type)) return type;
    return substitutePolymorphic(type, element, compatible);
  };
  const argumentTypes: ExprType[] = [];
  for (const [i, type] of parameters.entries()) {
    const given = actual[i] ?? 'unknown';
    const resolved = type === 'any' ? (given === 'unknown' ? 'text' : given) : substitute(type);
    if (resolved === undefined) return undefined;
    argumentTypes.push(resolved);
  }
  const result = substitute(routine.result);
  return result === undefined || result === 'unknown' ? undefined : { routine, argumentTypes, result };
}

function substitutePolymorphic(
  type: PolymorphicType,
  element: PgType | undefined,
  compatible: PgType | undefined,
): PgType | undefined {
  switch (type) {
    case 'any':
      return undefined;
    case 'anyelement':
    case 'anynonarray':
      return element;
    case 'anycompatible':
    case 'anycompatiblenonarray':
      return compatible;
    case 'anyarray':
      return element === undefined || isArrayType(element) ? undefined : arrayOf(element);
    case 'anycompatiblearray':
      return compatible === undefined || isArrayType(compatible) ? undefined : arrayOf(compatible);
  }
}

/** What the polymorphic arguments of one family stand for; untyped literals alone count as text. */
function elementType(
  parameters: readonly SignatureType[],
  actual: readonly ExprType[],
  scalars: readonly SignatureType[],
  array: SignatureType,
  widen: boolean,
): PgType | 'conflict' | undefined {
  const found: PgType[] = [];
  let concerned = false;
  for (const [i, type] of parameters.entries()) {
    const given = actual[i] ?? 'unknown';
    if (scalars.includes(type)) {
      concerned = true;
      if (given !== 'unknown') found.push(given);
    } else if (type === array) {
      concerned = true;
      if (given === 'unknown') continue;
      if (!isArrayType(given)) return 'conflict';
      found.push(elementOf(given));
    }
  }
  if (!concerned) return undefined;
  const [first] = found;
  if (first === undefined) return 'text';
  if (found.every((type) => type === first)) return first;
  if (!widen) return 'conflict';
  try {
    return commonType(found, 'arguments');
  } catch {
    return 'conflict';
  }
}
