/**
 * Makes an instance answer as one session: its user, database, address, settings.
 */
import { isIP } from 'node:net';
import { plainAddress } from '../config-addresses.ts';
import type { CatalogSession } from './catalog.ts';
import { isReplayedSetting } from './settings.ts';
import { quoteIdentifier, quoteLiteral } from './stubs.ts';
import { BOOTSTRAP_OID, CLIENT_ROLE, OWNER_ROLE, SET_CONFIG } from './system.ts';
import { ABOUT_FACT, FACT_PREFIX } from './system-facts.ts';
import { SETTINGS_FACT } from './system-settings.ts';

/** What an instance currently answers with. */
export type Facts = {
  /** current_user */
  readonly user: string;
  /** undefined: the same. */
  readonly sessionUser: string | undefined;
  readonly database: string;
  /** Settings and session facts by name, as they were set. */
  readonly settings: ReadonlyMap<string, string>;
};

/**
 * Names for the role of who signed in, while the client's role goes by the name of whom is acted as: until it has its own,
 * since PostgreSQL neither makes nor drops a "public" or a "none", it has the first that nobody uses.
 */
const SESSION_ROLES = ['semwire_session', 'semwire_session_1', 'semwire_session_2'] as const;

/** A freshly loaded instance. */
export const INITIAL_FACTS: Facts = {
  user: CLIENT_ROLE,
  sessionUser: undefined,
  database: 'postgres',
  settings: new Map(),
};

/** Settings of a session never change: another value comes in another map. */
const told = new WeakMap<ReadonlyMap<string, string>, ReadonlyMap<string, string>>();

/** Those that an instance takes over, and what it is to say of the others. */
function toldSettings(settings: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const known = told.get(settings);
  if (known !== undefined) return known;
  const others = [...settings].filter(([name]) => !isReplayedSetting(name) || name.startsWith('semwire.'));
  const made = new Map([...settings].filter(([name]) => isReplayedSetting(name)));
  made.set(SETTINGS_FACT, JSON.stringify(Object.fromEntries(others)));
  told.set(settings, made);
  return made;
}

/** The part of a session that an instance is told; names are cut at 63 bytes, as PostgreSQL does at sign-in. */
export function factsOf(session: CatalogSession): Facts {
  const settings = new Map(toldSettings(session.settings));
  settings.set('application_name', session.applicationName);
  settings.set(`${FACT_PREFIX}.pid`, String(Math.trunc(session.pid)));
  settings.set(`${FACT_PREFIX}.client_address`, addressOf(session.clientAddress));
  settings.set(`${FACT_PREFIX}.client_port`, String(session.clientPort ?? ''));
  settings.set(`${FACT_PREFIX}.server_address`, addressOf(session.serverAddress));
  settings.set(`${FACT_PREFIX}.server_port`, String(session.serverPort ?? ''));
  settings.set(ABOUT_FACT, session.about);
  const user = cutName(session.user);
  const sessionUser = cutName(session.sessionUser ?? session.user);
  return {
    user,
    sessionUser: sessionUser === user ? undefined : sessionUser,
    database: cutName(session.database),
    settings,
  };
}

const keys = new WeakMap<ReadonlyMap<string, string>, string>();

/** Everything of a session that a stable answer depends on: not its process id, address, application name. */
export function stableKey({ user, sessionUser = user, database, settings }: CatalogSession): string {
  const named = keys.get(settings) ?? settingsKey(settings);
  keys.set(settings, named);
  return JSON.stringify([user, sessionUser, database, named]);
}

function settingsKey(settings: ReadonlyMap<string, string>): string {
  const named = [...toldSettings(settings)].filter(
    ([name]) => name !== 'application_name' && !name.startsWith('semwire'),
  );
  return JSON.stringify(named.sort());
}

/**
 * One Query message's text that moves an instance from one session's facts to another's, or undefined when nothing
 * differs. It is a transaction: an invalid value of a setting leaves everything as it was.
 */
export function switchStatements(from: Facts, to: Facts): string | undefined {
  const steps: string[] = [];
  const sessionRole = SESSION_ROLES.find((name) => name !== from.user && name !== to.user);
  if (from.sessionUser !== undefined && from.sessionUser !== to.sessionUser) {
    steps.push(
      `UPDATE pg_catalog.pg_authid SET rolname = '${sessionRole}' WHERE rolname = ${quoteLiteral(from.sessionUser)}`,
      `DROP ROLE ${sessionRole}`,
    );
  }
  // The client's role and the database keep their OIDs and change their names, so \du and \l show one of each.
  if (from.user !== to.user) {
    steps.push(
      `UPDATE pg_catalog.pg_authid SET rolname = ${quoteLiteral(to.user)}
       WHERE oid <> ${BOOTSTRAP_OID} AND rolname = ${quoteLiteral(from.user)}`,
    );
  }
  if (to.sessionUser !== undefined && from.sessionUser !== to.sessionUser) {
    steps.push(
      `CREATE ROLE ${sessionRole} LOGIN`,
      `GRANT ${quoteIdentifier(to.user)} TO ${sessionRole}`,
      `UPDATE pg_catalog.pg_authid SET rolname = ${quoteLiteral(to.sessionUser)} WHERE rolname = '${sessionRole}'`,
    );
  }
  if (from.database !== to.database) {
    steps.push(`UPDATE pg_catalog.pg_database SET datname = ${quoteLiteral(to.database)}`);
  }
  const changes = changedSettings(from.settings, to.settings);
  if (changes.length > 0) {
    const calls = changes.map(([name, value]) => `${SET_CONFIG}(${quoteLiteral(name)}, ${value}, false)`);
    steps.push(`SELECT ${calls.join(', ')}`);
  }
  if (steps.length === 0) return undefined;
  return [
    'BEGIN READ WRITE',
    `SET SESSION AUTHORIZATION ${OWNER_ROLE}`,
    ...steps,
    ...becomeStatements(to),
    'COMMIT',
  ].join(';\n');
}

/** From whatever role to the client's. */
export function becomeStatements({ user, sessionUser }: Facts): readonly string[] {
  if (sessionUser === undefined) return [`SET SESSION AUTHORIZATION ${quoteIdentifier(user)}`];
  return [`SET SESSION AUTHORIZATION ${quoteIdentifier(sessionUser)}`, `SET ROLE ${quoteIdentifier(user)}`];
}

/** Names with SQL values; NULL is the default. */
function changedSettings(
  from: ReadonlyMap<string, string>,
  to: ReadonlyMap<string, string>,
): readonly (readonly [name: string, value: string])[] {
  const names = new Set([...from.keys(), ...to.keys()]);
  return [...names].sort().flatMap((name) => {
    const value = to.get(name);
    if (value === from.get(name)) return [];
    return [[name, value === undefined ? 'NULL' : quoteLiteral(value)] as const];
  });
}

/** A plain IPv4 or IPv6 address; '' for a Unix socket. A mapped ::ffff:192.0.2.1 is the IPv4 address, as libpq shows it. */
function addressOf(address: string | undefined): string {
  const plain = plainAddress(address ?? '');
  return isIP(plain) === 0 ? '' : plain;
}

function cutName(name: string): string {
  const bytes = Buffer.from(name.replaceAll('\0', ''));
  if (bytes.length <= 63) return bytes.toString();
  let end = 63;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
