/**
 * A security context that remembers which claims were read, so that contexts equal in those share what was made
 * (security cases C33–C35). Whoever reads it, a template or an author's own function, goes through here.
 */
import { createHash } from 'node:crypto';
import type { Claim, SecurityContext } from '../security-context.ts';

export type RecordedContext = {
  /** Deeply frozen; reading a claim of it is recorded. */
  readonly claims: SecurityContext;
  /** Names of the top-level claims that were read so far, present or not. */
  readonly reads: ReadonlySet<string>;
};

/** Stands for reading the list of names itself, which depends on every claim. */
export const ALL_CLAIMS = '*';

export function recordReads(context: SecurityContext): RecordedContext {
  const reads = new Set<string>();
  const record = (key: string | symbol): void => {
    if (typeof key === 'string') reads.add(key);
  };
  const all = <T>(value: T): T => {
    reads.add(ALL_CLAIMS);
    return value;
  };
  const target = frozenCopy(context) as SecurityContext;
  const claims = new Proxy(target, {
    get: (own, key) => {
      record(key);
      return Object.hasOwn(own, key) ? own[key as string] : undefined;
    },
    has: (own, key) => {
      record(key);
      return Object.hasOwn(own, key);
    },
    getOwnPropertyDescriptor: (own, key) => {
      record(key);
      return Reflect.getOwnPropertyDescriptor(own, key);
    },
    ownKeys: (own) => all(Reflect.ownKeys(own)),
  });
  return { claims, reads };
}

/** What an author's function changes must be nobody's, and a hook may have made the context of anything. */
function frozenCopy(value: Claim): Claim {
  if (typeof value === 'function' || value === undefined) return null;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return Object.freeze(value.map((item: Claim) => frozenCopy(item)));
  const copy: Record<string, Claim> = Object.create(null);
  for (const [name, item] of Object.entries(value)) copy[name] = frozenCopy(item);
  return Object.freeze(copy);
}

/**
 * SHA-256 of the claims of these names, each with its type: 1 and "1", a missing and a null claim, and lists in
 * another order are different; the order of an object's keys is not.
 */
export function claimsKey(context: SecurityContext, names: ReadonlySet<string>): string {
  const read = names.has(ALL_CLAIMS) ? new Set([...names, ...Object.keys(context)]) : names;
  const text = [...read]
    .sort()
    .map((name) => `${JSON.stringify(name)}:${Object.hasOwn(context, name) ? typed(context[name] ?? null) : 'missing'}`)
    .join('\n');
  return createHash('sha256').update(text).digest('base64');
}

/** One text for one value, and another for every other. */
export function typed(value: Claim): string {
  if (value === null || value === undefined || typeof value === 'function') return 'null';
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Object.is(value, -0) ? '0' : String(value);
    case 'bigint':
      return `${value}n`;
    case 'boolean':
      return String(value);
    default: {
      if (Array.isArray(value)) return `[${value.map((item: Claim) => typed(item)).join(',')}]`;
      const entries = Object.entries(value as { readonly [name: string]: Claim }).sort(([a], [b]) => (a < b ? -1 : 1));
      return `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${typed(inner)}`).join(',')}}`;
    }
  }
}
