/**
 * The connections that have not signed in: how many, from where, and for how long (security cases E02, E37).
 */
import type { Socket } from 'node:net';
import { SqlError, SqlState } from '../errors.ts';
import { errorResponse } from './encode.ts';
import type { SocketConnection } from './socket-connection.ts';

/** A connection younger than this is not dropped for a newer one: an honest client is through in less. */
const PROTECTED_MS = 1000;

type Place = {
  /** Signed in: the deadline is off and the place is free. */
  readonly leave: () => void;
  /** From now on there is somebody to tell that the deadline has passed. */
  readonly startupArrived: (connection: SocketConnection) => void;
};

type Entry = { readonly socket: Socket; readonly address: string; readonly since: number };

/**
 * When it is full, the oldest waiting connection makes room for the new one, so that a flood of silent connections
 * cannot lock users out; while all of them are fresh it is the new one that is dropped.
 */
export class LoginQueue {
  readonly #max: number;
  readonly #maxPerAddress: number;
  /** In order of arrival, in all and by address. */
  readonly #entries = new Set<Entry>();
  readonly #byAddress = new Map<string, Set<Entry>>();

  constructor(max: number, maxPerAddress: number) {
    this.#max = max;
    this.#maxPerAddress = maxPerAddress;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** @returns undefined when the socket was dropped instead */
  enter(socket: Socket, timeoutMs: number): Place | undefined {
    socket.on('error', () => socket.destroy());
    const address = socket.remoteAddress;
    if (address === undefined || !this.#makeRoom(address)) {
      socket.destroy();
      return undefined;
    }
    const entry: Entry = { socket, address, since: Date.now() };
    let connection: SocketConnection | undefined;
    const timer = setTimeout(() => {
      if (connection === undefined) socket.destroy();
      else expire(connection);
    }, timeoutMs);
    const leave = (): void => {
      clearTimeout(timer);
      this.#remove(entry);
      socket.off('close', leave);
    };
    socket.on('close', leave);
    this.#add(entry);
    return {
      leave,
      startupArrived: (arrived) => {
        connection = arrived;
      },
    };
  }

  dropAll(): void {
    for (const entry of this.#entries) entry.socket.destroy();
  }

  #makeRoom(address: string): boolean {
    const fromAddress = this.#byAddress.get(address);
    if (fromAddress !== undefined && fromAddress.size >= this.#maxPerAddress) return this.#dropOldest(fromAddress);
    if (this.#entries.size >= this.#max) return this.#dropOldest(this.#entries);
    return true;
  }

  #dropOldest(entries: ReadonlySet<Entry>): boolean {
    const [oldest] = entries;
    if (oldest === undefined || Date.now() - oldest.since < PROTECTED_MS) return false;
    oldest.socket.destroy();
    this.#remove(oldest);
    return true;
  }

  #add(entry: Entry): void {
    this.#entries.add(entry);
    const fromAddress = this.#byAddress.get(entry.address);
    if (fromAddress === undefined) this.#byAddress.set(entry.address, new Set([entry]));
    else fromAddress.add(entry);
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry);
    const fromAddress = this.#byAddress.get(entry.address);
    if (fromAddress === undefined) return;
    fromAddress.delete(entry);
    if (fromAddress.size === 0) this.#byAddress.delete(entry.address);
  }
}

function expire(connection: SocketConnection): void {
  connection.send(
    errorResponse(
      new SqlError(SqlState.queryCanceled, 'canceling authentication due to timeout', { severity: 'FATAL' }),
    ),
  );
  void connection.close();
}
