/** From the first byte to ReadyForQuery, as traces (security cases E06–E16, D21–D24). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadParser } from '../../src/sql/libpg.ts';
import { traceBackend } from '../../src/wire/trace.ts';
import { createTestEngine, type TestEngine } from '../helpers/session-engine.ts';
import { cancelRequest, cstring, int32, packet, password, query, startup, TERMINATE } from '../wire/frames.ts';
import { RawClient } from '../wire/raw-client.ts';
import { SECRET, serve, signedIn, type TestServer, token } from './serve.ts';

let engine: TestEngine;
let server: TestServer;
let secret: string;

beforeAll(async () => {
  await loadParser();
  engine = await createTestEngine();
  server = await serve(engine);
  secret = await token();
});
afterAll(async () => {
  await server?.close();
  await engine?.close();
});

async function converse(...bytes: readonly Buffer[]): Promise<readonly string[]> {
  const client = await RawClient.connect(server.address.port);
  client.send(...bytes);
  const answer = await client.rest();
  client.close();
  return traceBackend(answer, { stable: true }).map((line) => line.replace(/^B\t/, '').replaceAll('\t', ' '));
}

const user = { user: 'analyst', database: 'semwire' };
const ASK = 'AuthenticationCleartextPassword 8';

describe('signing in', () => {
  test('with the whole conversation in one segment (E16)', async () => {
    const lines = await converse(startup(user), password(secret), query('SELECT 1 AS one'), TERMINATE);
    expect(lines).toMatchInlineSnapshot(`
      [
        "AuthenticationCleartextPassword 8",
        "AuthenticationOk 8",
        "ParameterStatus 22 "application_name" """,
        "ParameterStatus 27 "IntervalStyle" "postgres"",
        "ParameterStatus 32 "search_path" ""$user", public"",
        "ParameterStatus 17 "TimeZone" "UTC"",
        "ParameterStatus 25 "client_encoding" "UTF8"",
        "ParameterStatus 23 "DateStyle" "ISO, MDY"",
        "ParameterStatus 35 "standard_conforming_strings" "on"",
        "ParameterStatus 37 "default_transaction_read_only" "on"",
        "ParameterStatus 23 "in_hot_standby" "off"",
        "ParameterStatus 25 "integer_datetimes" "on"",
        "ParameterStatus 21 "is_superuser" "off"",
        "ParameterStatus 26 "scram_iterations" "4096"",
        "ParameterStatus 25 "server_encoding" "UTF8"",
        "ParameterStatus 40 "server_version" "18.6 (semwire 0.1.0)"",
        "ParameterStatus 34 "session_authorization" "analyst"",
        "BackendKeyData 12 NNNN NNNN",
        "ReadyForQuery 5 I",
        "RowDescription 28 1 "one" 0 0 23 4 -1 0",
        "DataRow 11 1 '1'",
        "CommandComplete 13 "SELECT 1"",
        "ReadyForQuery 5 I",
      ]
    `);
  });

  test('tells a wrong password what PostgreSQL tells it, runs nothing, and logs why (D22, D24, E16)', async () => {
    const forged = `${secret.slice(0, -6)}AAAAAA`;
    const planned = engine.planned();
    expect(await converse(startup(user), password(forged), query('SELECT 1'))).toEqual([
      ASK,
      'ErrorResponse 77 S "FATAL" V "FATAL" C "28P01" M "password authentication failed for user "analyst""',
    ]);
    expect(engine.planned()).toBe(planned);
    expect(server.log.text()).toContain('no key verifies its signature');
    for (const part of [...forged.split('.'), ...secret.split('.'), SECRET]) {
      expect(server.log.text()).not.toContain(part);
    }
  });

  test('takes nothing but a password before it is done (E15)', async () => {
    expect((await converse(startup(user), query('SELECT 1')))[1]).toContain('C "08P01"');
    expect((await converse(startup(user), password(secret), password(secret))).at(-1)).toContain('C "08P01"');
  });

  test.each<[string, Record<string, string>, string]>([
    ['no user', { database: 'semwire' }, '28000'],
    ['an empty user', { user: '', database: 'semwire' }, '28000'],
    ['replication (E11)', { ...user, replication: 'database' }, '0A000'],
    ['broken options', { ...user, options: 'nonsense' }, '42601'],
  ])('is refused at once: %s', async (_, parameters, code) => {
    const lines = await converse(startup(parameters), password(secret));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`V "FATAL" C "${code}"`);
  });

  test.each<[string, Record<string, string>, string]>([
    ['another database (E12)', { ...user, database: 'postgres' }, '3D000'],
    ['an empty database', { ...user, database: '' }, '3D000'],
    ['a parameter that does not exist (E13)', { ...user, nope: '1' }, '42704'],
    ['another encoding', { ...user, client_encoding: 'LATIN1' }, '22023'],
    ['what the catalog is told (E13)', { ...user, 'semwire_fact.about': '{}' }, '42602'],
    ['the same in options (E10)', { ...user, options: '-c semwire_fact.about={}' }, '42602'],
    ['with dashes (E10)', { ...user, options: '--Semwire-Fact.about={}' }, '42602'],
    ['a name of PostgreSQL’s own roles', { ...user, user: 'pg_monitor' }, '28000'],
    ['a setting that is a fact', { ...user, is_superuser: 'on' }, '55P02'],
    ['options that do not exist (E10)', { ...user, options: '-c nope=1' }, '42704'],
  ])('is refused after the password, FATAL: %s', async (_, parameters, code) => {
    const lines = await converse(startup(parameters), password(secret));
    expect(lines[0]).toBe(ASK);
    expect(lines[1]).toContain(`V "FATAL" C "${code}"`);
    expect(lines).toHaveLength(2);
    // Who is not let in learns nothing of it.
    expect((await converse(startup(parameters), password('wrong')))[1]).toContain('C "28P01"');
  });

  test('needs no database name, since there is one', async () => {
    const lines = await converse(startup({ user: 'analyst' }), password(secret), TERMINATE);
    expect(lines.at(-1)).toBe('ReadyForQuery 5 I');
  });

  test('applies options and settings of the packet, and RESET returns to them (E10)', async () => {
    const options = '-c semwire.measure_aggregates=compatible --statement-timeout=5s -csearch_path=a\\ b,\\\\c';
    const client = await signedIn(server.address.port, secret, {
      options,
      TimeZone: 'europe/berlin',
      DateStyle: 'ISO',
      extra_float_digits: '3',
      application_name: 'caf\u00e9\n',
    });
    client.send(
      query("SET TimeZone = 'UTC'; RESET ALL; SHOW TimeZone; SHOW statement_timeout; SHOW semwire.measure_aggregates"),
      query('SHOW search_path; SHOW application_name'),
      TERMINATE,
    );
    const rows = traceBackend(await client.rest()).filter((line) => line.includes('DataRow'));
    expect(rows.map((row) => row.split('\t').at(-1))).toEqual([
      "'Europe/Berlin'",
      "'5s'",
      "'compatible'",
      "'a b,\\\\c'",
      "'caf\\\\xc3\\\\xa9\\\\x0a'",
    ]);
  });

  test('negotiates newer minor versions and unknown extensions down (E09)', async () => {
    const [negotiated] = await converse(startup(user, 0x0003_0009));
    expect(negotiated).toMatch(/^NegotiateProtocolVersion \d+ 196608 0$/);
    const [extensions] = await converse(startup({ ...user, '_pq_.grease': 'x' }));
    expect(extensions).toMatch(/^NegotiateProtocolVersion \d+ 196608 1 "_pq_.grease"$/);
  });

  test('refuses plain text where TLS is required, before any password (D21, E06)', async () => {
    const strict = await serve(engine, {
      SEMWIRE_TLS: 'require',
      SEMWIRE_TLS_CERT: new URL('../fixtures/tls/server.crt', import.meta.url).pathname,
      SEMWIRE_TLS_KEY: new URL('../fixtures/tls/server.key', import.meta.url).pathname,
    });
    try {
      const client = await RawClient.connect(strict.address.port);
      client.send(startup(user));
      expect(await client.error()).toMatch(/^FATAL 28000 /);
      expect(await client.rest()).toHaveLength(0);
      const secured = await RawClient.connect(strict.address.port);
      secured.send(packet(int32(80877103)));
      expect((await secured.bytes(1)).toString()).toBe('S');
      const inside = await secured.secure({ rejectUnauthorized: false });
      inside.send(startup(user), password(secret), TERMINATE);
      expect(traceBackend(await inside.rest()).at(-1)).toContain('ReadyForQuery');
    } finally {
      await strict.close();
    }
  });
});

test('a cancel request for nobody is answered with nothing (E33)', async () => {
  expect(await converse(cancelRequest(1, 2))).toEqual([]);
  expect(await converse(packet(int32(80877102), int32(1), cstring('longer than it was')))).toEqual([]);
});
