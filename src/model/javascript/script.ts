/**
 * The JavaScript files of a model folder, read once: parsed, transformed, with the files that they require.
 */
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { Script as VmScript } from 'node:vm';
import { isTypeScript, type JavaScript, TypeScriptError, withoutTypes } from '../../typescript.ts';
import type { Problems } from '../problems.ts';
import { TemplateFault } from '../template/value.ts';
import type { SourcePosition } from '../types.ts';
import { RUNTIME } from './runtime-name.ts';
import { type AnyNode, childrenOf, constantText, parseScript, positionsIn } from './syntax.ts';
import { type Site, transform } from './transform.ts';

export type Script = {
  readonly file: string;
  readonly source: string;
  readonly sites: readonly Site[];
  /** A function of the runtime, require, module and exports. */
  readonly program: VmScript;
  /** Names of cubes and views that it defines, as far as its text says so. */
  readonly declared: readonly Declared[];
  readonly position: (offset: number) => SourcePosition;
  readonly placeOf: (site: number) => SourcePosition;
};

export type Declared = { readonly name: string; readonly isView: boolean };

export type Scripts = {
  /** Those that are the model; each is run. */
  readonly models: readonly Script[];
  /** By path, the models among them; JSON files as their text. */
  readonly modules: ReadonlyMap<string, Script | string>;
};

type ScriptFile = { readonly path: string; readonly content: string };

const ENDINGS = ['', '.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.json', '/index.js', '/index.ts'];
const MAX_FILES = 1000;

/** @returns the scripts; what is wrong with one goes to the problems */
export function readScripts(folder: string, files: readonly ScriptFile[], problems: Problems): Scripts {
  const modules = new Map<string, Script | string>();
  const read = (path: string, content: string): void => {
    if (modules.has(path)) return;
    if (modules.size >= MAX_FILES) throw new TemplateFault(`more than ${MAX_FILES} files`);
    if (path.endsWith('.json')) {
      modules.set(path, content);
      return;
    }
    const { script, required } = readScript(path, content);
    modules.set(path, script);
    for (const { specifier, at } of required) {
      const found = resolveModule(path, specifier, (name) => modules.has(name) || existing(folder, name) !== undefined);
      if (found === undefined) throw new TemplateFault(unresolved(specifier), at);
      if (!modules.has(found)) read(found, existing(folder, found) ?? '');
    }
  };
  for (const { path, content } of files) {
    try {
      read(path, content);
    } catch (error) {
      if (!(error instanceof TemplateFault)) throw error;
      problems.error(error.at ?? { file: path, line: 1, column: 1 }, error.message);
    }
  }
  const models = files.flatMap(({ path }) => {
    const script = modules.get(path);
    return script === undefined || typeof script === 'string' ? [] : [script];
  });
  return { models, modules };
}

/** @returns the path in the folder; undefined for what is not in it */
export function resolveModule(from: string, specifier: string, exists: (path: string) => boolean): string | undefined {
  if (!/^\.{1,2}(\/|$)/.test(specifier)) return undefined;
  const path = posix.join(posix.dirname(from), specifier);
  if (path.startsWith('..') || path.split('/').includes('node_modules')) return undefined;
  return ENDINGS.map((ending) => `${path}${ending}`).find((each) => /\.([cm]?[jt]s|json)$/.test(each) && exists(each));
}

export function unresolved(specifier: string): string {
  return /^\.{1,2}(\/|$)/.test(specifier)
    ? `there is no file "${specifier}" in the model`
    : `"${specifier}": only files of the model folder can be required`;
}

function existing(folder: string, path: string): string | undefined {
  try {
    return readFileSync(join(folder, path), 'utf8');
  } catch {
    return undefined;
  }
}

type Required = { readonly specifier: string; readonly at: SourcePosition };

type Read = { readonly script: Script; readonly required: readonly Required[] };

function readScript(file: string, content: string): Read {
  const start: SourcePosition = { file, line: 1, column: 1 };
  const text = content.startsWith('\uFEFF') ? content.slice(1) : content;
  if (/[\uE000-\uE003]/.test(text))
    throw new TemplateFault('the characters U+E000 to U+E003 cannot stand in a model', start);
  if (text.includes(RUNTIME)) throw new TemplateFault(`"${RUNTIME}" cannot stand in a model`, start);
  if (!isTypeScript(file)) return readProgram(file, text, (at) => at);
  const { code, before } = typesRemoved(file, text);
  const written = (at: SourcePosition): SourcePosition => ({ file, ...before(at) });
  try {
    return readProgram(file, code, written);
  } catch (error) {
    if (!(error instanceof TemplateFault) || error.at === undefined) throw error;
    throw new TemplateFault(error.message, written(error.at));
  }
}

/** @param written where the author wrote what stands there */
function readProgram(file: string, source: string, written: (at: SourcePosition) => SourcePosition): Read {
  const modules = /\.m[jt]s$/.test(file) || /^\s*(import\b(?!\s*\()|export\b)/m.test(source);
  const program = parseScript(file, source, modules);
  const { code, sites } = transform(file, source, program);
  const placed = positionsIn(file, source);
  const position = (offset: number): SourcePosition => written(placed(offset));
  const placeOf = (site: number): SourcePosition => position(sites[site]?.start ?? 0);
  const wrapped = `(function (${RUNTIME}, require, module, exports) { 'use strict'; ${code}\n})`;
  const declared: Declared[] = [];
  const required: Required[] = [];
  const visit = (node: AnyNode): void => {
    if (node.type === 'CallExpression' && node.callee.type === 'Identifier') {
      const [first] = node.arguments;
      const name = constantText(first?.type === 'ObjectExpression' ? nameProperty(first) : first);
      if (name !== undefined && (node.callee.name === 'cube' || node.callee.name === 'view')) {
        declared.push({ name, isView: node.callee.name === 'view' });
      }
      if (name !== undefined && node.callee.name === 'require') {
        required.push({ specifier: name, at: position(node.start) });
      }
    }
    const from = 'source' in node ? node.source : undefined;
    if (from && from.type === 'Literal' && typeof from.value === 'string') {
      required.push({ specifier: from.value, at: position(from.start) });
    }
    childrenOf(node).forEach(visit);
  };
  visit(program);
  const script = {
    file,
    source,
    sites,
    program: new VmScript(wrapped, { filename: file }),
    declared,
    position,
    placeOf,
  };
  return { script, required };
}

function nameProperty(node: Extract<AnyNode, { readonly type: 'ObjectExpression' }>): AnyNode | undefined {
  const found = node.properties.find(
    (property) => property.type === 'Property' && property.key.type === 'Identifier' && property.key.name === 'name',
  );
  return found?.type === 'Property' ? found.value : undefined;
}

/** @throws TemplateFault with its place */
function typesRemoved(file: string, text: string): JavaScript {
  try {
    return withoutTypes(text);
  } catch (error) {
    if (!(error instanceof TypeScriptError)) throw error;
    throw new TemplateFault(error.message, { file, line: error.line, column: error.column });
  }
}
