/**
 * `allowed_cubes` and `denied_cubes`: names, `*`, `pre*`, `*suf`, and what they decide together.
 */
import type { SourcePosition } from '../../model/types.ts';
import type { Right, RightsMode } from './rights.ts';

export type NamePattern = {
  readonly kind: 'name' | 'all' | 'prefix' | 'suffix';
  /** Without the star; '' for all. */
  readonly text: string;
  readonly at: SourcePosition;
};

/** @returns undefined for more than one star, or one in the middle: DataBrewery takes it literally, so it matches nothing */
export function readNamePattern(text: string, at: SourcePosition): NamePattern | undefined {
  const stars = text.split('*').length - 1;
  if (text === '*') return { kind: 'all', text: '', at };
  if (stars === 0) return { kind: 'name', text, at };
  if (stars === 1 && text.endsWith('*')) return { kind: 'prefix', text: text.slice(0, -1), at };
  if (stars === 1 && text.startsWith('*')) return { kind: 'suffix', text: text.slice(1), at };
  return undefined;
}

export function matchesName({ kind, text }: NamePattern, name: string): boolean {
  switch (kind) {
    case 'name':
      return name === text;
    case 'all':
      return true;
    case 'prefix':
      return name.startsWith(text);
    case 'suffix':
      return name.endsWith(text);
  }
}

/**
 * Whether a table may be seen: a cube, or a view, of which the cubes are allowed with it.
 * @param cubes all that a view reads; none for a cube
 */
export function permitsTable(right: Right, mode: RightsMode, table: string, cubes: readonly string[]): boolean {
  const named = isAllowed(right, table);
  const allowed = named || (cubes.length > 0 && cubes.every((cube) => isAllowed(right, cube)));
  return decide(right, mode, allowed, isDenied(right.denied, table));
}

/**
 * Whether a cube may give members to a table. What allows a view allows its cubes within it, but for those that
 * `denied_cubes` speaks of in particular.
 */
export function permitsCubeOf(right: Right, mode: RightsMode, table: string, cube: string): boolean {
  if (isAllowed(right, cube) || cube === table) return permitsTable(right, mode, cube, []);
  const particular = right.denied.filter(({ kind }) => kind !== 'all');
  const throughTable = isAllowed(right, table) && !isDenied(particular, cube);
  return decide(right, mode, throughTable, isDenied(right.denied, cube));
}

function decide({ allowed: listed }: Right, mode: RightsMode, allowed: boolean, denied: boolean): boolean {
  switch (mode) {
    case 'strict':
      return (allowed || listed === undefined) && !denied;
    case 'deny_allow':
      return allowed || !denied;
    case 'allow_deny':
      return allowed && !denied;
  }
}

function isAllowed({ allowed }: Right, name: string): boolean {
  return allowed?.some((pattern) => matchesName(pattern, name)) ?? false;
}

function isDenied(denied: readonly NamePattern[], name: string): boolean {
  return denied.some((pattern) => matchesName(pattern, name));
}
