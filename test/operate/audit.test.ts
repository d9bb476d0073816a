/** What the audit log says, and what it does not (security cases D22, D23; design rule 17). */
import { existsSync, renameSync, statSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { maskLiterals } from '../../src/sql/scan.ts';
import { signedIn, token } from '../session/serve.ts';
import { folderWith, leaveAll, openTenants, refused, signInTo, type Tenants } from '../session/tenants.ts';
import { cancelRequest } from '../wire/frames.ts';
import { RawClient } from '../wire/raw-client.ts';
import { closeHttp, type OperatedServer, operate } from './operated.ts';

const RED = { sub: 'rita', tenant: 'red', groups: ['seller'] };

let tenants: Tenants;
beforeAll(async () => {
  tenants = await openTenants();
});
afterEach(leaveAll);
afterAll(async () => {
  await closeHttp();
  await tenants?.close();
});

function entries(operated: OperatedServer, event: string) {
  return operated.audit().filter((entry) => entry.event === event);
}

test('who signed in, who was refused and why, and who left', async () => {
  const operated = await operate(tenants);
  const session = await signInTo(operated.server, { user: 'desk', password: await token(RED) });
  await refused(operated.server, { user: 'desk', password: 'guess' });
  await session.client.end();
  while (entries(operated, 'sign-out').length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const [first, second] = entries(operated, 'sign-in');
  expect(first).toMatchObject({ outcome: 'ok', user: 'desk', subject: 'rita', address: '127.0.0.1', code: '00000' });
  expect(second).toMatchObject({ outcome: 'refused', user: 'desk', code: '28P01', reason: 'not a compact JWS' });
  expect(second).not.toHaveProperty('subject');
  expect(new Date(String(first?.time)).getTime()).toBeGreaterThan(0);
  expect(entries(operated, 'sign-out')).toMatchObject([{ subject: 'rita' }]);
});

test('a statement: by whom, what it read under which policies, how it ended', async () => {
  const operated = await operate(tenants);
  const session = await signInTo(operated.server, { password: await token(RED) });
  await session.ask("SELECT region, total FROM sales WHERE amount > 5 AND region <> 'secret place'");
  await session.ask('SELECT id FROM sales WHERE id = $1', ['1']);
  await session.refusal('SELECT cost FROM sales');
  await session.refusal('SELEC 1');
  const statements = entries(operated, 'statement');
  expect(statements).toMatchObject([
    {
      outcome: 'ok',
      code: '00000',
      subject: 'rita',
      statement: 'SELECT region, total FROM sales WHERE amount > ? AND region <> ?',
      rows: 2,
      policies: ['sales[0] for seller'],
    },
    { statement: 'SELECT id FROM sales WHERE id = $1', rows: 1, tables: [{ table: 'sales', columns: ['id'] }] },
    { outcome: 'refused', code: '42703', statement: 'SELECT cost FROM sales', rows: 0, tables: [] },
    { outcome: 'refused', code: '42601', rows: 0 },
  ]);
  const [table] = (statements[0]?.tables ?? []) as { table: string; columns: string[] }[];
  expect([table?.table, [...(table?.columns ?? [])].sort()]).toEqual(['sales', ['amount', 'region', 'total']]);
  // What could not be read may be anything, a token in the wrong place too.
  expect(statements[3]).not.toHaveProperty('statement');
  expect(new Set(statements.map(({ queryId }) => queryId)).size).toBe(4);
  for (const { ms } of statements) expect(ms).toBeGreaterThanOrEqual(0);
});

test('rows of a portal in portions, of a cursor, of COPY', async () => {
  const operated = await operate(tenants);
  const session = await signInTo(operated.server, { password: await token(RED) });
  await session.ask('BEGIN');
  await session.ask('DECLARE c CURSOR FOR SELECT id FROM sales');
  await session.ask('FETCH 1 FROM c');
  await session.ask('FETCH ALL FROM c');
  await session.ask('COMMIT');
  const statements = entries(operated, 'statement').map(({ statement, rows, tables }) => [
    statement,
    rows,
    (tables as { table: string }[]).map(({ table }) => table).join(),
  ]);
  expect(statements).toEqual([
    ['BEGIN', 0, ''],
    ['DECLARE c CURSOR FOR SELECT id FROM sales', 0, ''],
    ['FETCH ? FROM c', 1, 'sales'],
    ['FETCH ALL FROM c', 1, 'sales'],
    ['COMMIT', 0, ''],
  ]);
});

test('who acts as whom', async () => {
  const files = { 'semwire.config.mjs': "export const canSwitchUser = (_, next) => next === 'blue'" };
  const operated = await operate(tenants, { SEMWIRE_MODEL: folderWith(files) });
  const session = await signInTo(operated.server, { user: 'me', password: await token(RED) });
  await session.refusal('SET ROLE blue');
  await session.refusal('SET ROLE green');
  expect(entries(operated, 'switch')).toMatchObject([
    { subject: 'rita', to: 'blue', outcome: 'refused', code: '42501' },
    { subject: 'rita', to: 'green', outcome: 'refused', code: '42501' },
  ]);
});

test('a cancel, by the session whose key it had', async () => {
  const operated = await operate(tenants);
  const { port } = operated.server.address;
  const client = await signedIn(port, await token(RED));
  const [guess, cancel] = [await RawClient.connect(port), await RawClient.connect(port)];
  guess.send(cancelRequest(client.pid, client.key + 1));
  await guess.rest();
  cancel.send(cancelRequest(client.pid, client.key));
  await cancel.rest();
  expect(operated.server.cancel(client.pid)).toBe(true);
  const [own, byAdmin] = entries(operated, 'cancel');
  expect(own).toMatchObject({ subject: 'rita', pid: client.pid, from: '127.0.0.1' });
  expect(byAdmin).toMatchObject({ subject: 'rita', pid: client.pid });
  expect(byAdmin).not.toHaveProperty('from');
  client.close();
});

test('tokens asked for over HTTP, and reloads', async () => {
  const key = 'k'.repeat(32);
  const operated = await operate(tenants, { SEMWIRE_TOKEN_API_KEY: key });
  const ask = (authorization: string) =>
    operated.get('/api/v1/security-token', { method: 'POST', headers: { authorization }, body: '{"user":"ann"}' });
  await ask(`Bearer ${key}`);
  await ask('Bearer guess');
  await operated.operations.reloaded('model', 'refused');
  expect(entries(operated, 'token')).toMatchObject([
    { outcome: 'ok', subject: 'ann' },
    { outcome: 'refused', address: '127.0.0.1' },
  ]);
  expect(entries(operated, 'reload')).toMatchObject([{ of: 'model', outcome: 'refused' }]);
  expect(operated.auditText()).not.toContain(key);
});

test('the file is its owner’s alone, and opened anew at a reload, for who moves it away', async () => {
  const operated = await operate(tenants);
  const { auditFile, operations } = operated;
  expect(statSync(auditFile).mode & 0o777).toBe(0o600);
  await refused(operated.server, { password: 'x' });
  renameSync(auditFile, `${auditFile}.1`);
  await operations.reloaded('keys', 'ok');
  await refused(operated.server, { password: 'x' });
  expect(existsSync(auditFile)).toBe(true);
  expect(operated.audit().map(({ event }) => event)).toEqual(['reload', 'sign-in']);
});

test('a file that cannot be written stops the start', async () => {
  await expect(operate(tenants, { SEMWIRE_AUDIT_LOG: '/proc/none/audit' })).rejects.toThrow(/ENOENT/);
});

describe('tokens and literals are in no entry', () => {
  test('wherever they were written', async () => {
    const operated = await operate(tenants);
    const password = await token(RED);
    const session = await signInTo(operated.server, { user: password.slice(0, 60), password });
    await session.refusal(`SELECT '${password}'`);
    await session.refusal(`SELECT "${password}" FROM sales`);
    await session.refusal(`-- ${password}\nSELECT id FROM sales`);
    await session.refusal(`${password}`);
    await session.refusal(`SELECT $q$${password}$q$ FROM sales`);
    await refused(operated.server, { user: 'x', password: `${password}x` });
    const text = operated.auditText();
    for (const part of password.split('.')) expect(text).not.toContain(part.slice(0, 40));
    expect(text).toContain('[token]');
  });

  test('unless the operator wants the literals: tokens never', async () => {
    const operated = await operate(tenants, { SEMWIRE_AUDIT_LITERALS: '1' });
    const password = await token(RED);
    const session = await signInTo(operated.server, { password });
    await session.ask(`SELECT id FROM sales WHERE region = 'north' AND region <> '${password}'`);
    expect(entries(operated, 'statement')[0]?.statement).toBe(
      "SELECT id FROM sales WHERE region = 'north' AND region <> '[token]'",
    );
  });

  test.each([
    [
      "SELECT 'it''s', E'a\\'b', $$x$$, $t$ $$ $t$, B'01', X'ff', U&'\\0041', N'n' FROM \"t'1\"",
      'SELECT ?, ?, ?, ?, ?, ?, ?, ? FROM "t\'1"',
    ],
    [
      'SELECT 1, 1.5, .5, 1e10, 1.5E-3, 0xff, 1_000 - 2, $1, c1 FROM t2',
      'SELECT ?, ?, ?, ?, ?, ?, ? - ?, $1, c1 FROM t2',
    ],
    ['SELECT a -- secret\n, b /* secret /* nested */ secret */ FROM t', 'SELECT a , b FROM t'],
  ])('%s', (sql, masked) => {
    expect(maskLiterals(sql)).toBe(masked);
  });
});
