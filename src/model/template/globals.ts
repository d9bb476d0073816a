/**
 * What every template can use: COMPILE_CONTEXT, list(), env_var() and Jinja's own functions.
 */

import { numeric } from './operators.ts';
import type { RecordedContext } from './recorded-context.ts';
import {
  deniedFor,
  itemsOf,
  NONE,
  numberOf,
  partsOf,
  plainOf,
  scalars,
  TemplateFault,
  textOf,
  type Value,
} from './value.ts';

/** Variables of the environment that templates may read. */
export type TemplateEnvironment = { readonly [name: string]: string | undefined };

const MAX_RANGE = 100_000;

export function templateGlobals(
  context: RecordedContext,
  functions: ReadonlyMap<string, Value>,
  environment: TemplateEnvironment,
): ReadonlyMap<string, Value> {
  const claims: Value = { kind: 'data', name: '', value: context.claims };
  return new Map<string, Value>([
    ['list', { kind: 'function', name: 'list', call: ([items]) => asList(items) }],
    ['range', { kind: 'function', name: 'range', call: (args) => range(args.map(numeric)) }],
    [
      'namespace',
      { kind: 'function', name: 'namespace', call: (_, named) => ({ kind: 'dict', entries: new Map(named) }) },
    ],
    ['dict', { kind: 'function', name: 'dict', call: (_, named) => ({ kind: 'dict', entries: new Map(named) }) }],
    ['env_var', { kind: 'function', name: 'env_var', call: ([name, other]) => variable(name, other, environment) }],
    ...functions,
    // Last: nothing may stand in for the context.
    [
      'COMPILE_CONTEXT',
      {
        kind: 'dict',
        entries: new Map([
          ['securityContext', claims],
          ['security_context', claims],
        ]),
      },
    ],
  ]);
}

/** A list as SQL writes one behind IN. @throws SqlError 42501 for a claim that is missing or no list */
function asList(items: Value | undefined): Value {
  if (items === undefined) throw new TemplateFault('list() takes a list');
  const name = items.kind === 'data' ? items.name : 'list()';
  if (items.kind === 'data' && !Array.isArray(items.value)) throw deniedFor(`claim "${name}" must be a list`);
  const plain = itemsOf(items).map((item) => {
    const [only, another] = partsOf(item);
    if (only === undefined || another !== undefined) return plainOf(item) as string;
    if (typeof only === 'string') return item.kind === 'number' ? item.value : only;
    return only.kind === 'scalar' ? only.value : null;
  });
  return { kind: 'text', parts: [{ kind: 'list', name, values: scalars(name, plain) }] };
}

function range(args: readonly number[]): Value {
  const [start, end, step] = args.length === 1 ? [0, args[0] ?? 0, 1] : [args[0] ?? 0, args[1] ?? 0, args[2] ?? 1];
  const count = Math.max(0, Math.ceil((end - start) / step));
  if (!(count <= MAX_RANGE)) throw new TemplateFault(`range() of more than ${MAX_RANGE} numbers`);
  return { kind: 'list', items: Array.from({ length: count }, (_, i) => numberOf(start + i * step)) };
}

/** The operator's word, so it is text as the author's own. */
function variable(name: Value | undefined, other: Value | undefined, environment: TemplateEnvironment): Value {
  const key = plainOf(name ?? NONE);
  if (typeof key !== 'string') throw new TemplateFault('env_var() takes the name of a variable');
  const found = Object.hasOwn(environment, key) ? environment[key] : undefined;
  if (found !== undefined) return textOf(found);
  if (other === undefined) throw new TemplateFault(`environment variable "${key}" is not set`);
  return other;
}
