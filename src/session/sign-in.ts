/** From the startup packet to the first ReadyForQuery (protocol, "Start-up"). */
import type { Identity } from '../access/context.ts';
import type { Config } from '../config.ts';
import { SqlError, SqlState } from '../errors.ts';
import type { Connection } from '../wire/connection.ts';
import type { Authenticator, SignInRequest } from './auth.ts';
import { isReservedRole } from './reserved-role.ts';
import { asciiName } from './setting-kinds.ts';
import { Settings } from './settings.ts';
import { fatal, readStartup, type StartupRequest } from './startup-options.ts';

export type SignedIn = { readonly identity: Identity; readonly settings: Settings };

/**
 * Asks for the password and checks it, then the database and the settings, in PostgreSQL's order: who is not let in
 * learns nothing about the rest. Nothing is answered yet but what sign-in needs.
 * @throws SqlError, always FATAL; undefined when the client left
 */
export async function signIn(
  connection: Connection,
  config: Config,
  authenticator: Authenticator,
): Promise<SignedIn | undefined> {
  const request = readStartup(connection.startup);
  // The listener has refused these before; who changes that must not open this door.
  if (config.tls.mode === 'require' && !connection.secure) {
    throw fatal(SqlState.invalidAuthorization, 'connection requires TLS');
  }
  if (connection.startup.minor > 0 || request.unsupported.length > 0) {
    connection.send({ type: 'negotiate-protocol-version', minor: 0, unsupported: request.unsupported });
  }
  const password = authenticator.asksPassword ? await askPassword(connection) : '';
  if (password === undefined) return undefined;
  const facts = factsOf(connection, request, config);
  const identity = await authenticator.authenticate(request.user, password, facts);
  if (isReservedRole(identity.user)) throw reservedRole(identity.user);
  checkDatabase(request, config);
  return { identity, settings: startingSettings(connection, request, config) };
}

async function askPassword(connection: Connection): Promise<string | undefined> {
  connection.send({ type: 'authentication-cleartext-password' });
  await connection.flush();
  const message = await connection.next();
  return message?.type === 'password' ? message.password : undefined;
}

function factsOf(connection: Connection, request: StartupRequest, config: Config): SignInRequest {
  const said = (name: string) => request.settings.findLast(([known]) => known.toLowerCase() === name)?.[1];
  return {
    user: request.user,
    database: request.database,
    address: connection.remoteAddress,
    secure: connection.secure,
    certified: connection.clientCertificate !== undefined,
    applicationName: said('application_name'),
    parameter: said(config.authParameter),
  };
}

/** In mode `parameter` the identity comes as a setting that is none. */
function isIdentity(name: string, { auth, authParameter }: Config): boolean {
  return auth === 'parameter' && name.toLowerCase() === authParameter;
}

/** As CREATE ROLE words it. */
function reservedRole(user: string): SqlError {
  return new SqlError(SqlState.invalidAuthorization, `role name "${user}" is reserved`, {
    severity: 'FATAL',
    detail: 'Role names starting with "pg_" are reserved.',
    hint: 'Connect with another user name.',
  });
}

/** The same words for every other name (case E12). */
function checkDatabase({ database }: StartupRequest, config: Config): void {
  if (database === undefined || database === config.database) return;
  throw fatal(
    SqlState.invalidCatalogName,
    `database "${database}" does not exist`,
    `The database is called "${config.database}".`,
  );
}

function startingSettings(connection: Connection, request: StartupRequest, config: Config): Settings {
  const settings = new Settings(
    new Map([
      ['session_authorization', request.user],
      ['ssl', config.tls.cert === undefined || config.tls.mode === 'off' ? 'off' : 'on'],
      ['listen_addresses', config.host],
      ['port', String(connection.localPort ?? config.port)],
      ['max_connections', String(config.limits.connections)],
      ['application_name', asciiName('', 'application_name')],
    ]),
  );
  if (config.limits.statementTimeoutMs > 0) {
    settings.set('statement_timeout', String(config.limits.statementTimeoutMs), false);
  }
  for (const [name, value] of request.settings) {
    if (isIdentity(name, config)) continue;
    try {
      settings.set(name, value, false);
    } catch (error) {
      throw error instanceof SqlError
        ? new SqlError(error.code, error.message, { ...error, severity: 'FATAL' })
        : error;
    }
  }
  settings.started();
  return settings;
}
