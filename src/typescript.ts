/**
 * TypeScript → JavaScript, by taking the types away; nothing is checked. Node.js reads TypeScript from 22.18 on, and
 * less of it: this way a model, its functions and its configuration are read alike by every Node.js that runs semwire.
 *
 * sucrase earns its place as a dependency: where a type ends is as hard to tell as the language, it is small, fast and
 * has no native part, and what it writes keeps its lines.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

type Sucrase = typeof import('sucrase');

const require = createRequire(import.meta.url);

/** No TypeScript. Line and column count from one. */
export class TypeScriptError extends Error {
  override readonly name = 'TypeScriptError';
  readonly line: number;
  readonly column: number;

  constructor(reason: string, line: number, column: number) {
    super(`invalid TypeScript: ${reason}`);
    this.line = line;
    this.column = column;
  }
}

/** @param path of a file, or its address */
export function isTypeScript(path: string): boolean {
  return /\.[cm]?ts$/.test(path);
}

/** A place in a text. Both count from one. */
type Place = { readonly line: number; readonly column: number };

export type JavaScript = {
  /** Every token in its line. Imports of types alone are gone. */
  readonly code: string;
  /** Where what stands there now stood before; a bracket or comma behind a type stood at the type. */
  readonly before: (place: Place) => Place;
};

/** @throws TypeScriptError */
export function withoutTypes(source: string): JavaScript {
  const { code, sourceMap } = transformed(source);
  if (sourceMap === undefined) throw new Error('sucrase wrote no map');
  const lines = decodeColumns(sourceMap.mappings);
  return {
    code,
    before: ({ line, column }) => {
      const token = lines[line - 1]?.findLast(({ now }) => now < column);
      return { line, column: token === undefined ? column : token.before + column - token.now };
    },
  };
}

/** A file that another one imports. @throws SyntaxError in whose message the place stands: loaders pass on no more */
export function importedTypeScript(path: string): string {
  try {
    return withoutTypes(readFileSync(path, 'utf8')).code;
  } catch (error) {
    if (!(error instanceof TypeScriptError)) throw error;
    throw new SyntaxError(`${path}:${error.line}:${error.column}: ${error.message}`);
  }
}

/** Loaded with the first TypeScript: most models have none. */
function transformed(source: string): ReturnType<Sucrase['transform']> {
  const { transform }: Sucrase = require('sucrase');
  try {
    return transform(source, {
      transforms: ['typescript'],
      disableESTransforms: true,
      filePath: FILE,
      sourceMapOptions: { compiledFilename: FILE },
    });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { line = 1, column = 1 } = 'loc' in error ? (error.loc as { line?: number; column?: number }) : {};
    const reason = error.message.replace(`Error transforming ${FILE}: `, '').replace(/ \(\d+:\d+\)$/, '');
    throw new TypeScriptError(reason.charAt(0).toLowerCase() + reason.slice(1), line, column);
  }
}

/** sucrase wants a name for its map. */
const FILE = 'file.ts';

/** A token: the column where it stands, and the one where it stood. */
type Moved = { readonly now: number; readonly before: number };

/** Lines of a source map in which every line is its own: https://tc39.es/ecma426/#sec-mappings-grammar */
function decodeColumns(mappings: string): readonly (readonly Moved[])[] {
  let before = 0;
  return mappings.split(';').map((line) => {
    let now = 0;
    return line.split(',').flatMap((segment) => {
      const [column = 0, , , original] = decodeNumbers(segment);
      if (original === undefined) return [];
      now += column;
      before += original;
      return [{ now, before }];
    });
  });
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Five bits a character, the lowest first; the sixth says that more follow, the first of all is the sign. */
function decodeNumbers(segment: string): readonly number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const character of segment) {
    const bits = BASE64.indexOf(character);
    value |= (bits & 31) << shift;
    shift += 5;
    if ((bits & 32) !== 0) continue;
    numbers.push((value & 1) === 1 ? -(value >>> 1) : value >>> 1);
    value = 0;
    shift = 0;
  }
  return numbers;
}
