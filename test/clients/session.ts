/**
 * Another session of aurora_manager, for checks of clients that cannot be asked while they run a statement:
 * `tsx test/clients/session.ts running PID` waits until the session of that number runs a statement;
 * `tsx test/clients/session.ts cancel PID` then cancels it.
 */
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';

const [deed, pid] = process.argv.slice(2);
if (deed !== 'running' && deed !== 'cancel') throw new Error(`running or cancel, not ${deed}`);
const client = new pg.Client({ user: 'aurora_manager', password: process.env.TOKEN_aurora_manager ?? '' });
await client.connect();
for (let state = ''; state !== 'active'; await setTimeout(200)) {
  const { rows } = await client.query('SELECT state FROM pg_stat_activity WHERE pid = $1', [pid]);
  if (rows.length === 0) throw new Error(`no session ${pid}`);
  state = rows[0].state;
}
if (deed === 'cancel') {
  const { rows } = await client.query('SELECT pg_cancel_backend($1) AS cancelled', [pid]);
  if (rows[0].cancelled !== true) throw new Error(`session ${pid} cannot be cancelled`);
}
await client.end();
