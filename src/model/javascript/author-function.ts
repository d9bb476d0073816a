/**
 * A function of `globals.js`, as a script calls it: it gets plain values, and what it returns is data as in templates.
 */
import { hasMarker } from '../template/tokens.ts';
import { plainOf, TemplateFault, textOf, type Value } from '../template/value.ts';
import type { Calls } from './calls.ts';
import type { Claims } from './claim.ts';
import type { References } from './reference.ts';

const MAX_DEPTH = 32;

export function authorFunction(
  own: Value,
  claims: Claims,
  references: References,
  { list }: Calls,
): (...args: unknown[]) => unknown {
  if (own.kind !== 'function') throw new Error('a global is a function');
  const passed = (value: unknown, depth: number): Value => {
    if (depth > MAX_DEPTH) throw new TemplateFault(`the arguments of "${own.name}" are too deep`);
    references.refuse(value);
    const known = claims.settled(value);
    const claimed = claims.of(known);
    if (claimed !== undefined) return { kind: 'data', name: claimed.name, value: claimed.value };
    if (known === undefined || known === null) return { kind: 'none' };
    switch (typeof known) {
      case 'string':
        if (hasMarker(known)) throw new TemplateFault(`"${own.name}" takes claims, but no texts that hold one`);
        return textOf(known);
      case 'number':
        return { kind: 'number', value: known };
      case 'boolean':
        return { kind: 'boolean', value: known };
      case 'object':
        if (Array.isArray(known)) return { kind: 'list', items: known.map((item) => passed(item, depth + 1)) };
        return {
          kind: 'dict',
          entries: new Map(Object.entries(known).map(([key, item]) => [key, passed(item, depth + 1)])),
        };
      default:
        throw new TemplateFault(`"${own.name}" cannot take a ${typeof known}`);
    }
  };
  const returned = (value: Value): unknown => {
    switch (value.kind) {
      case 'data':
        return claims.box({ name: value.name, value: value.value, path: undefined });
      case 'list':
        return list(value.items.map(returned));
      case 'dict':
        return Object.fromEntries([...value.entries].map(([key, item]) => [key, returned(item)]));
      case 'text':
      case 'number':
      case 'boolean':
        return plainOf(value);
      case 'none':
      case 'missing':
      case 'undefined':
        return undefined;
      case 'denied':
      case 'function':
        throw new TemplateFault(`"${own.name}" returned no value`);
    }
  };
  return (...args) =>
    returned(
      own.call(
        args.map((arg) => passed(arg, 0)),
        new Map(),
      ),
    );
}
