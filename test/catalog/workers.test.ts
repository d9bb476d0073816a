/** Two worker threads at work, each with instances of its own: pg_postmaster_start_time() tells an instance from another. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Catalog, CatalogShape } from '../../src/catalog/catalog.ts';
import { type CatalogOptions, openCatalog } from '../../src/catalog/pool.ts';
import { ALICE, ask, column, SHOP, sessionOf, shapeOf, table } from './fixture.ts';

const BOB = sessionOf('bob');
const CAROL = sessionOf('carol');
const OTHER = shapeOf([table('other', [column('x', 'int4')])]);
const THIRD = shapeOf([table('third', [column('x', 'int4')])]);
/** Takes long to open. */
const LARGE = shapeOf(
  Array.from({ length: 300 }, (_, n) =>
    table(
      `view_${String(n).padStart(3, '0')}`,
      Array.from({ length: 10 }, (_, c) => column(`c${c}`, 'int8')),
    ),
  ),
);
const RUNAWAY = 'SELECT count(*) FROM (SELECT generate_series(1, 1e12)) t';

const opened: Catalog[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((catalog) => catalog.close()));
});

function open(options: CatalogOptions = {}): Catalog {
  const catalog = openCatalog({ timeoutMs: 60_000, cacheBytes: 0, ...options });
  opened.push(catalog);
  return catalog;
}

/** When the instance of the shape was started. */
async function started(catalog: Catalog, shape: CatalogShape, session = ALICE): Promise<string | null | undefined> {
  return (await ask(catalog, 'SELECT pg_postmaster_start_time()', { shape, session }))[0]?.[0];
}

/** With SHOP on the first worker, where alice is at work, and OTHER on the second. */
async function withBoth(options: CatalogOptions = {}): Promise<Catalog> {
  const catalog = open(options);
  await started(catalog, SHOP);
  await started(catalog, OTHER, BOB);
  await started(catalog, SHOP);
  return catalog;
}

/** The names, in the order in which what they stand for ended. */
async function inOrder(running: Readonly<Record<string, Promise<unknown>>>): Promise<readonly string[]> {
  const ended: string[] = [];
  const note = (name: string) => () => ended.push(name);
  await Promise.all(Object.entries(running).map(([name, one]) => one.then(note(name), note(name))));
  return ended;
}

describe('two workers', () => {
  it('answer of an open shape while another is being opened', async () => {
    const catalog = await withBoth();
    const opening = ask(catalog, 'SELECT count(*) FROM pg_class', { shape: LARGE, session: BOB });
    const meanwhile = (async () => {
      for (let n = 0; n < 5; n += 1) await ask(catalog, `SELECT ${n}`);
    })();
    expect(await inOrder({ opening, meanwhile })).toEqual(['meanwhile', 'opening']);
  });

  it('run statements of two shapes at a time, but one of a subject', async () => {
    const catalog = await withBoth({ timeoutMs: 6_000 });
    const runaway = ask(catalog, RUNAWAY, { shape: OTHER, session: BOB });
    const bob = ask(catalog, 'SELECT 1', { shape: SHOP, session: BOB });
    const alice = ask(catalog, 'SELECT 1');
    const behind = ask(catalog, 'SELECT 1', { shape: OTHER, session: CAROL });
    expect((await inOrder({ runaway, bob, alice, behind })).slice(0, 2)).toEqual(['alice', 'runaway']);
    await expect(runaway).rejects.toMatchObject({ code: '57014' });
    expect([await bob, await behind]).toEqual([[['1']], [['1']]]);
  });

  it('lose the shapes of the one that is ended at a deadline, and keep those of the other', async () => {
    const catalog = await withBoth({ timeoutMs: 3_000 });
    const before = [await started(catalog, SHOP), await started(catalog, OTHER)];
    const runaway = ask(catalog, RUNAWAY, { shape: OTHER, session: BOB });
    await expect(runaway).rejects.toMatchObject({ code: '57014' });
    expect(catalog.counts()).toEqual({ shapes: 1, waiting: 0 });
    expect(await started(catalog, SHOP)).toBe(before[0]);
    expect(await started(catalog, OTHER)).not.toBe(before[1]);
  });

  it('drop the least recently used shape of all, whichever has it', async () => {
    const catalog = await withBoth({ shapes: 2 });
    const shop = await started(catalog, SHOP);
    const other = await started(catalog, OTHER);
    await started(catalog, THIRD);
    expect(catalog.counts().shapes).toBe(2);
    expect(await started(catalog, OTHER)).toBe(other);
    expect(await started(catalog, SHOP)).not.toBe(shop);
    expect(catalog.counts().shapes).toBe(2);
  });

  it('give the same answers and OIDs, whichever opened the shape', async () => {
    const everything = [
      'SELECT oid, * FROM pg_class ORDER BY oid',
      'SELECT * FROM pg_attribute ORDER BY attrelid, attnum',
      'SELECT oid, * FROM pg_type ORDER BY oid',
      'SELECT oid, * FROM pg_constraint ORDER BY oid',
      'SELECT * FROM pg_index ORDER BY indexrelid',
      'SELECT * FROM pg_depend ORDER BY classid, objid, objsubid, refclassid, refobjid, refobjsubid',
      'SELECT * FROM pg_description ORDER BY objoid, classoid, objsubid',
      'SELECT oid, rolname FROM pg_roles ORDER BY oid',
    ];
    const answers = async (catalog: Catalog) => {
      const all: unknown[] = [];
      for (const sql of everything) all.push(await ask(catalog, sql));
      return all;
    };
    const onFirst = await answers(open());
    const catalog = open();
    await started(catalog, OTHER, BOB);
    // Holds the first worker until the catalog is closed.
    const held = expect(ask(catalog, RUNAWAY, { shape: OTHER, session: BOB })).rejects.toMatchObject({ code: '57P01' });
    const onSecond = await answers(catalog);
    await catalog.close();
    await held;
    expect(onSecond).toEqual(onFirst);
  });

  it('end a statement that nobody waits for any more, and answer those behind it', async () => {
    const catalog = await withBoth({ timeoutMs: 0 });
    for (let n = 0; n < 3; n += 1) {
      const cancel = new AbortController();
      const runaway = catalog.execute(OTHER, BOB, RUNAWAY, [], [], [], { signal: cancel.signal });
      const behind = ask(catalog, 'SELECT 1', { shape: OTHER, session: CAROL });
      setTimeout(() => cancel.abort(), 100);
      await expect(runaway).rejects.toMatchObject({ code: '57014' });
      expect(await behind).toEqual([['1']]);
    }
    await expect(ask(catalog, 'SELECT 1', { shape: OTHER, session: BOB })).rejects.toMatchObject({ code: '53400' });
  });

  it('do not run what was cancelled while its shape was being opened', async () => {
    const catalog = await withBoth({ timeoutMs: 3_000 });
    const other = await started(catalog, OTHER);
    await started(catalog, SHOP);
    const cancel = new AbortController();
    const cancelled = catalog.execute(LARGE, BOB, RUNAWAY, [], [], [], { signal: cancel.signal });
    setImmediate(() => cancel.abort());
    await expect(cancelled).rejects.toMatchObject({
      code: '57014',
      message: 'canceling statement due to user request',
    });
    expect(await ask(catalog, 'SELECT count(*) FROM pg_class', { shape: LARGE })).not.toEqual([]);
    expect(await started(catalog, OTHER)).toBe(other);
  });

  it('have no shape that could not be opened, and try again for who asks again', async () => {
    const catalog = open();
    const twice = shapeOf([table('twice', []), table('twice', [])]);
    for (const session of [ALICE, BOB]) {
      await expect(ask(catalog, 'SELECT 1', { shape: twice, session })).rejects.toThrow('"twice" already exists');
      expect(catalog.counts().shapes).toBe(0);
    }
    expect(await ask(catalog, 'SELECT 1')).toEqual([['1']]);
  });

  it('end with what they are doing when the catalog is closed', async () => {
    const catalog = await withBoth();
    const running = Promise.allSettled([
      ask(catalog, RUNAWAY),
      ask(catalog, 'SELECT 1', { shape: LARGE, session: BOB }),
      ask(catalog, 'SELECT 1', { shape: THIRD, session: CAROL }),
    ]);
    await catalog.close();
    const refused = { status: 'rejected', reason: { code: '57P01' } };
    expect(await running).toMatchObject([refused, refused, refused]);
    expect(catalog.counts()).toEqual({ shapes: 0, waiting: 0 });
  });
});
