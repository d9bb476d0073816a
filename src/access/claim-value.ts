/**
 * A value of a hook's own making as claims: what a token could hold, copied and frozen, so that nothing the hook keeps
 * in its hands changes a session later (security case F13).
 */
import type { Claim, SecurityContext } from './context.ts';

/** As deep as a token may be. */
const MAX_DEPTH = 64;

/** @throws Error naming the place of what no JSON has: a function, a Date, NaN, a class's instance */
export function claimValue(value: unknown, place = 'the value', depth = 0): Claim {
  if (depth > MAX_DEPTH) throw new Error(`${place} is nested too deeply`);
  switch (typeof value) {
    case 'string':
      if (value.includes('\0') || !value.isWellFormed()) throw new Error(`${place} is no text that SQL can hold`);
      return value;
    case 'boolean':
    case 'bigint':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw new Error(`${place} is no number`);
      return value;
    case 'object':
      break;
    default:
      throw new Error(`${place} is no JSON value`);
  }
  if (value === null) return null;
  if (Array.isArray(value)) {
    return Object.freeze(value.map((item: unknown, i) => claimValue(item, `${place}[${i}]`, depth + 1)));
  }
  return contextValue(value, place, depth);
}

/** The same for an object. A member that is undefined is a missing one. @throws Error */
export function contextValue(value: unknown, place = 'the security context', depth = 0): SecurityContext {
  const prototype: unknown = typeof value === 'object' && value !== null ? Object.getPrototypeOf(value) : undefined;
  // Another realm's plain object has another Object.prototype, whose own prototype is null all the same.
  const plain = prototype === null || (typeof prototype === 'object' && Object.getPrototypeOf(prototype) === null);
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !plain) {
    throw new Error(`${place} is no plain object`);
  }
  const claims: Record<string, Claim> = Object.create(null);
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined) claims[name] = claimValue(member, `${place}.${name}`, depth + 1);
  }
  return Object.freeze(claims);
}
