import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import type { Connection } from '../../src/wire/connection.ts';
import { type Listener, type ListenOptions, listen } from '../../src/wire/listen.ts';
import {
  bind,
  cancelRequest,
  cstring,
  execute,
  frame,
  GSSENC_REQUEST,
  int32,
  packet,
  parse,
  password,
  query,
  SSL_REQUEST,
  SYNC,
  startup,
  TERMINATE,
} from './frames.ts';
import { RawClient } from './raw-client.ts';

const fixture = (name: string): string => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), 'utf8');
const SERVER = { cert: fixture('server.crt'), key: fixture('server.key') };
const CA = fixture('ca.crt');

let listeners: Listener[] = [];
let clients: RawClient[] = [];
let bugs: unknown[] = [];

async function start(options: Partial<ListenOptions> = {}): Promise<Listener> {
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    tlsMode: 'off',
    loginTimeoutMs: 60_000,
    onConnection: echo,
    onCancel: () => {},
    onError: (error) => bugs.push(error),
    ...options,
  });
  listeners.push(listener);
  return listener;
}

async function join(listener: Listener): Promise<RawClient> {
  const client = await RawClient.connect(listener.port);
  clients.push(client);
  return client;
}

/** Answers every Query with a CommandComplete that holds its text. */
async function echo(connection: Connection): Promise<void> {
  await signIn(connection);
  for (;;) {
    const message = await connection.next();
    if (message === undefined || message.type === 'terminate') return;
    if (message.type === 'query') connection.send({ type: 'command-complete', tag: message.sql });
    if (message.type === 'query' || message.type === 'sync') connection.send({ type: 'ready-for-query', status: 'I' });
    await connection.flush();
  }
}

async function signIn(connection: Connection): Promise<void> {
  connection.send({ type: 'authentication-cleartext-password' });
  await connection.flush();
  await connection.next();
  connection.send({ type: 'authentication-ok' });
  connection.send({ type: 'ready-for-query', status: 'I' });
  await connection.flush();
}

async function signedIn(listener: Listener): Promise<RawClient> {
  const client = await join(listener);
  client.send(startup({ user: 'alice' }));
  expect((await client.message())?.type).toBe('R');
  client.send(password('secret'));
  expect((await client.message())?.type).toBe('R');
  expect((await client.message())?.type).toBe('Z');
  return client;
}

afterEach(async () => {
  for (const client of clients) client.close();
  await Promise.all(listeners.map((listener) => listener.closed()));
  expect(bugs).toEqual([]);
  clients = [];
  listeners = [];
  bugs = [];
});

describe('startup', () => {
  test('the startup message arrives with its parameters in order, and a conversation follows', async () => {
    let seen: Connection | undefined;
    const listener = await start({
      onConnection: (connection) => {
        seen = connection;
        return echo(connection);
      },
    });
    const client = await join(listener);
    client.send(startup({ user: 'alice', database: 'semwire' }));
    expect((await client.message())?.body).toEqual(int32(3));
    expect([...(seen?.startup.parameters ?? [])]).toEqual([
      ['user', 'alice'],
      ['database', 'semwire'],
    ]);
    expect(seen?.secure).toBe(false);
    expect(seen?.remoteAddress).toBe('127.0.0.1');
    client.send(password('secret'));
    await client.bytes(9 + 6);
    client.send(query('hello'));
    expect(await client.message()).toEqual({ type: 'C', body: cstring('hello') });
  });

  test('startup, password and queries in one segment are handled one after the other', async () => {
    const client = await join(await start());
    client.send(startup({ user: 'a' }), password('x'), query('one'), query('two'), TERMINATE);
    const text = (await client.rest()).toString('latin1');
    expect(text.indexOf('one')).toBeGreaterThan(0);
    expect(text.indexOf('two')).toBeGreaterThan(text.indexOf('one'));
  });

  test('a Query instead of the password is a FATAL protocol violation', async () => {
    const seen: unknown[] = [];
    const listener = await start({
      onConnection: async (connection) => {
        await connection.next().catch((error) => seen.push(error));
      },
    });
    const client = await join(listener);
    client.send(startup({ user: 'a' }), query('select 1'));
    await client.rest();
    expect(seen).toMatchObject([
      { severity: 'FATAL', code: '08P01', message: 'expected password response, got message type 81' },
    ]);
  });

  test.each([
    ['length 0', int32(0)],
    ['length 4', int32(4)],
    ['length 7', int32(7)],
    ['length -1', int32(-1)],
    ['length 2^31-1', int32(0x7fffffff)],
    ['length 10005', Buffer.concat([int32(10_005), int32(0x30000)])],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a direct TLS ClientHello', Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc])],
  ])('%s: closed without a word', async (_name, bytes) => {
    const client = await join(await start());
    client.send(bytes);
    expect(await client.rest()).toEqual(Buffer.alloc(0));
  });

  test.each([
    ['protocol 2.0', startup({}, 0x20000), 'FATAL 0A000 unsupported frontend protocol 2.0: server supports 3.0 to 3.0'],
    ['protocol 4.0', startup({}, 0x40000), 'FATAL 0A000 unsupported frontend protocol 4.0: server supports 3.0 to 3.0'],
    [
      'no final NUL',
      packet(int32(0x30000), cstring('user'), cstring('a')),
      'FATAL 08P01 invalid startup packet layout: expected terminator as last byte',
    ],
    [
      'data after the final NUL',
      packet(int32(0x30000), Buffer.from([0]), cstring('user')),
      'FATAL 08P01 invalid startup packet layout: expected terminator as last byte',
    ],
    [
      'a parameter twice',
      packet(int32(0x30000), ...['user', 'a', 'user', 'b', ''].map(cstring)),
      'FATAL 08P01 startup parameter "user" is given more than once',
    ],
    [
      'a value that is not UTF-8',
      packet(int32(0x30000), cstring('user'), cstring(Buffer.from([0xff])), cstring('')),
      'FATAL 22021 invalid byte sequence for encoding "UTF8": 0xff',
    ],
  ])('%s: refused', async (_name, bytes, error) => {
    const client = await join(await start());
    client.send(bytes);
    expect(await client.error()).toBe(error);
    expect(await client.rest()).toEqual(Buffer.alloc(0));
  });

  test('whoever has not signed in by the deadline is cut off, with or without a startup message', async () => {
    const listener = await start({ loginTimeoutMs: 500 });
    const silent = await join(listener);
    const slow = await join(listener);
    slow.send(startup({ user: 'a' }));
    expect(await silent.rest()).toEqual(Buffer.alloc(0));
    await slow.message();
    expect(await slow.error()).toBe('FATAL 57014 canceling authentication due to timeout');
    await expect.poll(() => listener.unauthenticated()).toBe(0);
  });

  test('signing in ends the deadline', async () => {
    const client = await signedIn(await start({ loginTimeoutMs: 1000 }));
    await new Promise((resolve) => setTimeout(resolve, 1200));
    client.send(query('still here'));
    expect((await client.message())?.body).toEqual(cstring('still here'));
  });

  test('past the cap, new connections are dropped while all waiting ones are fresh', async () => {
    const listener = await start({ maxUnauthenticated: 2 });
    const waiting = [await join(listener), await join(listener)];
    const third = await join(listener);
    expect(await third.rest()).toEqual(Buffer.alloc(0));
    expect(listener.unauthenticated()).toBe(2);
    expect(waiting.map((client) => client.ended)).toEqual([false, false]);
  });

  test('past the cap, the oldest makes room once it has had its time; those signed in do not count', async () => {
    const listener = await start({ maxUnauthenticatedPerAddress: 1 });
    await signedIn(listener);
    const oldest = await join(listener);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await signedIn(listener);
    expect(await oldest.rest()).toEqual(Buffer.alloc(0));
  });
});

describe('negotiation', () => {
  test('without TLS, SSLRequest and GSSENCRequest get N, in either order, and a startup message may follow', async () => {
    const listener = await start();
    for (const [first, second] of [
      [SSL_REQUEST, GSSENC_REQUEST],
      [GSSENC_REQUEST, SSL_REQUEST],
    ] as const) {
      const client = await join(listener);
      client.send(first);
      expect((await client.bytes(1)).toString()).toBe('N');
      client.send(second);
      expect((await client.bytes(1)).toString()).toBe('N');
      client.send(startup({ user: 'a' }));
      expect((await client.message())?.type).toBe('R');
    }
  });

  test('a second SSLRequest is an unknown protocol version, as in PostgreSQL', async () => {
    const client = await join(await start());
    client.send(SSL_REQUEST);
    await client.bytes(1);
    client.send(SSL_REQUEST);
    expect(await client.error()).toBe(
      'FATAL 0A000 unsupported frontend protocol 1234.5679: server supports 3.0 to 3.0',
    );
  });

  test.each([
    ['SSLRequest', SSL_REQUEST],
    ['GSSENCRequest', GSSENC_REQUEST],
  ])('bytes stuffed behind %s are never read: the connection is dropped', async (_name, request) => {
    const listener = await start({ tls: SERVER, tlsMode: 'allow' });
    const client = await join(listener);
    client.send(request, startup({ user: 'mallory' }));
    expect(await client.rest()).toEqual(Buffer.alloc(0));
  });

  test('CancelRequest reaches the callback, before TLS too, and gets no reply', async () => {
    const cancelled: unknown[] = [];
    const listener = await start({
      tls: SERVER,
      tlsMode: 'require',
      onCancel: (pid, secret, address) => {
        cancelled.push([pid, Buffer.from(secret).readInt32BE(), address]);
      },
    });
    const client = await join(listener);
    client.send(cancelRequest(42, -7));
    expect(await client.rest()).toEqual(Buffer.alloc(0));
    expect(cancelled).toEqual([[42, -7, '127.0.0.1']]);
  });
});

describe('TLS', () => {
  async function upgrade(listener: Listener, options: { cert?: string; key?: string; ca?: string } = {}) {
    const client = await join(listener);
    client.send(SSL_REQUEST);
    expect((await client.bytes(1)).toString()).toBe('S');
    const secured = await client.secure({ ca: CA, servername: 'localhost', ...options });
    clients.push(secured);
    return secured;
  }

  test('the conversation goes on inside', async () => {
    let seen: Connection | undefined;
    const listener = await start({
      tls: SERVER,
      tlsMode: 'require',
      onConnection: (connection) => {
        seen = connection;
        return echo(connection);
      },
    });
    const client = await upgrade(listener);
    client.send(startup({ user: 'alice' }), password('x'), query('inside'));
    expect((await client.message())?.type).toBe('R');
    await client.bytes(9 + 6);
    expect(await client.message()).toEqual({ type: 'C', body: cstring('inside') });
    expect(seen?.secure).toBe(true);
    expect(seen?.remoteAddress).toBe('127.0.0.1');
    expect(seen?.clientCertificate).toBeUndefined();
  });

  test('plain text is refused before any password when TLS is required', async () => {
    const client = await join(await start({ tls: SERVER, tlsMode: 'require' }));
    client.send(startup({ user: 'a' }), password('secret'));
    expect(await client.error()).toBe('FATAL 28000 connection requires TLS');
    expect(await client.rest()).toEqual(Buffer.alloc(0));
  });

  test('plain text is served when TLS is allowed, and TLS is not spoken when it is off', async () => {
    await signedIn(await start({ tls: SERVER, tlsMode: 'allow' }));
    const client = await join(await start({ tls: SERVER, tlsMode: 'off' }));
    client.send(SSL_REQUEST);
    expect((await client.bytes(1)).toString()).toBe('N');
  });

  test('SSLRequest and GSSENCRequest inside TLS are unknown protocol versions', async () => {
    const listener = await start({ tls: SERVER, tlsMode: 'allow' });
    for (const [request, minor] of [
      [SSL_REQUEST, 5679],
      [GSSENC_REQUEST, 5680],
    ] as const) {
      const client = await upgrade(listener);
      client.send(request);
      expect(await client.error()).toMatch(`FATAL 0A000 unsupported frontend protocol 1234.${minor}`);
    }
  });

  test('a handshake that is none ends the connection and frees its place', async () => {
    const listener = await start({ tls: SERVER, tlsMode: 'require' });
    const client = await join(listener);
    client.send(SSL_REQUEST);
    await client.bytes(1);
    client.send(startup({ user: 'a' }));
    await client.rest();
    expect(client.ended).toBe(true);
    await expect.poll(() => listener.unauthenticated()).toBe(0);
  });

  test('the login deadline covers the handshake', async () => {
    const listener = await start({ tls: SERVER, tlsMode: 'require', loginTimeoutMs: 100 });
    const client = await join(listener);
    client.send(SSL_REQUEST);
    expect((await client.rest()).toString()).toBe('S');
  });

  test('TLS 1.1 is not spoken', async () => {
    const listener = await start({ tls: SERVER, tlsMode: 'require' });
    const client = await join(listener);
    client.send(SSL_REQUEST);
    await client.bytes(1);
    const old = {
      ca: CA,
      servername: 'localhost',
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'ALL:@SECLEVEL=0',
    };
    await expect(client.secure(old as Parameters<RawClient['secure']>[0])).rejects.toThrow();
  });

  test('with a CA, a client shows a certificate that the CA signed, or is not served', async () => {
    const seen: (string | undefined)[] = [];
    const listener = await start({
      tls: { ...SERVER, ca: CA },
      tlsMode: 'require',
      onConnection: async (connection) => {
        seen.push(connection.clientCertificate?.subject);
        await echo(connection);
      },
    });
    const alice = await upgrade(listener, { cert: fixture('client.crt'), key: fixture('client.key') });
    alice.send(startup({ user: 'alice' }));
    expect((await alice.message())?.type).toBe('R');
    for (const other of [{}, { cert: fixture('stranger.crt'), key: fixture('stranger.key') }]) {
      // With TLS 1.3 the client believes in the connection until the server drops it.
      const stranger = await upgrade(listener, other).catch(() => undefined);
      stranger?.send(startup({ user: 'mallory' }));
      expect((await stranger?.rest())?.length ?? 0).toBe(0);
    }
    expect(seen).toEqual(['CN=alice']);
  });

  test('a new certificate serves new handshakes; old connections go on; a bad one changes nothing', async () => {
    const listener = await start({ tls: SERVER, tlsMode: 'require' });
    const subject = (client: RawClient) =>
      (client.socket as import('node:tls').TLSSocket).getPeerX509Certificate()?.serialNumber;
    const before = await upgrade(listener);
    expect(() => listener.updateTls({ cert: fixture('server2.crt'), key: fixture('server.key') })).toThrow();
    expect(subject(await upgrade(listener))).toBe(subject(before));
    listener.updateTls({ cert: fixture('server2.crt'), key: fixture('server2.key') });
    expect(subject(await upgrade(listener))).not.toBe(subject(before));
    before.send(startup({ user: 'a' }));
    expect((await before.message())?.type).toBe('R');
  });

  test('TLS that is required needs a certificate', async () => {
    await expect(start({ tlsMode: 'require' })).rejects.toThrow('TLS is required but has no certificate');
  });
});

describe('a connection', () => {
  /** Signs in, reads one message and then lets the test act while nobody reads. */
  async function working(): Promise<{ client: RawClient; connection: Connection; done: () => void }> {
    let done = (): void => {};
    const finished = new Promise<void>((resolve) => {
      done = resolve;
    });
    let reach = (_: Connection): void => {};
    const reached = new Promise<Connection>((resolve) => {
      reach = resolve;
    });
    const listener = await start({
      onConnection: async (connection) => {
        await signIn(connection);
        await connection.next();
        reach(connection);
        await finished;
      },
    });
    const client = await signedIn(listener);
    client.send(query('slow'));
    return { client, connection: await reached, done };
  }

  test.each([
    ['closes', (client: RawClient) => client.socket.end()],
    ['resets', (client: RawClient) => client.socket.resetAndDestroy()],
    ['says Terminate', (client: RawClient) => client.send(TERMINATE)],
    ['closes with messages still queued', (client: RawClient) => client.socket.end(query('next'))],
  ])('the signal fires when the client %s while a statement runs', async (_name, leave) => {
    const { client, connection, done } = await working();
    expect(connection.signal.aborted).toBe(false);
    leave(client);
    if (!connection.signal.aborted) await once(connection.signal, 'abort');
    expect(await connection.next()).toBeUndefined();
    done();
  });

  test('the signal fires when a client that does not read closes its side', async () => {
    const { client, connection, done } = await working();
    client.socket.pause();
    void connection.sendRaw(frame('D', Buffer.alloc(32 * 1024 * 1024)));
    await new Promise((resolve) => setTimeout(resolve, 50));
    client.socket.end();
    if (!connection.signal.aborted) await once(connection.signal, 'abort');
    done();
  });

  test('messages pipelined behind a running statement stay queued and in order', async () => {
    const { client, connection, done } = await working();
    client.send(parse('', 'select $1'), bind({ values: [Buffer.from('x')] }), execute());
    client.send(SYNC, TERMINATE);
    const types: unknown[] = [];
    for (let i = 0; i < 5; i++) types.push((await connection.next())?.type);
    expect(types).toEqual(['parse', 'bind', 'execute', 'sync', 'terminate']);
    expect(connection.signal.aborted).toBe(false);
    done();
  });

  test('input is read no further than about 1 MiB ahead, and all of it arrives in the end', async () => {
    const { client, connection, done } = await working();
    const one = query('x'.repeat(1000));
    const count = 40_000;
    const chunk = Buffer.concat(Array.from({ length: 1000 }, () => one));
    for (let i = 0; i < count / 1000; i++) client.socket.write(chunk);
    // The kernel's buffers take a few MiB; the rest must stay with the sender.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(client.socket.writableLength).toBeGreaterThan(20 * 1024 * 1024);
    for (let i = 0; i < count; i++) expect((await connection.next())?.type).toBe('query');
    done();
  });

  test('a message longer than the queue still arrives', async () => {
    const { client, connection, done } = await working();
    client.send(query('x'.repeat(5 * 1024 * 1024)));
    const message = await connection.next();
    expect(message?.type === 'query' && message.sql.length).toBe(5 * 1024 * 1024);
    done();
  });

  test('a body that is wrong leaves the connection usable; lost framing does not', async () => {
    const { client, connection, done } = await working();
    client.send(frame('Q', Buffer.from('no end')), query('good'), frame('z'), query('never'));
    await expect(connection.next()).rejects.toMatchObject({ severity: 'ERROR', code: '08P01', messageType: 'query' });
    expect(await connection.next()).toEqual({ type: 'query', sql: 'good' });
    await expect(connection.next()).rejects.toMatchObject({ severity: 'FATAL', code: '08P01' });
    await expect(connection.next()).rejects.toMatchObject({ severity: 'FATAL', code: '08P01' });
    done();
  });

  test('a sender waits for a reader that does not read, and every byte arrives in order', async () => {
    const { client, connection, done } = await working();
    client.socket.pause();
    const row = (i: number, size: number): Buffer => frame('D', int32(i), Buffer.alloc(size, i));
    const expected: Buffer[] = [];
    let waited = false;
    const sending = (async () => {
      for (let i = 0; i < 2000; i++) {
        const frames = row(i, i % 7 === 0 ? 40_000 : 4_000);
        expected.push(Buffer.from(frames));
        const wait = connection.sendRaw(frames);
        if (wait !== undefined) await wait;
        frames.fill(0); // the driver's buffer is free again
      }
      await connection.flush();
    })();
    await Promise.race([sending, new Promise((resolve) => setTimeout(resolve, 300))]).then(() => {
      waited = expected.length < 2000;
    });
    expect(waited).toBe(true);
    client.socket.resume();
    await sending;
    const all = Buffer.concat(expected);
    expect((await client.bytes(all.length)).equals(all)).toBe(true);
    done();
  });

  test('a sender that waits is let go when the reader goes away', async () => {
    const { client, connection, done } = await working();
    client.socket.pause();
    const frames = frame('D', Buffer.alloc(1024 * 1024));
    const sending = (async () => {
      while (!connection.signal.aborted) await connection.sendRaw(frames);
    })();
    await new Promise((resolve) => setTimeout(resolve, 100));
    client.close();
    await sending;
    await connection.flush();
    done();
  });

  test('the last words arrive although the client has sent more than was read', async () => {
    const listener = await start({
      onConnection: async (connection) => {
        await signIn(connection);
        connection.send({
          type: 'error-response',
          fields: { severity: 'FATAL', code: '57P01', message: 'terminating connection' },
        });
        await connection.close();
      },
    });
    const client = await join(listener);
    client.send(startup({ user: 'a' }), password('x'), ...Array.from({ length: 2000 }, () => query('x'.repeat(1000))));
    expect((await client.rest()).includes('57P01')).toBe(true);
  });

  test('many small messages in one turn do not keep other clients waiting', async () => {
    const { client, connection, done } = await working();
    client.send(...Array.from({ length: 20_000 }, () => SYNC));
    await connection.next();
    let turns = 0;
    const count = (): void => {
      turns++;
      immediate = setImmediate(count);
    };
    let immediate = setImmediate(count);
    for (let i = 1; i < 20_000; i++) await connection.next();
    clearImmediate(immediate);
    expect(turns).toBeGreaterThan(100);
    done();
  });
});

test('stop drops those who have not signed in and lets the others finish', async () => {
  const listener = await start();
  const user = await signedIn(listener);
  const silent = await join(listener);
  const closed = listener.closed();
  expect(await silent.rest()).toEqual(Buffer.alloc(0));
  user.send(query('last'));
  expect((await user.message())?.body).toEqual(cstring('last'));
  user.send(TERMINATE);
  await closed;
});
