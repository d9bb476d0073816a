/**
 * Names that a script uses and does not declare: cubes and members, `CUBE`, and the context variables that write a
 * condition into SQL (https://cube.dev/docs/reference/data-model/context-variables).
 */
import { TemplateFault } from '../template/value.ts';
import type { Claims } from './claim.ts';
import type { Marks } from './marks.ts';

export type References = {
  /** `Orders`, which may be gone on from: `Orders.status`. */
  readonly named: (name: string) => object;
  readonly is: (value: unknown) => boolean;
  /** `Orders.status` */
  readonly pathOf: (value: unknown) => string | undefined;
  /** @throws TemplateFault when the value is one: it has no value of its own */
  readonly refuse: (value: unknown) => void;
};

export function referencesOf(marks: Marks): References {
  const paths = new WeakMap<object, string>();
  const make = (path: string): object => {
    const made = new Proxy(Object.freeze(Object.create(null) as object), {
      get: (_, key) => {
        if (key === Symbol.toPrimitive) return () => marks.mint(path);
        return typeof key === 'string' ? make(`${path}.${key}`) : undefined;
      },
    });
    paths.set(made, path);
    return made;
  };
  const pathOf = (value: unknown): string | undefined =>
    typeof value === 'object' && value !== null ? paths.get(value) : undefined;
  return {
    named: make,
    is: (value) => pathOf(value) !== undefined,
    pathOf,
    refuse: (value) => {
      const path = pathOf(value);
      if (path !== undefined)
        throw new TemplateFault(`"${path}" is not defined, or has no value while the model is loaded`);
    },
  };
}

/** `SECURITY_CONTEXT.user_id.filter('user_id')`: compared when a statement runs. */
export function securityContext(claims: Claims, marks: Marks): object {
  const at = (path: readonly string[]): object =>
    new Proxy(Object.freeze(Object.create(null) as object), {
      get: (_, key) => {
        if (key === Symbol.toPrimitive) {
          return () => {
            throw new TemplateFault("SECURITY_CONTEXT is written as SECURITY_CONTEXT.claim.filter('column')");
          };
        }
        if (typeof key !== 'string') return undefined;
        if (path.length > 0 && (key === 'filter' || key === 'requiredFilter')) {
          return (column: unknown) => claimTest(path, column, claims, marks);
        }
        // What it gives is data here, and no raw text as in Cube.
        if (path.length > 0 && key === 'unsafeValue') return () => valueAt(path, claims);
        return at([...path, key]);
      },
    });
  return at([]);
}

function claimTest(path: readonly string[], column: unknown, claims: Claims, marks: Marks): unknown {
  if (typeof column === 'function') {
    const value = valueAt(path, claims);
    const claimed = claims.of(value);
    if (claimed === undefined) return claims.absence(path.join('.'));
    // An empty list matches nothing, whatever the function would make of it.
    if (Array.isArray(claimed.value) && claimed.value.length === 0) return '1 = 0';
    return (column as (claim: unknown) => unknown)(value);
  }
  if (typeof column !== 'string') throw new TemplateFault('filter() takes the text of a column, or a function');
  const text = marks.expand(
    column,
    (written) => `{${written}}`,
    (part) => part,
  );
  const quote = ["'", '"', '`'].find((each) => !column.includes(each));
  if (
    text === undefined ||
    quote === undefined ||
    /[\\$]/.test(text) ||
    !path.every((name) => /^[A-Za-z_]\w*$/.test(name))
  ) {
    throw new TemplateFault('filter() takes a plain column; write the comparison as a function');
  }
  return marks.mint(`SECURITY_CONTEXT.${path.join('.')}.filter(${quote}${text}${quote})`);
}

function valueAt(path: readonly string[], claims: Claims): unknown {
  return path.reduce<unknown>((outer, name) => {
    const claimed = claims.of(outer);
    return claimed === undefined ? undefined : claims.child(claimed, name);
  }, claims.context);
}

/** A client's filter is not pushed into the cube's SQL: as in Cube where the query has none, it says `1 = 1`. */
export function filterParams(): object {
  const member = Object.freeze({ filter: () => '1 = 1' });
  const cube = new Proxy(Object.freeze({}), { get: (_, key) => (typeof key === 'string' ? member : undefined) });
  return new Proxy(Object.freeze({}), { get: (_, key) => (typeof key === 'string' ? cube : undefined) });
}

export function filterGroup(): string {
  return '1 = 1';
}

/** `SQL_UTILS.convertTz(…)`: the session's time zone is not known when a cube's SQL is written. */
export function sqlUtilities(): object {
  return new Proxy(Object.freeze({}), {
    get: (_, key) => {
      if (typeof key !== 'string') return undefined;
      throw new TemplateFault(`SQL_UTILS.${key} is not supported yet`);
    },
  });
}
