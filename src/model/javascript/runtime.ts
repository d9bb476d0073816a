/**
 * What the transformed text of one file calls (transform.ts): every place that looks at a value, and every name that
 * the file does not declare.
 */
import { hasMarker } from '../template/tokens.ts';
import { deniedFor, TemplateFault } from '../template/value.ts';
import type { SourcePosition } from '../types.ts';
import type { Calls } from './calls.ts';
import type { Fail, Operators, Rendering } from './operators.ts';
import type { Site } from './transform.ts';

export type FileRuntime = Readonly<Record<string, (...args: never[]) => unknown>>;

export type RuntimeFile = {
  readonly sites: readonly Site[];
  readonly source: string;
  readonly placeOf: (site: number) => SourcePosition;
};

export type RuntimeHooks = {
  /** Remembers where an object or a list was written. */
  readonly locate: (value: object, site: Site) => void;
  /** Makes a definition, or a failure that stands for it. */
  readonly attempt: (work: () => unknown) => unknown;
  /** Hears of each call before it is made. */
  readonly called: (at: SourcePosition) => void;
};

/** @param globals what the names mean that are no cubes or members */
export function runtimeOf(
  file: RuntimeFile,
  { claims, references }: Rendering,
  operators: Operators,
  calls: Calls,
  globals: ReadonlyMap<string, unknown>,
  { locate, attempt, called }: RuntimeHooks,
): FileRuntime {
  const written = (site: number): string => {
    const node = file.sites[site];
    const callee = node?.type === 'CallExpression' || node?.type === 'NewExpression' ? node.callee : node;
    const text = callee === undefined ? '' : file.source.slice(callee.start, callee.end).replace(/\s+/g, ' ');
    return text.length > 60 ? `${text.slice(0, 60)}…` : text;
  };
  const failAt =
    (site: number): Fail =>
    (message) => {
      throw new TemplateFault(message, file.placeOf(site));
    };
  /** A fault of the shared parts gets the place of what has called them. */
  const placed = <T>(site: number, work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (error instanceof TemplateFault && error.at === undefined)
        throw new TemplateFault(error.message, file.placeOf(site));
      throw error;
    }
  };
  const { plain } = operators;

  const get = (holder: unknown, key: unknown, site: number): unknown =>
    placed(site, () => {
      const path = claims.latePath(holder);
      if (path !== undefined && key !== 'length') return Reflect.get(holder as object, plain(key) as string);
      const known = claims.settled(holder);
      if (known === undefined || known === null) {
        throw operators.absent(written(site)) ?? failAt(site)(`"${written(site)}" is read of ${known}`);
      }
      const name = plain(key) as string;
      const claimed = claims.of(known);
      if (claimed === undefined) {
        if (typeof known === 'string' && hasMarker(known)) {
          if (name === 'length') return operators.read(known).length;
          return failAt(site)('a text that holds a claim cannot be taken apart');
        }
        if (!claims.within(key)) return (known as Record<string, unknown>)[name];
        return Object.hasOwn(Object(known) as object, name) ? (known as Record<string, unknown>)[name] : undefined;
      }
      const { value } = claimed;
      if (Array.isArray(value)) return name === 'length' ? value.length : claims.items(claimed)[Number(name)];
      if (typeof value === 'object') return claims.child(claimed, String(name));
      if (typeof value !== 'string') return undefined;
      if (name === 'length') return value.length;
      const character = value[Number(name)];
      return character === undefined ? undefined : operators.made(claimed.name, character);
    });

  return {
    located: (site: number, value: object) => {
      const node = file.sites[site];
      if (node !== undefined) locate(value, node);
      return value;
    },
    free: (name: string, site: number) =>
      placed(site, () => (globals.has(name) ? globals.get(name) : references.named(name))),
    attempt,
    condition: (value: unknown) => operators.condition(value),
    given: (value: unknown) => operators.given(value),
    present: (value: unknown) => operators.present(value),
    last: () => operators.last(),
    plain: (value: unknown) => {
      const known = plain(value);
      return typeof known === 'bigint' && claims.of(value) !== undefined && Number.isSafeInteger(Number(known))
        ? Number(known)
        : known;
    },
    text: (value: unknown, site: number) => placed(site, () => operators.text(value, written(site), failAt(site))),
    get,
    newKey: (key: unknown, site: number) =>
      claims.within(key)
        ? failAt(site)('a claim cannot be a key')
        : references.is(key)
          ? failAt(site)(`"${written(site)}" is not defined`)
          : key,
    keys: (value: unknown) => {
      const known = claims.settled(value);
      const claimed = claims.of(known);
      if (claimed === undefined) return calls.list(inheritedKeys(known));
      if (Array.isArray(claimed.value)) return calls.list(claimed.value.map((_, i) => String(i)));
      if (typeof claimed.value !== 'object') throw deniedFor(`claim "${claimed.name}" must have parts`);
      return calls.list(Object.keys(claimed.value).map((key) => operators.made(claimed.name, key)));
    },
    spread: (value: unknown, site: number) =>
      placed(site, () => {
        const known = claims.settled(value);
        const claimed = claims.of(known);
        if (claimed !== undefined) {
          if (Array.isArray(claimed.value)) return calls.list(claims.items(claimed));
          if (claimed.name !== '') throw deniedFor(`claim "${claimed.name}" must be a list`);
          return failAt(site)('the security context cannot be taken apart here; name its parts');
        }
        if (typeof known === 'string' && hasMarker(known))
          return failAt(site)('a text that holds a claim cannot be taken apart');
        if (known === undefined || known === null) {
          const error = operators.absent(written(site));
          if (error !== undefined) throw error;
        }
        references.refuse(known);
        return known;
      }),
    binary: (operator: string, a: unknown, b: unknown, site: number) =>
      placed(site, () => operators.binary(operator, a, b, written(site), failAt(site))),
    unary: (operator: string, value: unknown, site: number) =>
      placed(site, () => operators.unary(operator, value, written(site), failAt(site))),
    call: (own: unknown, args: readonly unknown[], site: number) =>
      placed(site, () => {
        if (references.is(own)) return failAt(site)(`"${written(site)}" is not defined`);
        called(file.placeOf(site));
        return calls.call(own, args, written(site), failAt(site));
      }),
    method: (holder: unknown, name: unknown, args: readonly unknown[], site: number, optional = false) =>
      placed(site, () => {
        if (references.is(holder)) return ofReference(holder, name, site);
        return calls.method(holder, name, args, optional, written(site), failAt(site));
      }),
    construct: (own: unknown, args: readonly unknown[], site: number) =>
      placed(site, () => calls.construct(own, args, written(site), failAt(site))),
    imported: (exported: object, names: readonly string[], site: number) => {
      const whole = exported as Record<string, unknown>;
      return Object.fromEntries(
        names.map((name) => {
          if (Object.hasOwn(whole, name)) return [name, whole[name]];
          // module.exports of a file without `export` is its default.
          if (name === 'default' && !Object.hasOwn(whole, 'default')) return [name, exported];
          return failAt(site)(`the imported file exports no "${name}"`);
        }),
      );
    },
  };

  function ofReference(holder: unknown, name: unknown, site: number): unknown {
    if (name === 'toString') return String(holder);
    if (name === 'sql') return failAt(site)(`${written(site)}() is not supported yet; write the other cube's SQL out`);
    return failAt(site)(`"${written(site)}" is not defined`);
  }
}

function inheritedKeys(value: unknown): readonly string[] {
  const keys: string[] = [];
  for (const key in value as object) keys.push(key);
  return keys;
}
