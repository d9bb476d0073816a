/**
 * `semwire query`: a client of a running server, for machines without psql.
 * The second place that imports pg (the first is warehouse/postgres/connect.ts): a client is all that is needed here.
 */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { TLSSocket } from 'node:tls';
import pg from 'pg';
import type { Config } from '../config.ts';
import { typeByOid, typeCategory } from '../sql/types.ts';
import { BEARER_OPTIONS, bearerOf } from './bearer.ts';
import { CommandFailed, complain, print } from './command.ts';
import { printable } from './display-width.ts';
import { mintToken, userOfToken } from './mint.ts';
import { configFrom, type Parsed, parseOptions } from './options.ts';
import { errorText } from './psql-error.ts';
import { tableLines } from './table.ts';

export async function runQuery(args: readonly string[]): Promise<number> {
  const parsed = parseOptions(args, [...BEARER_OPTIONS, 'token', 'user'], ['SQL']);
  const sql = parsed.words[0] ?? '';
  const config = await configFrom(parsed, parsed.own.token === undefined ? 'read' : 'any');
  const token = await tokenOf(parsed, config);
  const client = await connect(config, token, parsed.own.user ?? userOfToken(token, config));
  try {
    return await ask(client, sql);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Long enough for the question; nobody sees this token. */
const TTL = '5min';

async function tokenOf(parsed: Parsed, config: Config): Promise<string> {
  const { token, context, persona, user } = parsed.own;
  if (token === undefined && config.auth !== 'jwt') {
    if (context === undefined && persona === undefined) return '';
    throw new CommandFailed(`SEMWIRE_AUTH=${config.auth} takes no token; give --user, or --token for the password`, 2);
  }
  if (token === undefined) {
    const bearer = (await bearerOf(parsed, config)) ?? { context: {}, subject: undefined };
    return mintToken(bearer, config, TTL, user);
  }
  if (context !== undefined || persona !== undefined) {
    throw new CommandFailed('give --token, or --context, or --persona', 2);
  }
  return token;
}

/** @throws CommandFailed when no server answers or the server refuses the token */
async function connect(config: Config, token: string, user: string): Promise<pg.Client> {
  const certificate = await certificateOf(config);
  const client = new pg.Client({
    host: connectHost(config.host),
    port: config.port,
    database: config.database,
    user,
    // Asked for once the connection is encrypted.
    password: () => {
      if (certificate !== undefined) checkPeer(client, certificate);
      return token;
    },
    ssl: certificate === undefined ? false : { rejectUnauthorized: false },
    application_name: 'semwire query',
    ...(config.auth === 'parameter' && { options: `-c ${config.authParameter}=${user.replace(/[\\\s]/g, '\\$&')}` }),
    // Text as the server wrote it.
    types: { getTypeParser: () => (value: unknown) => value },
  });
  client.on('error', () => {});
  client.on('notice', ({ severity, message }) => complain(`${severity}:  ${message}`));
  try {
    await client.connect();
    return client;
  } catch (error) {
    if (error instanceof pg.DatabaseError) {
      throw new CommandFailed(`the server refused the connection: ${printable(error.message)} (${error.code})`);
    }
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new CommandFailed(`no server answers on ${config.host}:${config.port} (${reason}); start one: semwire serve`);
  }
}

/** An address that one can connect to. */
export function connectHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

/** The certificate that this configuration gives the server; undefined where it speaks plain text. */
async function certificateOf({ tls }: Config): Promise<X509Certificate | undefined> {
  if (tls.mode === 'off' || tls.cert === undefined) return undefined;
  return new X509Certificate(await readFile(tls.cert));
}

/** It must be that very one: the names in it are those that others know the server by. @throws Error */
function checkPeer(client: pg.Client, expected: X509Certificate): void {
  // pg shows its socket to nobody; warehouse/postgres/connect.ts reaches it the same way, so its version is pinned.
  const { stream } = (client as unknown as { readonly connection: { readonly stream: unknown } }).connection;
  const peer = stream instanceof TLSSocket ? stream.getPeerX509Certificate() : undefined;
  if (peer?.fingerprint256 !== expected.fingerprint256) {
    throw new Error('its certificate is not the one of SEMWIRE_TLS_CERT');
  }
}

async function ask(client: pg.Client, sql: string): Promise<number> {
  try {
    // Several statements give several results, whatever the type says.
    const results: unknown = await client.query({ text: sql, rowMode: 'array' });
    for (const result of Array.isArray(results) ? results : [results]) show(result);
    return 0;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw new CommandFailed(`the connection was lost (${String(error)})`);
    const { severity = 'ERROR', code = 'XX000', message, detail, hint, position } = error;
    const at = position === undefined ? undefined : Number(position);
    complain(printable(errorText({ severity, code, message, detail, hint, position: at }, sql)));
    return 1;
  }
}

function show({ fields, rows, command, rowCount }: pg.QueryArrayResult<(string | null)[]>): void {
  if (fields.length === 0 && command !== 'SELECT') {
    if (command) print([command, ...(rowCount === null ? [] : [rowCount])].join(' '));
    return;
  }
  const columns = fields.map(({ name, dataTypeID }) => ({ name, alignment: alignmentOf(dataTypeID) }));
  print(`${tableLines(columns, rows).join('\n')}\n`);
}

function alignmentOf(oid: number): 'left' | 'right' {
  const type = typeByOid(oid);
  return type !== undefined && typeCategory(type) === 'N' ? 'right' : 'left';
}
