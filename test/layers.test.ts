/**
 * How the source hangs together: which room may import which, where third-party packages come in, and the rules of hand.
 * It reads the text of `src/`; nothing is run.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

/** Lowest first: a room imports its own files and those of rooms before it. */
const LAYERS = [
  ['errors'],
  [
    'common-js',
    'config-addresses',
    'config-check',
    'config-error',
    'config-file',
    'config-hooks',
    'config-module',
    'config-types',
    'config-values',
    'config-variables',
    'config',
    'jwt-secret',
    'typescript',
    'typescript-hooks',
  ],
  ['sql'],
  // The wire encodes values by the types that SQL has.
  ['wire'],
  ['model'],
  ['access'],
  ['catalog'],
  ['plan'],
  ['warehouse'],
  ['session'],
  ['engine'],
  ['operate'],
  ['cli'],
  ['main'],
] as const;

/** Imports of types that go upward all the same, each with its reason. */
const UPWARD_TYPES: readonly { readonly from: string; readonly to: string; readonly why: string }[] = [];

/** Each package comes in through one file, so that a vendor can be exchanged there; `types` are erased. */
const VENDORS: Readonly<Record<string, readonly string[]>> = {
  '@duckdb/node-api': [
    // The driver of DuckDB: vectors, statements and values are the package's own objects all through it.
    'warehouse/duckdb/binds.ts',
    'warehouse/duckdb/connections.ts',
    'warehouse/duckdb/cursor.ts',
    'warehouse/duckdb/duckdb-warehouse.ts',
    'warehouse/duckdb/encoders.ts',
    'warehouse/duckdb/frames.ts',
    'warehouse/duckdb/instance.ts',
    'warehouse/duckdb/own-functions.ts',
    'warehouse/duckdb/types.ts',
    'warehouse/duckdb/untyped-binds.ts',
    'warehouse/duckdb/vector.ts',
  ],
  '@duckdb/node-bindings': ['warehouse/duckdb/vector.ts'],
  '@electric-sql/pglite': ['catalog/postgres.ts'],
  '@pgsql/types': ['sql/libpg-tree.ts'],
  acorn: ['model/javascript/syntax.ts'],
  jose: ['session/jose.ts'],
  'libpg-query': ['sql/libpg.ts'],
  // Its parser alone.
  nunjucks: ['model/template/syntax.ts'],
  // Two sides of the protocol: the driver of the warehouse, and the client of `semwire query`.
  pg: ['cli/query.ts', 'warehouse/postgres/connect.ts'],
  'pg-protocol': ['wire/bytes.ts'],
  pino: ['operate/log.ts'],
  sucrase: ['typescript.ts'],
  yaml: ['model/yaml.ts'],
  // Settings, and the shape of model files.
  zod: [
    'config-values.ts',
    'config-variables.ts',
    'model/check.ts',
    'model/schema-parts.ts',
    'model/schema.ts',
    'model/stage-schema.ts',
  ],
};

const SOCKETS = [
  // isIP alone.
  'catalog/facts.ts',
  'cli/query.ts',
  // Whether an address is in a list.
  'config-addresses.ts',
  'operate/http.ts',
  'warehouse/postgres/connect.ts',
  'wire/listen.ts',
  'wire/socket-connection.ts',
  'wire/tls.ts',
];

/** Files of more than 300 lines, each with the reason why it is one. */
const LONG: Readonly<Record<string, string>> = {
  'plan/bound/bound.ts': 'the bound tree as one readable file of types',
  'plan/routines/lists/functions.ts': 'data',
  'plan/routines/lists/operators.ts': 'data',
  'sql/ast.ts': 'the whole tree as one readable file of types',
  'warehouse/postgres/backend.ts': 'one state machine of one connection',
};

type Import = { readonly specifier: string; readonly typeOnly: boolean };
type Source = { readonly path: string; readonly text: string; readonly imports: readonly Import[] };

const files = (readdirSync(SRC, { recursive: true }) as string[])
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts'))
  .sort()
  .map((path): Source => {
    const text = readFileSync(join(SRC, path), 'utf8');
    return { path, text, imports: importsOf(text) };
  });

function importsOf(text: string): Import[] {
  const fixed = [...text.matchAll(/^(?:import|export)\s+(type\s)?[^'";]*?from\s+'([^']+)'/gm)];
  const bare = [...text.matchAll(/^import\s+()'([^']+)'/gm)];
  const dynamic = [...text.matchAll(/\b(?:import|require|require\.resolve)\(()'([^']+)'\)/g)];
  return [...fixed, ...bare, ...dynamic].map(([, type, specifier = '']) => ({
    specifier,
    typeOnly: type !== undefined && type !== '',
  }));
}

function roomOf(path: string): string {
  return (path.split('/')[0] ?? '').replace(/\.ts$/, '');
}

function layerOf(path: string): number {
  const layer = LAYERS.findIndex((rooms) => (rooms as readonly string[]).includes(roomOf(path)));
  if (layer < 0) throw new Error(`${path} is in no room of the list`);
  return layer;
}

function inside({ path, imports }: Source): (Import & { readonly target: string })[] {
  return imports
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map((one) => ({ ...one, target: posix.join(dirname(path), one.specifier) }));
}

describe('imports', () => {
  it('are found: the reader of this test sees them all', () => {
    const count = files.reduce((sum, { imports }) => sum + imports.length, 0);
    const mentioned = files.reduce((sum, { text }) => sum + (text.match(/^(import|\} from) /gm)?.length ?? 0), 0);
    expect(files.length).toBeGreaterThan(200);
    expect(count).toBeGreaterThan(mentioned / 2);
    expect(
      importsOf("import {\n  a,\n} from './a.ts';\nimport type { B } from 'b';\nexport { c } from './c.ts';"),
    ).toEqual([
      { specifier: './a.ts', typeOnly: false },
      { specifier: 'b', typeOnly: true },
      { specifier: './c.ts', typeOnly: false },
    ]);
  });

  it('go from a room to those below it', () => {
    const upward = files.flatMap((file) =>
      inside(file)
        .filter(({ target }) => roomOf(target) !== roomOf(file.path) && layerOf(target) >= layerOf(file.path))
        // Files of one layer beside each other may import one another only where they are one room: the configuration.
        .filter(({ target }) => layerOf(target) > layerOf(file.path) || !isConfiguration(file.path))
        .filter(
          ({ target, typeOnly }) =>
            !typeOnly || !UPWARD_TYPES.some(({ from, to }) => from === file.path && to === target),
        )
        .map(({ target, typeOnly }) => `${file.path} → ${target}${typeOnly ? ' (types)' : ''}`),
    );
    expect(upward).toEqual([]);
  });

  it('of files that exist, with their ending', () => {
    const known = new Set(files.map(({ path }) => path));
    const missing = files.flatMap((file) => inside(file).filter(({ target }) => !known.has(target)));
    expect(missing).toEqual([]);
  });

  it('go round in no circle between rooms', () => {
    const edges = new Map<string, Set<string>>();
    for (const file of files) {
      for (const { target } of inside(file)) {
        const [from, to] = [roomOf(file.path), roomOf(target)];
        if (from !== to) edges.set(from, (edges.get(from) ?? new Set()).add(to));
      }
    }
    const circle = (room: string, path: readonly string[]): readonly string[] | undefined => {
      if (path.includes(room)) return [...path, room];
      for (const next of edges.get(room) ?? []) {
        const found = circle(next, [...path, room]);
        if (found !== undefined) return found;
      }
      return undefined;
    };
    expect([...edges.keys()].map((room) => circle(room, [])).find((found) => found !== undefined)).toBeUndefined();
  });

  it('of a third-party package stand in the files listed for it', () => {
    const found = new Map<string, string[]>();
    for (const { path, imports } of files) {
      for (const { specifier } of imports) {
        if (specifier.startsWith('.') || specifier.startsWith('node:')) continue;
        const name = specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/');
        const known = found.get(name) ?? [];
        found.set(name, known.includes(path) ? known : [...known, path]);
      }
    }
    expect(Object.fromEntries(found)).toEqual(VENDORS);
  });

  it('of `node:net` and its kin stand where bytes come in or go out', () => {
    const users = files.filter(({ imports }) =>
      imports.some(({ specifier, typeOnly }) => !typeOnly && /^node:(net|tls|http|https)$/.test(specifier)),
    );
    expect(users.map(({ path }) => path)).toEqual(SOCKETS);
  });
});

function isConfiguration(path: string): boolean {
  return layerOf(path) === 1;
}

describe('rules of hand', () => {
  it('process.env is read in one place', () => {
    const code = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    const readers = files.filter(({ text }) => code(text).includes('process.env'));
    expect(readers.map(({ path }) => path)).toEqual(['config.ts', 'main.ts']);
    const inMain = readers.find(({ path }) => path === 'main.ts')?.text.match(/process\.env\.\w+/g);
    expect(inMain).toEqual(['process.env.UV_THREADPOOL_SIZE']);
  });

  it('nothing is exported by default', () => {
    expect(files.filter(({ text }) => /^export default\b/m.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it('no file only passes on what others export', () => {
    const barrels = files.filter(
      ({ path, text }) =>
        basename(path) === 'index.ts' ||
        /^export \* from/m.test(text) ||
        (/^export (type )?\{[^}]*\} from/m.test(text) &&
          !/^(export )?(async )?(function|const|class|type|interface)\b/m.test(text)),
    );
    expect(barrels.map(({ path }) => path)).toEqual([]);
  });

  it('no file is called after nothing in particular', () => {
    expect(
      files.filter(({ path }) => /(^|[/-])(utils?|helpers?|common|misc|lib)\.ts$/.test(path)).map(({ path }) => path),
    ).toEqual([]);
  });

  it('file names are kebab-case', () => {
    expect(
      files.filter(({ path }) => !/^[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(basename(path))).map(({ path }) => path),
    ).toEqual([]);
  });

  it('a file is at most 300 lines long, or listed with its reason', () => {
    const long = files.filter(({ text }) => text.split('\n').length - 1 > 300).map(({ path }) => path);
    expect(long.filter((path) => LONG[path] === undefined)).toEqual([]);
    expect(Object.keys(LONG).filter((path) => !files.some((file) => file.path === path))).toEqual([]);
  });

  it('every file of some length says at its top what it is for', () => {
    const silent = files.filter(({ text }) => text.split('\n').length > 30 && !/^(#!.*\n)?\s*\/\*\*/.test(text));
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it('no name of a place of one machine', () => {
    const private_ = /\/(root|home|work|Users)\/[a-z]/;
    expect(files.filter(({ text }) => private_.test(text)).map(({ path }) => path)).toEqual([]);
  });
});
