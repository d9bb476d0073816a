/** The SQL server: a listener whose connections sign in and become sessions. */
import { readFile } from 'node:fs/promises';
import type { Config } from '../config.ts';
import { SqlError } from '../errors.ts';
import type { Connection } from '../wire/connection.ts';
import { MalformedMessage } from '../wire/decode.ts';
import { listen } from '../wire/listen.ts';
import type { TlsMaterial } from '../wire/tls.ts';
import { type Authenticator, createAuthenticator } from './auth.ts';
import type { SessionContext } from './context.ts';
import type { Engine, SessionView } from './engine.ts';
import { errorToWire } from './errors-to-wire.ts';
import type { Log } from './log.ts';
import { Portals } from './portals.ts';
import { PreparedStatements } from './prepared.ts';
import { RunningStatement } from './running.ts';
import { Session } from './session.ts';
import { type SessionInfo, Sessions } from './sessions.ts';
import { type SignedIn, signIn } from './sign-in.ts';
import { Transaction } from './transaction.ts';

export type Server = {
  readonly address: { readonly host: string; readonly port: number };
  readonly sessions: () => readonly SessionInfo[];
  /** For an admin. @returns false when there is no such session */
  readonly cancel: (pid: number) => boolean;
  /** After a model reload: statements that were prepared before are planned anew at their next Bind. */
  readonly replan: () => void;
  /** Certificates and keys, read again. @throws when they do not work; the old ones stay in use then */
  readonly reload: (config: Config) => Promise<void>;
  /** No new connections; running statements may finish within the time (57P01 for the rest). */
  readonly drain: (withinMs?: number) => Promise<void>;
  /** The same with no time at all. */
  readonly close: () => Promise<void>;
};

/**
 * @param engine plans and runs; the server knows no model
 * @throws ConfigError for keys that cannot be used; node's own errors when the address cannot be had
 */
export async function startServer(config: Config, engine: Engine, log: Log): Promise<Server> {
  let authenticator = createAuthenticator(config);
  let epoch = 0;
  const sessions = new Sessions(config.limits.connections, config.limits.connectionsPerUser);
  const listener = await listen({
    host: config.host,
    port: config.port,
    tls: await readTls(config),
    tlsMode: config.tls.mode,
    loginTimeoutMs: config.limits.loginTimeoutMs,
    onConnection: (connection) =>
      welcome(connection, { config, engine, log, sessions, authenticator, planEpoch: () => epoch }),
    onCancel: (pid, secret) => sessions.cancel(pid, secret),
    onError: (error) => log.error({ err: error }, 'a connection failed'),
  });
  const drain = async (withinMs = config.limits.drainMs): Promise<void> => {
    listener.stop();
    await sessions.drain(withinMs);
    await listener.closed();
  };
  return {
    address: { host: listener.host, port: listener.port },
    sessions: () => sessions.list(),
    cancel: (pid) => sessions.cancelByAdmin(pid),
    replan: () => {
      epoch++;
    },
    reload: async (changed) => {
      const next = createAuthenticator(changed);
      const tls = await readTls(changed);
      if (tls !== undefined) listener.updateTls(tls);
      authenticator = next;
    },
    drain,
    close: () => drain(0),
  };
}

async function readTls({ tls }: Config): Promise<TlsMaterial | undefined> {
  if (tls.mode === 'off' || tls.cert === undefined || tls.key === undefined) return undefined;
  const [cert, key, ca] = await Promise.all([
    readFile(tls.cert),
    readFile(tls.key),
    tls.ca === undefined ? undefined : readFile(tls.ca),
  ]);
  return { cert, key, ca };
}

type Surroundings = {
  readonly config: Config;
  readonly engine: Engine;
  readonly log: Log;
  readonly sessions: Sessions;
  readonly authenticator: Authenticator;
  readonly planEpoch: () => number;
};

async function welcome(connection: Connection, surroundings: Surroundings): Promise<void> {
  const { config, log, sessions, authenticator } = surroundings;
  let seat: ReturnType<Sessions['enter']> | undefined;
  try {
    const signedIn = await signIn(connection, config, authenticator);
    if (signedIn === undefined) return;
    seat = sessions.enter(signedIn.identity);
    const session = openSession(connection, signedIn, seat.pid, surroundings);
    seat.take(session);
    connection.send({ type: 'authentication-ok' });
    for (const [name, value] of signedIn.settings.takeChanges()) {
      connection.send({ type: 'parameter-status', name, value });
    }
    connection.send({ type: 'backend-key-data', pid: seat.pid, secret: seat.secret.readInt32BE() });
    log.info({ pid: seat.pid, user: signedIn.identity.user, subject: signedIn.identity.subject }, 'signed in');
    await session.serve();
  } catch (error) {
    refuse(connection, error, log);
  } finally {
    seat?.leave();
  }
}

function refuse(connection: Connection, error: unknown, log: Log): void {
  if (!(error instanceof MalformedMessage)) {
    const reason = error instanceof SqlError && error.cause instanceof Error ? error.cause.message : undefined;
    const code = error instanceof SqlError ? error.code : undefined;
    log.warn(
      { user: connection.startup.parameters.get('user'), from: connection.remoteAddress, code, reason },
      'refused',
    );
  }
  connection.send(errorToWire(error, undefined, log));
}

function openSession(
  connection: Connection,
  { identity, settings }: SignedIn,
  pid: number,
  { config, engine, log, planEpoch }: Surroundings,
): Session {
  const running = new RunningStatement(() => connection.destroy());
  let view: SessionView | undefined;
  const context: SessionContext = {
    connection,
    engine,
    identity,
    pid,
    settings,
    transaction: new Transaction(settings),
    statements: new PreparedStatements(),
    portals: new Portals(),
    running,
    sink: {
      write: (frames) => {
        const blocked = connection.sendRaw(frames);
        return blocked && running.guard(blocked);
      },
    },
    log,
    limits: { statementTimeoutMs: config.limits.statementTimeoutMs, rows: config.limits.rows },
    planEpoch,
    view: () => {
      const { values } = settings;
      if (view?.settings !== values) {
        view = {
          identity,
          pid,
          applicationName: values.get('application_name') ?? '',
          clientAddress: connection.remoteAddress,
          settings: values,
        };
      }
      return view;
    },
  };
  return new Session(context, config.limits.idleTimeoutMs);
}
