/** A server on a free port, tokens for it, and a client that has signed in. */
import { randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import { loadConfig } from '../../src/config.ts';
import type { Engine } from '../../src/session/engine.ts';
import type { Log } from '../../src/session/log.ts';
import { type Server, type ServerOptions, startServer } from '../../src/session/server.ts';
import { password, startup } from '../wire/frames.ts';
import { RawClient } from '../wire/raw-client.ts';

export const SECRET = randomBytes(32).toString('base64url');

/** Everything logged, as one text: for tests of what must not be in it. */
export type LogText = Log & { readonly text: () => string };

export function collectLog(): LogText {
  const lines: string[] = [];
  const add = (fields: object, message: string): void => {
    lines.push(`${message} ${JSON.stringify(fields, (_, value) => (value instanceof Error ? value.stack : value))}`);
  };
  return { debug: add, info: add, warn: add, error: add, text: () => lines.join('\n') };
}

export type TestServer = Server & { readonly log: LogText; readonly url: (token: string, user?: string) => string };

/** @param env variables beside the secret, as an operator sets them */
export async function serve(
  engine: Engine,
  env: Readonly<Record<string, string>> = {},
  options: ServerOptions = {},
): Promise<TestServer> {
  const log = collectLog();
  const config = await loadConfig({ env: { SEMWIRE_JWT_SECRET: SECRET, SEMWIRE_PORT: '0', ...env } });
  const server = await startServer(config, engine, log, options);
  const { port } = server.address;
  return {
    ...server,
    log,
    url: (token, user = 'analyst') => `postgres://${user}:${token}@127.0.0.1:${port}/${config.database}`,
  };
}

export function seconds(): number {
  return Math.floor(Date.now() / 1_000);
}

/** A token of the shared secret that is good for an hour, unless the claims say otherwise. */
export function token(claims: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const payload = { sub: 'alice', iat: seconds(), exp: seconds() + 3_600, ...claims };
  return new SignJWT(payload).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(SECRET));
}

/** A raw client behind its first ReadyForQuery. */
export async function signedIn(
  port: number,
  secret: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<RawClient & { pid: number; key: number }> {
  const client = await RawClient.connect(port);
  client.send(startup({ user: 'analyst', database: 'semwire', ...parameters }), password(secret));
  let pid = 0;
  let key = 0;
  for (;;) {
    const message = await client.message();
    if (message === undefined) throw new Error('the server closed the connection');
    if (message.type === 'E') throw new Error(message.body.toString('utf8').replaceAll('\0', ' '));
    if (message.type === 'K') [pid, key] = [message.body.readInt32BE(0), message.body.readInt32BE(4)];
    if (message.type === 'Z') break;
  }
  return Object.assign(client, { pid, key });
}
