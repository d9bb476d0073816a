import { modelFolder, onDuckdb } from './gateway.ts';

const SEED = `CREATE SCHEMA IF NOT EXISTS public;
CREATE TABLE public.orders (id integer PRIMARY KEY, tenant_id integer, customer_id integer, amount integer, note text, ssn text);
CREATE TABLE public.customers (id integer PRIMARY KEY, tenant_id integer, name text);
CREATE SCHEMA raw;
CREATE TABLE raw.employees (id integer PRIMARY KEY, salary integer);`;
const g = await onDuckdb(modelFolder('attacks'), SEED);
const c = await g.signIn({ sub: 'x', tenant_id: 1 });
for (const n of [+process.env.N!]) {
  const q: Record<string, string> = {
    nest: `${'SELECT count(*) FROM ('.repeat(n)}SELECT id FROM orders${') q'.repeat(n)}`,
    plain: `${'SELECT * FROM ('.repeat(n)}SELECT id FROM orders${') q'.repeat(n)}`,
    cte: `${'WITH c AS ('.repeat(n)}SELECT id FROM orders${') SELECT * FROM c'.repeat(n)} ORDER BY 1`,
    //chain: `WITH c0 AS (SELECT id FROM orders)${Array.from({length:n},(_, i)=>`, c${i+1} AS (SELECT a.id FROM c${i} a JOIN c${i} b ON a.id=b.id)`).join('')} SELECT count(*) FROM c${n} WHERE id+1>0`,
    scalar: `SELECT ${'(SELECT 1 WHERE EXISTS ('.repeat(n)}SELECT 1 FROM orders${'))'.repeat(n)}`,
    inn: `SELECT id FROM orders WHERE id IN (${'SELECT id FROM orders WHERE id+1 IN ('.repeat(n)}1${')'.repeat(n)})`,
    where: `${'SELECT * FROM ('.repeat(n)}SELECT id FROM orders${') q WHERE id+1 > 0'.repeat(n)}`,
    measure: `${'SELECT * FROM ('.repeat(n)}SELECT note, order_count FROM orders${') q'.repeat(n)}`,
    caseq: `SELECT ${'CASE WHEN id > 0 THEN '.repeat(n)}1${' ELSE id END'.repeat(n)} FROM orders`,
    add: `SELECT ${'(id + '.repeat(n)}1${')'.repeat(n)} FROM orders WHERE ${'(id + '.repeat(n)}1${')'.repeat(n)} > 0`,
    dup: `${'SELECT x + x AS x FROM ('.repeat(n)}SELECT id AS x FROM orders${') q WHERE x+1>0'.repeat(n)}`,
    lat: `SELECT count(*) FROM orders o${Array.from({ length: n }, (_, i) => `, LATERAL (SELECT ${i ? `l${i - 1}.x+l${i - 1}.x` : 'o.id'} AS x) l${i}`).join('')} WHERE l${n - 1}.x > 0`,
    union: `${'SELECT id FROM orders UNION ALL ('.repeat(n)}SELECT 1${')'.repeat(n)}`,
    exists: `SELECT count(*) FROM orders o WHERE ${'EXISTS (SELECT 1 FROM orders o WHERE o.id+1 > 0 AND '.repeat(n)}true${')'.repeat(n)}`,
  };
  const out: string[] = [];
  for (const [k, sql] of Object.entries(q)) {
    if (k !== process.env.K) continue;
    const t = Date.now();
    const r = (await Promise.race([
      c.ask((process.env.EX ?? '') + sql),
      new Promise((ok) => setTimeout(() => ok(undefined), 20000)),
    ])) as any;
    out.push(`${k}:${Date.now() - t}${r?.code ? '(' + r.code + ')' : ''}`);
    if (r === undefined) break;
  }
  console.log(n, out.join(' '));
}
process.exit(0);
