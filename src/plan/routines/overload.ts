/**
 * Which of several routines of one name a call means, by PostgreSQL's rules
 * (https://www.postgresql.org/docs/current/typeconv-func.html and typeconv-oper.html; the steps are those of
 * func_select_candidate in its parser/parse_func.c).
 */
import { SqlError, SqlState } from '../../errors.ts';
import { arrayOf, elementOf, isArrayType, isPreferredType, type PgType, typeCategory } from '../../sql/types.ts';
import { canCoerce, commonTypeOrUndefined, type ExprType } from './coercion.ts';
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
 * @throws SqlError 42804 when only untyped literals stand where a polymorphic type is to be found out
 */
export function selectRoutine(routines: readonly Routine[], actual: readonly ExprType[]): Selection {
  const candidates = routines.flatMap((routine) => expand(routine, actual.length));
  const exact = exactMatch(candidates, actual);
  if (exact !== undefined) return finish(exact, actual);
  if (routines[0]?.kind === 'operator' && actual.length === 2) {
    // An operator with one untyped operand: assume it is of the other's type, and look for exactly that.
    const known = actual.find((type) => type !== 'unknown');
    const same = known && actual.includes('unknown') ? exactMatch(candidates, [known, known]) : undefined;
    if (same !== undefined) return finish(same, actual);
  }
  let rest = candidates.filter((candidate) => acceptsAll(candidate, actual));
  rest = keepBest(rest, ({ parameters }) => count(parameters, (type, i) => type === actual[i]));
  rest = keepBest(rest, ({ parameters }) =>
    count(parameters, (type, i) => actual[i] !== 'unknown' && (type === actual[i] || isPreferredFor(type, actual[i]))),
  );
  if (rest.length > 1 && actual.includes('unknown')) rest = byCategory(rest, actual);
  if (rest.length > 1 && actual.includes('unknown')) rest = assumeSameType(rest, actual);
  const [only, another] = rest;
  if (only === undefined) return { kind: 'none' };
  return another === undefined ? finish(only, actual) : { kind: 'ambiguous' };
}

function exactMatch(candidates: readonly Candidate[], actual: readonly ExprType[]): Candidate | undefined {
  return candidates.find(({ parameters }) => parameters.every((type, i) => type === actual[i]));
}

function expand(routine: Routine, arity: number): Candidate[] {
  const parameters = routine.ordered === undefined ? routine.parameters : [...routine.parameters, ...routine.ordered];
  if (!routine.variadic) return parameters.length === arity ? [{ routine, parameters }] : [];
  const last = parameters.at(-1);
  if (last === undefined || arity < parameters.length) return [];
  return [{ routine, parameters: [...parameters, ...Array<SignatureType>(arity - parameters.length).fill(last)] }];
}

function acceptsAll(candidate: Candidate, actual: readonly ExprType[]): boolean {
  const { parameters } = candidate;
  return (
    parameters.every((type, i) => accepts(type, actual[i] ?? 'unknown')) &&
    (parameters.every(isConcrete) || resolvePolymorphic(parameters, actual) !== undefined)
  );
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
  if (candidates.length < 2) return [...candidates];
  const scores = candidates.map(score);
  const best = Math.max(...scores);
  return candidates.filter((_, i) => scores[i] === best);
}

function isPreferredFor(type: SignatureType, actual: ExprType | undefined): boolean {
  if (actual === undefined || actual === 'unknown' || !isConcrete(type)) return false;
  return isPreferredType(type) && typeCategory(type) === typeCategory(actual);
}

/** At each untyped argument strings win, else the one category that all candidates share; then preferred types. */
function byCategory(candidates: readonly Candidate[], actual: readonly ExprType[]): Candidate[] {
  const wanted = new Map<number, { readonly category: string; readonly preferred: boolean }>();
  for (const [i, type] of actual.entries()) {
    if (type !== 'unknown') continue;
    const categories = new Set(candidates.map(({ parameters }) => categoryOf(parameters[i])));
    const category = categories.has('S') ? 'S' : categories.size === 1 ? [...categories][0] : undefined;
    if (category === undefined) return [...candidates];
    const preferred = candidates.some(
      ({ parameters }) => categoryOf(parameters[i]) === category && isPreferred(parameters[i]),
    );
    wanted.set(i, { category, preferred });
  }
  const kept = candidates.filter(({ parameters }) =>
    [...wanted].every(
      ([i, { category, preferred }]) =>
        categoryOf(parameters[i]) === category && (!preferred || isPreferred(parameters[i])),
    ),
  );
  return kept.length > 0 ? kept : [...candidates];
}

function categoryOf(type: SignatureType | undefined): string {
  return type === undefined || !isConcrete(type) ? 'P' : typeCategory(type);
}

function isPreferred(type: SignatureType | undefined): boolean {
  return type !== undefined && isConcrete(type) && isPreferredType(type);
}

/** If all typed arguments are of one type, take the untyped ones as that too. */
function assumeSameType(candidates: readonly Candidate[], actual: readonly ExprType[]): Candidate[] {
  const known = new Set(actual.filter((type): type is PgType => type !== 'unknown'));
  const [only] = known;
  if (only === undefined || known.size !== 1) return [...candidates];
  const assumed = actual.map(() => only);
  const fits = candidates.filter((candidate) => acceptsAll(candidate, assumed));
  return fits.length === 1 ? fits : [...candidates];
}

function finish({ routine, parameters }: Candidate, actual: readonly ExprType[]): Selection {
  const found = resolvePolymorphic(parameters, actual);
  if (found === undefined) return { kind: 'none' };
  const substitute = (type: SignatureType): PgType | undefined =>
    isConcrete(type) ? type : substitutePolymorphic(type, found);
  const argumentTypes = parameters.map((type, i): ExprType | undefined => {
    const given = actual[i] ?? 'unknown';
    return type === 'any' ? given : substitute(type);
  });
  const result = substitute(routine.result);
  if (result === undefined || argumentTypes.includes(undefined)) {
    if (found.element === undefined && found.compatible === undefined) {
      throw new SqlError(
        SqlState.datatypeMismatch,
        'could not determine polymorphic type because input has type unknown',
      );
    }
    return { kind: 'none' };
  }
  return { kind: 'match', match: { routine, argumentTypes: argumentTypes as ExprType[], result } };
}

/** What `anyelement` and `anycompatible` stand for; undefined where nothing tells. */
type Found = { readonly element: PgType | undefined; readonly compatible: PgType | undefined };

function substitutePolymorphic(type: PolymorphicType, { element, compatible }: Found): PgType | undefined {
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

/** @returns undefined when the arguments contradict each other */
function resolvePolymorphic(parameters: readonly SignatureType[], actual: readonly ExprType[]): Found | undefined {
  const elements = typesOf(parameters, actual, ['anyelement', 'anynonarray'], 'anyarray');
  const compatibles = typesOf(parameters, actual, ['anycompatible', 'anycompatiblenonarray'], 'anycompatiblearray');
  if (elements === undefined || compatibles === undefined) return undefined;
  const [element] = elements;
  if (elements.some((type) => type !== element)) return undefined;
  const concerned = parameters.some((type) => type.startsWith('anycompatible'));
  const compatible = concerned ? commonTypeOrUndefined(compatibles) : undefined;
  if (concerned && compatible === undefined) return undefined;
  const isArray = compatible !== undefined && isArrayType(compatible);
  if (isArray && (parameters.includes('anycompatiblearray') || parameters.includes('anycompatiblenonarray')))
    return undefined;
  return { element, compatible };
}

function typesOf(
  parameters: readonly SignatureType[],
  actual: readonly ExprType[],
  scalars: readonly SignatureType[],
  array: SignatureType,
): PgType[] | undefined {
  const found: PgType[] = [];
  for (const [i, type] of parameters.entries()) {
    const given = actual[i] ?? 'unknown';
    if (given === 'unknown') continue;
    if (scalars.includes(type)) found.push(given);
    if (type !== array) continue;
    if (!isArrayType(given)) return undefined;
    found.push(elementOf(given));
  }
  return found;
}
