import { CASES } from './attack-cases.ts';
import { modelFolder, onDuckdb } from './gateway.ts';

const SEED = `CREATE SCHEMA IF NOT EXISTS public;
CREATE TABLE public.orders (id integer PRIMARY KEY, tenant_id integer, customer_id integer, amount integer, note text, ssn text);
INSERT INTO public.orders VALUES (1, 1, 10, 10, 'a', 'CANARY-111'), (2, 1, 10, 20, 'b', 'CANARY-112');
CREATE TABLE public.customers (id integer PRIMARY KEY, tenant_id integer, name text);
CREATE SCHEMA raw;
CREATE TABLE raw.employees (id integer PRIMARY KEY, salary integer);`;
const g = await onDuckdb(modelFolder('attacks'), SEED);
const c = await g.signIn({ sub: 'x', tenant_id: 1 });
let n = 0;
for (const [id, sql] of CASES) {
  const t = Date.now();
  const r = await Promise.race([c.ask(sql), new Promise((ok) => setTimeout(() => ok(undefined), 15000))]);
  if (Date.now() - t > 500 || r === undefined) console.log(id, sql.slice(0, 100), Date.now() - t, (r as any)?.code);
  if (r === undefined) {
    console.log('HANG', g.server.log.text().slice(-1500));
    process.exit(1);
  }
  if ((r as any).lines.includes('closed')) {
    console.log('CLOSED', id, sql.slice(0, 80));
    process.exit(1);
  }
  n++;
}
console.log('ok', n);
process.exit(0);
