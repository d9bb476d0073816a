import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createAnswerCache } from '../../src/catalog/answer-cache.ts';
import { DATA_DIRECTORY_FILE, loadDataDirectory } from '../../src/catalog/data-directory.ts';
import { openCatalog } from '../../src/catalog/pool.ts';
import { deadlineOf } from '../../src/catalog/workers.ts';
import { ALICE, ask, column, SHOP, shapeOf, table } from './fixture.ts';

const run = promisify(execFile);
const root = new URL('../../', import.meta.url);

describe('the pool', () => {
  it('drops the least recently used shape, and rebuilds it with the same OIDs', async () => {
    const catalog = openCatalog({ shapes: 2, timeoutMs: 60_000, cacheBytes: 0 });
    const oids = "SELECT oid, relname, relnamespace, reltype FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    try {
      const [first, identity] = [await ask(catalog, oids), await ask(catalog, 'SELECT oid, rolname FROM pg_roles')];
      expect(first).toHaveLength(4);
      for (const name of ['a', 'b', 'c']) {
        const shape = shapeOf([table(name, [column('x', 'int4')])]);
        expect((await ask(catalog, oids, { shape })).map((row) => row[1])).toEqual([name]);
      }
      expect(await ask(catalog, oids)).toEqual(first);
      expect(await ask(catalog, 'SELECT oid, rolname FROM pg_roles')).toEqual(identity);
    } finally {
      await catalog.close();
    }
  });

  it('ends a statement at its deadline, and answers those that waited from a new worker', async () => {
    const catalog = openCatalog({ timeoutMs: 6_000 });
    try {
      expect(await ask(catalog, 'SELECT 1')).toEqual([['1']]);
      const [runaway, ...waiting] = await Promise.allSettled([
        ask(catalog, 'SELECT count(*) FROM (SELECT generate_series(1, 1e12)) t'),
        ask(catalog, "SELECT 'orders'::regclass"),
        ask(catalog, 'SELECT 2', { shape: shapeOf([]) }),
      ]);
      expect(runaway).toMatchObject({
        status: 'rejected',
        reason: { code: '57014', message: 'canceling statement due to statement timeout' },
      });
      expect(waiting).toEqual([
        { status: 'fulfilled', value: [['orders']] },
        { status: 'fulfilled', value: [['2']] },
      ]);
    } finally {
      await catalog.close();
    }
  });

  it('gives a large catalog more time: its largest answers grow with it', () => {
    const deadlines = [0, 100, 10_000, 30_000].map((columns) => deadlineOf(columns, 5_000));
    expect(deadlines).toEqual([5_000, 5_000, 5_000, 15_000]);
    expect(deadlineOf(30_000, 0)).toBe(0);
  });

  it('makes a subject wait whose statements ended three workers', async () => {
    const catalog = openCatalog({ timeoutMs: 300 });
    const runaway = (n: number) =>
      ask(catalog, `SELECT count(*) FROM generate_series(1, ${n}e12)`).catch((e) => e.code);
    try {
      for (let n = 1; n <= 3; n += 1) expect(await runaway(n)).toBe('57014');
      expect(await runaway(4)).toBe('53400');
      await expect(ask(catalog, 'SELECT 1')).rejects.toMatchObject({ code: '53400' });
    } finally {
      await catalog.close();
    }
  });

  it('cancels one that waits and one that runs, and goes on', async () => {
    const catalog = openCatalog({ timeoutMs: 20_000 });
    const cancel = new AbortController();
    const execute = (sql: string) => catalog.execute(SHOP, ALICE, sql, [], [], [], { signal: cancel.signal });
    try {
      await ask(catalog, 'SELECT 1');
      const asked = Promise.allSettled([
        execute('SELECT count(*) FROM generate_series(1, 4e6)'),
        execute('SELECT now()'),
      ]);
      cancel.abort();
      const cancelled = { status: 'rejected', reason: { code: '57014' } };
      expect(await asked).toMatchObject([cancelled, cancelled]);
      expect(await ask(catalog, 'SELECT 2')).toEqual([['2']]);
    } finally {
      await catalog.close();
    }
  });

  it('gives a known answer without asking again, by shape, user and settings', async () => {
    const catalog = openCatalog({ timeoutMs: 60_000 });
    try {
      const sql = 'SELECT current_user, count(*) FROM pg_attribute';
      const execute = (user: string, zone: string) =>
        catalog.execute(SHOP, { ...ALICE, user, settings: new Map([['timezone', zone]]) }, sql, [], [], [], {
          stable: true,
        });
      const first = await execute('alice', 'UTC');
      expect(await execute('alice', 'UTC')).toBe(first);
      expect(await execute('alice', 'Europe/Berlin')).not.toBe(first);
      expect(await execute('bob', 'UTC')).not.toBe(first);
      const clock = () => catalog.execute(SHOP, ALICE, 'SELECT now()', [], [], []);
      expect(await clock()).not.toBe(await clock());
      const when = (day: string) =>
        catalog.execute(SHOP, ALICE, 'SELECT $1::date', [25], [{ format: 0, value: Buffer.from(day) }], [], {
          stable: true,
        });
      expect(await when('today')).not.toBe(await when('today'));
      expect(await when('2026-01-31')).toBe(await when('2026-01-31'));
    } finally {
      await catalog.close();
    }
  });

  it('runs at once what is described and executed otherwise, with the same answer, kept where it may be', async () => {
    const catalog = openCatalog({ timeoutMs: 60_000 });
    try {
      const sql =
        "SELECT attname, atttypid::int4 FROM pg_attribute WHERE attrelid = 'orders'::regclass ORDER BY attnum";
      const first = await catalog.run(SHOP, ALICE, sql, { stable: true });
      expect(first.description).toEqual(await catalog.describe(SHOP, ALICE, sql, []));
      // The formats may be left out, or told for each column.
      expect(await catalog.execute(SHOP, ALICE, sql, [], [], [0, 0], { stable: true })).toBe(first.result);
      expect((await catalog.run(SHOP, ALICE, sql, { stable: true })).result).toBe(first.result);
      const again = (await catalog.run(SHOP, ALICE, sql)).result;
      expect(again).not.toBe(first.result);
      expect(again).toEqual(first.result);
      const { settings } = (await catalog.run(SHOP, ALICE, "SELECT set_config('TimeZone', 'UTC', false)")).result;
      expect(settings).toEqual([{ name: 'timezone', value: 'UTC', local: false }]);
      await expect(catalog.run(SHOP, ALICE, 'SELECT nothing')).rejects.toMatchObject({ code: '42703', position: 7 });
      await expect(catalog.run(SHOP, ALICE, 'SELECT 1 / (SELECT 0)')).rejects.toMatchObject({ code: '22012' });
      await expect(catalog.run(SHOP, ALICE, 'DISCARD ALL')).rejects.toMatchObject({ code: '0A000' });
      const signal = AbortSignal.abort();
      await expect(catalog.run(SHOP, ALICE, 'SELECT 2', { signal })).rejects.toMatchObject({ code: '57014' });
    } finally {
      await catalog.close();
    }
  });

  it('once closed refuses, waiting statements too', async () => {
    const catalog = openCatalog();
    const waiting = Promise.allSettled([ask(catalog, 'SELECT 1'), ask(catalog, 'SELECT 2')]);
    await catalog.close();
    expect(await waiting).toMatchObject([{ reason: { code: '57P01' } }, { reason: { code: '57P01' } }]);
    await expect(ask(catalog, 'SELECT 3')).rejects.toMatchObject({ code: '57P01' });
  });
});

describe('the cache', () => {
  it('is bounded in bytes and forgets what was used longest ago', () => {
    const cache = createAnswerCache<string>(8_000);
    for (let n = 0; n < 20; n += 1) {
      cache.set(`key${n}`, `answer${n}`, 600);
      cache.get('key0');
    }
    expect(cache.get('key0')).toBe('answer0');
    expect(cache.get('key1')).toBeUndefined();
    expect(cache.get('key19')).toBe('answer19');
    cache.set('large', 'x', 5_000);
    expect(cache.get('large')).toBeUndefined();
  });
});

describe('the worker', () => {
  const program = (module: URL) => `
    const { openCatalog } = await import(${JSON.stringify(module.href)});
    const catalog = openCatalog({ timeoutMs: 60000 });
    const session = { subject: 's', user: 'u', database: 'd', pid: 1, applicationName: '', clientAddress: undefined, about: '', settings: new Map() };
    const { frames } = await catalog.execute({ tables: [], members: [], policies: undefined, key: '' }, session, 'SELECT version()', [], [], []);
    await catalog.close();
    process.stdout.write(Buffer.from(frames).subarray(11));`;

  it('starts from the sources under tsx', async () => {
    const loader = createRequire(import.meta.url).resolve('tsx');
    const code = program(new URL('src/catalog/pool.ts', root));
    const { stdout } = await run(process.execPath, ['--import', loader, '--input-type=module', '-e', code]);
    expect(stdout).toMatch(/^PostgreSQL 18\.\d+ \(semwire\)$/);
  });

  it('starts from compiled JavaScript under plain node', async () => {
    // compiled beside dist/, at the same depth, so that an old build is not what is tested
    const folder = new URL('test-results/', root);
    const config = {
      extends: '../tsconfig.json',
      compilerOptions: { outDir: '.', rootDir: '../src' },
      include: ['../src/catalog'],
    };
    await mkdir(folder, { recursive: true });
    await writeFile(new URL('tsconfig.json', folder), JSON.stringify(config));
    const tsc = fileURLToPath(new URL('node_modules/.bin/tsc', root));
    await run(tsc, ['-p', fileURLToPath(new URL('tsconfig.json', folder))]);
    const code = program(new URL('catalog/pool.js', folder));
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code]);
    expect(stdout).toMatch(/^PostgreSQL 18\.\d+ \(semwire\)$/);
  });
});

describe('the prepared data directory', () => {
  it('fits the installed PGlite and this source', async () => {
    expect((await loadDataDirectory()).byteLength).toBeGreaterThan(1_000_000);
  });

  it('of another PGlite is refused, saying what to do', async () => {
    const tar = gunzipSync(await readFile(DATA_DIRECTORY_FILE));
    const at = tar.indexOf('PGlite 0.');
    tar.write('PGlite 9.', at);
    const folder = new URL('test-results/', root);
    await mkdir(folder, { recursive: true });
    const file = new URL('other-pgdata.tar.gz', folder);
    await writeFile(file, gzipSync(tar, { level: 1 }));
    await expect(loadDataDirectory(file)).rejects.toThrow(/was made by PGlite 9\..*npm run prepare:catalog/);
  });
});
