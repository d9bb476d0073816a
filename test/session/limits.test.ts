/** What stops a statement or a session: cancelling, time, the token's end, counts, shutdown (cases D18, E30–E36). */
import { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { loadParser } from '../../src/sql/libpg.ts';
import { createTestEngine, type TestEngine } from '../helpers/session-engine.ts';
import {
  bind,
  cancelRequest,
  describe as describeMessage,
  execute,
  parse,
  password,
  query,
  SYNC,
  startup,
  TERMINATE,
} from '../wire/frames.ts';
import { RawClient } from '../wire/raw-client.ts';
import { seconds, serve, signedIn, type TestServer, token } from './serve.ts';

let engine: TestEngine;
let server: TestServer;
const others: TestServer[] = [];

beforeAll(async () => {
  await loadParser();
  engine = await createTestEngine();
  server = await serve(engine);
});
afterEach(async () => {
  await Promise.all(others.splice(0).map((one) => one.close()));
});
afterAll(async () => {
  await server?.close();
  await engine?.close();
});

async function another(env: Readonly<Record<string, string>>): Promise<TestServer> {
  const made = await serve(engine, env);
  others.push(made);
  return made;
}

/** Letters of the messages up to ReadyForQuery or the end, errors as `severity code text`. */
async function answer(client: RawClient): Promise<readonly string[]> {
  const seen: string[] = [];
  for (;;) {
    const message = await client.message();
    if (message === undefined) return [...seen, 'closed'];
    if (message.type === 'E') {
      const fields = new Map(
        message.body
          .toString('utf8')
          .split('\0')
          .map((one) => [one.slice(0, 1), one.slice(1)]),
      );
      seen.push(`${fields.get('V')} ${fields.get('C')} ${fields.get('M')}`);
    } else seen.push(message.type === 'Z' ? `Z${message.body.toString()}` : message.type);
    if (message.type === 'Z') return seen;
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function sendCancel(port: number, pid: number, key: number): Promise<void> {
  const client = await RawClient.connect(port);
  client.send(cancelRequest(pid, key));
  expect(await client.rest()).toHaveLength(0);
}

describe('a running statement', () => {
  test('is cancelled by its own key alone, and the session goes on (E33)', async () => {
    const { port } = server.address;
    const [mine, theirs] = await Promise.all([signedIn(port, await token()), signedIn(port, await token())]);
    mine.send(query('SELECT forever()'));
    await until(() => engine.open() === 1);
    await sendCancel(port, mine.pid, mine.key ^ 1);
    await sendCancel(port, mine.pid, theirs.key);
    await sendCancel(port, theirs.pid, theirs.key);
    expect(engine.open()).toBe(1);
    await sendCancel(port, mine.pid, mine.key);
    expect(await answer(mine)).toEqual(['T', 'ERROR 57014 canceling statement due to user request', 'ZI']);
    expect(engine.open()).toBe(0);
    // A cancel that finds nothing running does not hit the next statement.
    await sendCancel(port, mine.pid, mine.key);
    for (const client of [mine, theirs]) {
      client.send(query('SELECT 1'));
      expect(await answer(client)).toEqual(['T', 'D', 'C', 'ZI']);
      client.close();
    }
  });

  test('is cancelled in a block, which fails', async () => {
    const client = await signedIn(server.address.port, await token());
    client.send(query('BEGIN'));
    await answer(client);
    client.send(parse('', 'SELECT forever()'), bind(), execute(), SYNC);
    await until(() => engine.open() === 1);
    await sendCancel(server.address.port, client.pid, client.key);
    expect(await answer(client)).toEqual(['1', '2', 'ERROR 57014 canceling statement due to user request', 'ZE']);
    client.close();
  });

  test('ends at statement_timeout, of which the operator sets the most', async () => {
    const client = await signedIn(server.address.port, await token());
    client.send(query("SET statement_timeout = '50ms'"), query('SELECT forever()'));
    await answer(client);
    expect(await answer(client)).toEqual(['T', 'ERROR 57014 canceling statement due to statement timeout', 'ZI']);
    client.close();
    const strict = await another({ SEMWIRE_STATEMENT_TIMEOUT: '50ms' });
    const other = await signedIn(strict.address.port, await token());
    other.send(query('SET statement_timeout = 0'), query('SELECT forever()'));
    await answer(other);
    expect(await answer(other)).toEqual(['T', 'ERROR 57014 canceling statement due to statement timeout', 'ZI']);
    other.close();
  });

  test('is stopped when its client goes away (E31)', async () => {
    const client = await signedIn(server.address.port, await token());
    client.send(query('SELECT forever()'));
    await until(() => engine.open() === 1);
    client.socket.resetAndDestroy();
    await until(() => engine.open() === 0);
  });

  test('waits for a client that does not read, and is stopped all the same (E32)', async () => {
    const client = await signedIn(server.address.port, await token());
    client.socket.pause();
    client.send(query('SELECT rows(20000000)'));
    await until(() => engine.open() === 1);
    client.socket.destroy();
    await until(() => engine.open() === 0);
  });

  test('may not have more rows than SEMWIRE_MAX_ROWS, and is never cut short without a word', async () => {
    const capped = await another({ SEMWIRE_MAX_ROWS: '3' });
    const client = await signedIn(capped.address.port, await token());
    client.send(query('SELECT rows(3)'));
    expect(await answer(client)).toEqual(['T', 'D', 'D', 'D', 'C', 'ZI']);
    client.send(query('SELECT rows(4)'));
    expect(await answer(client)).toEqual(['T', 'D', 'D', 'D', 'ERROR 54000 the result has more than 3 rows', 'ZI']);
    client.send(query('BEGIN'), parse('', 'SELECT rows(4)'), bind(), execute('', 2), execute('', 2), SYNC);
    await answer(client);
    const portions = await answer(client);
    expect(portions.slice(-3)).toEqual(['D', 'ERROR 54000 the result has more than 3 rows', 'ZE']);
    client.close();
  });

  test('that fails by a bug says so, and no more', async () => {
    const client = await signedIn(server.address.port, await token());
    client.send(query('SELECT bug()'));
    expect(await answer(client)).toEqual(['ERROR XX000 internal error', 'ZI']);
    expect(server.log.text()).toContain('secret_table is undefined');
    client.send(query('SELECT 1'));
    expect(await answer(client)).toEqual(['T', 'D', 'C', 'ZI']);
    client.close();
  });
});

describe('the token ends', () => {
  test('the next statement is refused and the connection closed (D18)', async () => {
    const exp = seconds() + 2;
    const client = await signedIn(server.address.port, await token({ exp }));
    client.send(query('BEGIN'));
    expect(await answer(client)).toEqual(['C', 'ZT']);
    await until(() => Date.now() >= exp * 1_000);
    client.send(query('SELECT 1'));
    expect(await answer(client)).toEqual(['FATAL 28000 the token has expired', 'closed']);
  });

  test('a statement that runs then may finish', async () => {
    const exp = seconds() + 2;
    const client = await signedIn(server.address.port, await token({ exp }));
    client.send(query('SELECT forever()'));
    await until(() => Date.now() >= exp * 1_000 + 100);
    expect(engine.open()).toBe(1);
    await sendCancel(server.address.port, client.pid, client.key);
    expect(await answer(client)).toEqual(['T', 'ERROR 57014 canceling statement due to user request', 'ZI']);
    client.send(parse('', 'SELECT 1'), SYNC);
    expect(await answer(client)).toEqual(['FATAL 28000 the token has expired', 'closed']);
  });
});

describe('counts', () => {
  test('of connections, in all', async () => {
    const small = await another({ SEMWIRE_MAX_CONNECTIONS: '2' });
    const clients = [
      await signedIn(small.address.port, await token()),
      await signedIn(small.address.port, await token({ sub: 'bob' })),
    ];
    await expect(signedIn(small.address.port, await token({ sub: 'carol' }))).rejects.toThrow(
      /53300.*sorry, too many clients already/,
    );
    expect(small.sessions().map(({ identity, state }) => [identity.subject, state])).toEqual([
      ['alice', 'idle'],
      ['bob', 'idle'],
    ]);
    clients[0]?.send(TERMINATE);
    await until(() => small.sessions().length === 1);
    (await signedIn(small.address.port, await token({ sub: 'carol' }))).close();
    clients[1]?.close();
  });

  test('of connections of one subject, whatever user it names', async () => {
    const small = await another({ SEMWIRE_MAX_CONNECTIONS_PER_USER: '1' });
    const { port } = small.address;
    const first = await signedIn(port, await token(), { user: 'a' });
    await expect(signedIn(port, await token(), { user: 'b' })).rejects.toThrow(
      /53300.*too many connections for role "b"/,
    );
    const second = await signedIn(port, await token({ sub: 'bob' }), { user: 'a' });
    first.close();
    second.close();
  });

  test('of prepared statements and portals (E30)', async () => {
    const client = await signedIn(server.address.port, await token());
    const names = Array.from({ length: 10_000 }, (_, index) => `s${index}`);
    client.send(query('BEGIN'), ...names.map((name) => parse(name, 'SHOW jit')), SYNC, parse('more', 'SHOW jit'), SYNC);
    await answer(client);
    expect((await answer(client)).at(-1)).toBe('ZT');
    expect(await answer(client)).toEqual(['ERROR 53400 too many prepared statements', 'ZE']);
    client.send(query('ROLLBACK; BEGIN'));
    await answer(client);
    client.send(...names.map((name) => bind({ portal: name, statement: 's0' })), SYNC);
    expect((await answer(client)).at(-1)).toBe('ZT');
    client.send(bind({ portal: 'more', statement: 's0' }), SYNC);
    expect(await answer(client)).toEqual(['ERROR 53400 too many portals', 'ZE']);
    client.close();
  });
});

describe('idleness', () => {
  test('beyond SEMWIRE_IDLE_TIMEOUT ends the session', async () => {
    const impatient = await another({ SEMWIRE_IDLE_TIMEOUT: '100ms' });
    const client = await signedIn(impatient.address.port, await token());
    expect(await answer(client)).toEqual(['FATAL 57P05 terminating connection due to idle-session timeout', 'closed']);
  });

  test('within a block has its own limit, set by the client', async () => {
    const client = await signedIn(server.address.port, await token());
    client.send(query("SET idle_in_transaction_session_timeout = '50ms'; BEGIN"));
    await answer(client);
    expect(await answer(client)).toEqual([
      'FATAL 25P03 terminating connection due to idle-in-transaction timeout',
      'closed',
    ]);
  });
});

describe('shutdown', () => {
  test('ends idle sessions at once and lets statements finish', async () => {
    const draining = await serve(engine);
    const { port } = draining.address;
    const [idle, busy] = await Promise.all([signedIn(port, await token()), signedIn(port, await token())]);
    busy.send(query('SELECT forever()'));
    await until(() => engine.open() === 1);
    const drained = draining.drain(60_000);
    const goodbye = 'FATAL 57P01 terminating connection due to administrator command';
    expect(await answer(idle)).toEqual([goodbye, 'closed']);
    await expect(RawClient.connect(port)).rejects.toThrow();
    expect(draining.cancel(busy.pid)).toBe(true);
    expect(await answer(busy)).toEqual(['T', 'ERROR 57014 canceling statement due to user request', 'ZI']);
    expect(await answer(busy)).toEqual([goodbye, 'closed']);
    await drained;
  });

  test('stops statements when its time is over', async () => {
    const closing = await serve(engine);
    const client = await signedIn(closing.address.port, await token());
    client.send(query('SELECT forever()'));
    await until(() => engine.open() === 1);
    await closing.close();
    expect(await answer(client)).toEqual([
      'T',
      'FATAL 57P01 terminating connection due to administrator command',
      'closed',
    ]);
    expect(engine.open()).toBe(0);
  });
});

test('a prepared statement is planned anew after a reload, and after a setting has changed', async () => {
  const client = await signedIn(server.address.port, await token());
  const run = async () => {
    client.send(bind({ statement: 's' }), execute(), SYNC);
    expect(await answer(client)).toEqual(['2', 'D', 'C', 'ZI']);
    return engine.planned();
  };
  client.send(parse('s', 'SELECT 1'), SYNC);
  await answer(client);
  const once = engine.planned();
  expect(await run()).toBe(once);
  server.replan();
  expect(await run()).toBe(once + 1);
  expect(await run()).toBe(once + 1);
  client.send(query("SET TimeZone = 'Asia/Tokyo'"));
  await answer(client);
  expect(await run()).toBe(once + 2);
  client.close();
});

test('sessions that come in one segment are served one after another (E36)', async () => {
  const secret = await token();
  const client = await RawClient.connect(server.address.port);
  const statements = Array.from({ length: 500 }, () => query('SHOW jit'));
  client.send(startup({ user: 'a', database: 'semwire' }), password(secret), ...statements, TERMINATE);
  const letters: string[] = [];
  for (let message = await client.message(); message !== undefined; message = await client.message()) {
    letters.push(message.type);
  }
  expect(letters.filter((letter) => letter === 'Z')).toHaveLength(501);
});

test('an answer up to ReadyForQuery is one write', async () => {
  const client = await signedIn(server.address.port, await token());
  const { write } = Socket.prototype;
  let writes = 0;
  Socket.prototype.write = function (this: Socket, ...rest: unknown[]) {
    if (this.localPort === server.address.port) writes++;
    return Reflect.apply(write, this, rest);
  };
  try {
    for (const request of [
      [query('BEGIN; SELECT 1; SET application_name = x; SHOW jit; COMMIT')],
      [parse('', 'SELECT rows(50)'), bind(), describeMessage('P'), execute(), SYNC],
    ]) {
      writes = 0;
      client.send(...request);
      expect((await answer(client)).at(-1)).toBe('ZI');
      expect(writes).toBe(1);
    }
  } finally {
    Socket.prototype.write = write;
  }
  client.close();
});
