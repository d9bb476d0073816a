/**
 * The startup packet's parameters (src/backend/tcop/backend_startup.c, ProcessStartupPacket; postinit.c).
 */
import { SqlError, SqlState } from '../errors.ts';
import type { StartupPacket } from '../wire/connection.ts';

export type StartupRequest = {
  readonly user: string;
  /** undefined: the client named none, and there is only one. */
  readonly database: string | undefined;
  /** Settings in the order in which they apply: those of `options`, then those sent by name. */
  readonly settings: readonly (readonly [name: string, value: string])[];
  /** Protocol extensions asked for, none of which is known. */
  readonly unsupported: readonly string[];
};

/** @throws SqlError FATAL 28000 without a user, 0A000 for replication, 42601 for options that are no settings */
export function readStartup(packet: StartupPacket): StartupRequest {
  const user = packet.parameters.get('user') ?? '';
  if (user === '') throw fatal(SqlState.invalidAuthorization, 'no PostgreSQL user name specified in startup packet');
  let database: string | undefined;
  let options: readonly (readonly [string, string])[] = [];
  const named: (readonly [string, string])[] = [];
  const unsupported: string[] = [];
  for (const [name, value] of packet.parameters) {
    if (name === 'user') continue;
    if (name === 'database') database = value;
    else if (name === 'options') options = splitOptions(value);
    else if (name === 'replication') refuseReplication(value);
    else if (name.startsWith('_pq_.')) unsupported.push(name);
    else named.push([name, value]);
  }
  return { user, database, settings: [...options, ...named], unsupported };
}

function refuseReplication(value: string): void {
  if (/^(off|false|no|0|f|n)$/i.test(value)) return;
  throw fatal(SqlState.featureNotSupported, 'replication connections are not supported');
}

/** `-c name=value -cname=value --name=value`; a backslash keeps the character behind it (pg_split_opts). */
export function splitOptions(text: string): readonly (readonly [string, string])[] {
  const words = [...text.matchAll(/(?:\\[\s\S]|[^\s\\])+/g)].map(([word]) => word.replace(/\\([\s\S])/g, '$1'));
  const settings: (readonly [string, string])[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const assignment =
      word === '-c' ? words[++at] : word.startsWith('-c') || word.startsWith('--') ? word.slice(2) : '';
    const equals = assignment?.indexOf('=') ?? -1;
    if (assignment === undefined || equals < 1) {
      throw fatal(SqlState.syntaxError, `invalid command-line argument for server process: ${word}`);
    }
    // On a command line dashes stand for underscores.
    settings.push([assignment.slice(0, equals).replaceAll('-', '_'), assignment.slice(equals + 1)]);
  }
  return settings;
}

/** The message as it stands, but it ends the connection. */
export function fatal(code: SqlState, message: string, hint?: string): SqlError {
  return new SqlError(code, message, { severity: 'FATAL', hint });
}
