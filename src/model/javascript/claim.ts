/**
 * Claims as a script holds them: objects that say their value to nobody but the runtime, and a token to a text. What is
 * made of a claim is one again.
 */

import { SqlError } from '../../errors.ts';
import type { Claim } from '../security-context.ts';
import type { RecordedContext } from '../template/recorded-context.ts';
import { type ClaimTokens, hasMarker } from '../template/tokens.ts';
import { deniedFor, isClaimMap, lacks, partsOf, TemplateFault } from '../template/value.ts';

export type Claimed = {
  /** For messages: the claim's path. */
  readonly name: string;
  readonly value: Exclude<Claim, null>;
  /** Where it is in the context; undefined for what was made of claims. */
  readonly path: readonly string[] | undefined;
};

export type Claims = {
  /** `COMPILE_CONTEXT.securityContext` */
  readonly context: object;
  /** `securityContext` of policies: read only where its value is asked for. */
  readonly late: object;
  readonly box: (claimed: Claimed) => object;
  /** The claim that a value is. */
  readonly of: (value: unknown) => Claimed | undefined;
  /** A late claim as it is now: a claim, or null or undefined. */
  readonly settled: (value: unknown) => unknown;
  /** The path of a late claim. */
  readonly latePath: (value: unknown) => readonly string[] | undefined;
  readonly child: (of: Claimed, key: string) => unknown;
  readonly items: (of: Claimed) => readonly unknown[];
  /** As a text holds it. */
  readonly token: (claimed: Claimed) => string;
  /** What a text holds for a claim that is not there: it cannot be used then. */
  readonly absence: (name: string) => string;
  /** Whether a native function that gets the value would get a claim. */
  readonly within: (value: unknown) => boolean;
  /** Paths that were read and are not there. */
  readonly missing: readonly string[];
};

const MAX_DEPTH = 3;

export function claimsOf({ claims }: RecordedContext, tokens: ClaimTokens): Claims {
  const boxes = new WeakMap<object, Claimed>();
  const lates = new WeakMap<object, readonly string[]>();
  const missing: string[] = [];

  const token = ({ name, value }: Claimed): string => {
    try {
      return partsOf({ kind: 'data', name, value })
        .map((part) => (typeof part === 'string' ? part : tokens.mint(part)))
        .join('');
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      return tokens.mint({ kind: 'denied', error });
    }
  };
  const unchanging = (): never => {
    throw new TemplateFault('the security context cannot be changed');
  };
  const closed: ProxyHandler<object> = {
    defineProperty: unchanging,
    deleteProperty: unchanging,
    setPrototypeOf: unchanging,
    getPrototypeOf: () => null,
    ownKeys: () => {
      throw new TemplateFault('a claim cannot be taken apart here; name its parts');
    },
  };
  const box = (claimed: Claimed): object => {
    const made = new Proxy(Object.create(null) as object, {
      ...closed,
      has: (_, key) => typeof key === 'string' && isClaimMap(claimed.value) && Object.hasOwn(claimed.value, key),
      get: (_, key) => {
        if (key === Symbol.toPrimitive) return primitive(() => token(claimed));
        if (key === Symbol.iterator && Array.isArray(claimed.value)) return () => items(claimed).values();
        return typeof key === 'string' && isClaimMap(claimed.value) ? child(claimed, key) : undefined;
      },
    });
    boxes.set(made, claimed);
    return made;
  };
  const wrapped = (name: string, value: Claim | undefined, path: readonly string[] | undefined): unknown => {
    if (value !== undefined && value !== null) return box({ name, value, path });
    missing.push(name);
    return value;
  };
  const child = ({ name, value, path }: Claimed, key: string): unknown => {
    const own = isClaimMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    return wrapped(name === '' ? key : `${name}.${key}`, own, path && [...path, key]);
  };
  const items = ({ name, value }: Claimed): readonly unknown[] => {
    if (!Array.isArray(value)) throw deniedFor(`claim "${name}" must be a list`);
    return value.map((item: Claim, i) => wrapped(`${name}[${i}]`, item, undefined));
  };
  const whole: Claimed = { name: '', value: claims, path: [] };
  const late = (path: readonly string[]): object => {
    const made = new Proxy(Object.create(null) as object, {
      ...closed,
      get: (_, key) => {
        if (key === Symbol.toPrimitive) return primitive(() => textOfLate(settled(made), path));
        return typeof key === 'string' ? late([...path, key]) : undefined;
      },
    });
    lates.set(made, path);
    return made;
  };
  const textOfLate = (value: unknown, path: readonly string[]): string => {
    const claimed = of(value);
    return claimed === undefined ? tokens.mint({ kind: 'denied', error: lacks(path.join('.')) }) : token(claimed);
  };
  const settled = (value: unknown): unknown => {
    const path = isObject(value) ? lates.get(value) : undefined;
    if (path === undefined) return value;
    return path.reduce<unknown>((outer, key) => {
      const claimed = of(outer);
      return claimed === undefined ? outer : child(claimed, key);
    }, box(whole));
  };
  const of = (value: unknown): Claimed | undefined => {
    const known = settled(value);
    return isObject(known) ? boxes.get(known) : undefined;
  };
  const within = (value: unknown, depth = 0): boolean => {
    if (typeof value === 'string') return hasMarker(value);
    if (isObject(value) && (boxes.has(value) || lates.has(value))) return true;
    return Array.isArray(value) && depth < MAX_DEPTH && value.some((item) => within(item, depth + 1));
  };
  return {
    context: box(whole),
    late: late([]),
    box,
    of,
    settled,
    latePath: (value) => (isObject(value) ? lates.get(value) : undefined),
    child,
    items,
    token,
    absence: (name) => tokens.mint({ kind: 'denied', error: lacks(name) }),
    within: (value) => within(value),
    missing,
  };
}

/** A number would be the claim itself, and where JavaScript asks for one the runtime has not been asked. */
function primitive(text: () => string): (hint: string) => string {
  return (hint) => {
    if (hint === 'string') return text();
    throw new TemplateFault('a claim cannot be used here');
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
