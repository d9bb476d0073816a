/** The SQL server: a listener whose connections sign in and become sessions. */
import { createHooks } from '../access/hooks.ts';
import type { Persona } from '../access/personas.ts';
import type { Config } from '../config.ts';
import { SqlError, SqlState } from '../errors.ts';
import type { Connection } from '../wire/connection.ts';
import { MalformedMessage } from '../wire/decode.ts';
import { listen } from '../wire/listen.ts';
import { Acting, createSwitching, type Switching } from './acting.ts';
import { type Authenticator, createAuthenticator } from './auth.ts';
import type { SessionContext } from './context.ts';
import type { Engine, SessionView } from './engine.ts';
import { errorToWire } from './errors-to-wire.ts';
import { type Log, redact } from './log.ts';
import { LoginThrottle } from './login-throttle.ts';
import { type Doer, doerOf, type Observer, SUCCESS } from './observer.ts';
import { Portals } from './portals.ts';
import { PreparedStatements } from './prepared.ts';
import { RunningStatement } from './running.ts';
import { Session } from './session.ts';
import { sessionObjects } from './session-objects.ts';
import { type SessionInfo, Sessions } from './sessions.ts';
import { type SignedIn, signIn } from './sign-in.ts';
import { StatementRecords } from './statement-record.ts';
import { readTls } from './tls-files.ts';
import { Transaction } from './transaction.ts';

export type Server = {
  readonly address: { readonly host: string; readonly port: number };
  readonly sessions: () => readonly SessionInfo[];
  /** By SQL, who may having been asked. @returns false when there is no such session */
  readonly cancel: (pid: number) => boolean;
  readonly terminate: (pid: number) => boolean;
  /** After a model reload: statements that were prepared before are planned anew at their next Bind. */
  readonly replan: () => void;
  /** Certificates and keys, read again. @throws when they do not work; the old ones stay in use then */
  readonly reload: (config: Config) => Promise<void>;
  /** No new connections; running statements may finish within the time (57P01 for the rest). */
  readonly drain: (withinMs?: number) => Promise<void>;
  /** The same with no time at all. */
  readonly close: () => Promise<void>;
};

export type ServerOptions = {
  /** Told of what happens: the audit log and the metrics. */
  readonly observe?: Observer | undefined;
  /** Those of the model that is served now, for SET ROLE. */
  readonly personas?: (() => readonly Persona[]) | undefined;
};

/**
 * @param engine plans and runs; the server knows no model
 * @throws ConfigError for keys that cannot be used; node's own errors when the address cannot be had
 */
export async function startServer(
  config: Config,
  engine: Engine,
  log: Log,
  options: ServerOptions = {},
): Promise<Server> {
  const { observe = () => {}, personas = () => [] } = options;
  let authenticator = createAuthenticator(config);
  const switchingBy = (settings: Config) => createSwitching(settings, createHooks(settings.hooks), personas, log);
  let switching = switchingBy(config);
  let epoch = 0;
  const sessions = new Sessions(config.limits.connections, config.limits.connectionsPerUser);
  const throttle = new LoginThrottle();
  const tellCancel = (session: Session | undefined, address: string | undefined): boolean => {
    if (session !== undefined) observe({ kind: 'cancel', doer: session.context.doer(), address });
    return session !== undefined;
  };
  const listener = await listen({
    host: config.host,
    port: config.port,
    tls: await readTls(config.tls, config.tls.mode),
    tlsMode: config.tls.mode,
    loginTimeoutMs: config.limits.loginTimeoutMs,
    onConnection: (connection) =>
      welcome(connection, {
        config,
        engine,
        log,
        observe,
        sessions,
        throttle,
        authenticator,
        switching: () => switching,
        planEpoch: () => epoch,
      }),
    onCancel: (pid, secret, address) => {
      tellCancel(sessions.cancel(pid, secret), address);
    },
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
    cancel: (pid) => tellCancel(sessions.cancelByPid(pid), undefined),
    terminate: (pid) => tellCancel(sessions.terminate(pid), undefined),
    replan: () => {
      epoch++;
    },
    reload: async (changed) => {
      const next = createAuthenticator(changed);
      const nextSwitching = switchingBy(changed);
      const tls = await readTls(changed.tls, changed.tls.mode);
      if (tls !== undefined) listener.updateTls(tls);
      authenticator = next;
      switching = nextSwitching;
    },
    drain,
    close: () => drain(0),
  };
}

type Surroundings = {
  readonly config: Config;
  readonly engine: Engine;
  readonly log: Log;
  readonly observe: Observer;
  readonly sessions: Sessions;
  readonly throttle: LoginThrottle;
  readonly authenticator: Authenticator;
  readonly switching: () => Switching;
  readonly planEpoch: () => number;
};

async function welcome(connection: Connection, surroundings: Surroundings): Promise<void> {
  const { config, log, observe, sessions, throttle, authenticator } = surroundings;
  let signedInAs: Doer | undefined;
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
    log.info({ pid: seat.pid, user: redact(signedIn.identity.user), subject: signedIn.identity.subject }, 'signed in');
    signedInAs = session.context.doer();
    observe({ kind: 'sign-in', doer: signedInAs, code: SUCCESS, reason: undefined });
    await session.serve();
  } catch (error) {
    if (!(error instanceof MalformedMessage)) tellRefusal(connection, error, log, observe);
    if (isFailedLogin(error)) await throttle.failed(connection.remoteAddress, connection.signal);
    connection.send(errorToWire(error, undefined, log));
  } finally {
    seat?.leave();
    if (signedInAs !== undefined) observe({ kind: 'sign-out', doer: signedInAs });
  }
}

function isFailedLogin(error: unknown): boolean {
  return error instanceof SqlError && error.code === SqlState.invalidPassword;
}

function tellRefusal(connection: Connection, error: unknown, log: Log, observe: Observer): void {
  // A hook's own words may quote the token, and some clients' users paste theirs into the user name (D22, D23).
  const reason = error instanceof SqlError && error.cause instanceof Error ? redact(error.cause.message) : undefined;
  const code = error instanceof SqlError ? error.code : SqlState.internalError;
  const user = redact(connection.startup.parameters.get('user') ?? '');
  log.warn({ user, from: connection.remoteAddress, code, reason }, 'refused');
  const doer = { pid: undefined, address: connection.remoteAddress, user, persona: undefined };
  observe({ kind: 'sign-in', doer: { ...doer, subject: undefined, issuer: undefined }, code, reason });
}

function openSession(
  connection: Connection,
  { identity, settings }: SignedIn,
  pid: number,
  { config, engine, log, observe, planEpoch, switching }: Surroundings,
): Session {
  const running = new RunningStatement(() => connection.destroy());
  const acting = new Acting(identity, settings, switching);
  const doer = () => doerOf(acting.current, pid, connection.remoteAddress);
  let view: SessionView | undefined;
  const context: SessionContext = {
    connection,
    engine,
    acting,
    pid,
    settings,
    transaction: new Transaction(settings),
    statements: new PreparedStatements(),
    portals: new Portals(() => acting.current),
    running,
    sink: {
      write: (frames) => {
        const blocked = connection.sendRaw(frames);
        return blocked && running.guard(blocked);
      },
    },
    log,
    records: new StatementRecords(observe, doer),
    observe,
    doer,
    limits: { statementTimeoutMs: config.limits.statementTimeoutMs, rows: config.limits.rows },
    planEpoch,
    view: () => {
      const { values } = settings;
      const { current } = acting;
      if (view?.settings !== values || view.identity !== current) {
        view = {
          identity: current,
          pid,
          applicationName: values.get('application_name') ?? '',
          clientAddress: connection.remoteAddress,
          clientPort: connection.remotePort,
          serverAddress: connection.localAddress,
          serverPort: connection.localPort,
          settings: values,
          objects: () => sessionObjects(context),
        };
      }
      return view;
    },
  };
  return new Session(context, config.limits.idleTimeoutMs);
}
