import { CLAIMS, seedOf } from '/work/main/test/security/fixture.ts';
import { modelFolder, onDuckdb, onPostgres, startPostgres } from '/work/main/test/security/gateway.ts';

const which = process.argv[2];
const pgs = which === 'pg' ? await startPostgres() : undefined;
const g = pgs
  ? await onPostgres(pgs, 'a', 'zq_raw', modelFolder('policies'), seedOf('canaries'))
  : await onDuckdb(modelFolder('policies'), seedOf('canaries'));
const c = await g.signIn(CLAIMS);
for (const q of process.argv.slice(3)) {
  console.log('> ' + q);
  const a = await c.ask(q);
  console.log(a.lines.slice(0, 12).join('\n'));
}
if (process.env.LOG) console.log(g.server.log.text().slice(0, 6000));
c.close();
await g.close();
await pgs?.stop();
process.exit(0);
