/**
 * `globals.mjs|js|ts` of a model folder: each function that it exports can be called in templates, as Cube's TemplateContext
 * functions can. It is the author's code and runs as such; what it returns is data unless `sql.raw` says otherwise.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { importModule, ModuleFailed } from '../../config-module.ts';
import { SqlError } from '../../errors.ts';
import type { Problems } from '../problems.ts';
import type { Claim } from '../security-context.ts';
import { rawText, sql } from './raw-sql.ts';
import { booleanOf, dataOf, deniedFor, NONE, numberOf, plainOf, TemplateFault, textOf, type Value } from './value.ts';

const FILES = ['globals.mjs', 'globals.js', 'globals.ts'];
const MAX_DEPTH = 32;

/** @returns the exported functions by name; what is wrong with the file goes to the problems */
export async function loadAuthorFunctions(folder: string, problems: Problems): Promise<ReadonlyMap<string, Value>> {
  const [file, another] = FILES.filter((name) => existsSync(join(folder, name)));
  if (file === undefined) return new Map();
  const at = { file, line: 1, column: 1 };
  if (another !== undefined) {
    problems.error(at, `keep one of ${file} and ${another}`);
    return new Map();
  }
  Object.defineProperty(globalThis, 'sql', { value: sql, configurable: true });
  try {
    return functionsOf(await importModule(join(folder, file)));
  } catch (error) {
    if (!(error instanceof ModuleFailed)) throw error;
    problems.error({ ...at, ...error.at }, error.message);
    return new Map();
  }
}

function functionsOf(exported: Readonly<Record<string, unknown>>): ReadonlyMap<string, Value> {
  return new Map(
    Object.entries(exported).flatMap(([name, value]): [string, Value][] =>
      typeof value === 'function' ? [[name, authorFunction(name, value as (...args: unknown[]) => unknown)]] : [],
    ),
  );
}

/** Arguments given by name come as one object behind the others. */
function authorFunction(name: string, own: (...args: unknown[]) => unknown): Value {
  return {
    kind: 'function',
    name,
    call: (args, named) => {
      const passed = args.map(plainOf);
      if (named.size > 0) passed.push(plainOf({ kind: 'dict', entries: new Map(named) }));
      return fromJavaScript(
        name,
        run(name, () => own(...passed)),
        0,
      );
    },
  };
}

/** @throws SqlError 42501 when it throws: what it would have said is unknown */
function run(name: string, work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    if (error instanceof SqlError) throw error;
    throw deniedFor(`function "${name}" of the model failed`, error);
  }
}

function fromJavaScript(name: string, value: unknown, depth: number): Value {
  if (depth > MAX_DEPTH) throw new TemplateFault(`function "${name}" returns something too deep`);
  const raw = rawText(value);
  if (raw !== undefined) return textOf(raw);
  if (value === null || value === undefined) return NONE;
  switch (typeof value) {
    case 'boolean':
      return booleanOf(value);
    case 'number':
      return numberOf(value);
    case 'string':
    case 'bigint':
      return dataOf(name, value);
    case 'object': {
      if (value instanceof Promise) throw new TemplateFault(`function "${name}" must not be async`);
      if (!Array.isArray(value)) {
        const entries = Object.entries(value as object);
        return {
          kind: 'dict',
          entries: new Map(entries.map(([key, item]) => [key, fromJavaScript(name, item, depth + 1)])),
        };
      }
      const plain = value.every((item) => typeof item !== 'object' && typeof item !== 'function' && item !== undefined);
      if (plain) return { kind: 'data', name, value: Object.freeze([...(value as Claim[])]) };
      return { kind: 'list', items: value.map((item) => fromJavaScript(name, item, depth + 1)) };
    }
    default:
      throw new TemplateFault(`function "${name}" returns a ${typeof value}`);
  }
}
