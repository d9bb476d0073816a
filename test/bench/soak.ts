/**
 * Fifty thousand catalog statements of all kinds, from several sessions of several shapes: shows that the server's
 * memory is bounded.
 */
import { groupsOf, withShapes } from './catalog-shapes.ts';
import { CATALOG_QUESTIONS } from './catalog-statements.ts';
import { connectRaw, type RawClient } from './raw-client.ts';
import { residentMegabytes } from './resident.ts';

const STATEMENTS = 50_000;
const REPORT = 5_000;
const SESSIONS = 6;
const SHAPES = 3;

/** @param n another number each time: most texts were never seen before */
type Kind = (n: number) => string;

const described = CATALOG_QUESTIONS.slice(0, 3).flatMap(({ statements }) => statements('view_0019', '16384'));
const KINDS: readonly Kind[] = [
  ...described.map(
    (sql): Kind =>
      (n) =>
        `${sql.replace(/;\s*$/, '')} /* ${n} */`,
  ),
  ...described.map(
    (sql): Kind =>
      () =>
        sql,
  ),
  (n) => `SELECT count(*), ${n} FROM information_schema.columns WHERE table_schema = 'public'`,
  (n) => `SELECT name, setting FROM pg_settings WHERE name > '${n}'`,
  (n) => `SELECT set_config('application_name', 'soak ${n}', false)`,
  (n) => `SELECT * FROM pg_stat_activity WHERE pid <> ${n}`,
  (n) => `SELECT 'view_0019'::regclass, now(), repeat('x', ${n % 1000}), array(SELECT generate_series(1, ${n % 1000}))`,
  (n) => `SELECT * FROM nowhere_${n}.at_all`,
  (n) => `SELECT 1 / (${n} - ${n}) FROM pg_class`,
  (n) => `SET TimeZone = '${n % 2 === 0 ? 'UTC' : 'Asia/Kolkata'}'`,
  () => 'SHOW wal_buffers',
  () => 'SELECT 1',
];
/** What is to fail. */
const FAILING = /nowhere_|1 \/ \(/;

export async function soak(): Promise<void> {
  await withShapes(async ({ as, pid }) => {
    console.log(`\nsoak: ${STATEMENTS} statements of ${SESSIONS} sessions, ${SHAPES} shapes`);
    console.log(`${'0'.padStart(6)}  ${residentMegabytes(pid).toFixed(0)} MB`);
    const clients = await Promise.all(
      Array.from({ length: SESSIONS }, (_, n) => connectRaw(as({ sub: `soak ${n}`, groups: groupsOf(n % SHAPES) }))),
    );
    let next = 0;
    const work = async (client: RawClient): Promise<void> => {
      while (next < STATEMENTS) {
        const n = next++;
        const sql = KINDS[(n * 7) % KINDS.length]?.(n) ?? '';
        const { error } = await client.query(sql);
        if ((error !== undefined) !== FAILING.test(sql)) throw new Error(`${sql}: ${error ?? 'did not fail'}`);
        if ((n + 1) % REPORT === 0)
          console.log(`${String(n + 1).padStart(6)}  ${residentMegabytes(pid).toFixed(0)} MB`);
      }
    };
    await Promise.all(clients.map(work));
    for (const client of clients) client.close();
  });
}
