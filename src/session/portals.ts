/** Portals, by name: those of Bind and those of DECLARE CURSOR share one namespace, as in PostgreSQL. */
import type { Identity } from '../access/context.ts';
import { SqlError, SqlState } from '../errors.ts';
import type { Format } from '../wire/messages.ts';
import type { Movement } from './cursor-movement.ts';
import type { Cursor, ParameterValue, ResultColumn } from './engine.ts';
import type { PlannedStatement } from './prepared.ts';
import type { OpenedRecord } from './statement-record.ts';

/**
 * `new`: not executed. `open`: its rows are being read. `done`: no more of them.
 * `spent`: a statement without rows that has been run.
 */
export type PortalState = 'new' | 'open' | 'done' | 'spent';

export class Portal {
  readonly name: string;
  readonly planned: PlannedStatement;
  readonly binds: readonly ParameterValue[];
  readonly kind: 'bound' | 'declared';
  /** undefined until the first FETCH of a cursor says in which formats it wants its rows. */
  formats: readonly Format[] | undefined;
  state: PortalState = 'new';
  cursor: Cursor | undefined;
  /** CommandComplete's text for the rows of one Execute. */
  tag: (rows: number) => string = (rows) => `SELECT ${rows}`;
  /** Stops the statement behind the cursor, whichever Execute or FETCH it is that runs. */
  abort: AbortController | undefined;
  /** Of the query behind the cursor. */
  record: OpenedRecord | undefined;
  /** For whom it was made; nobody else ever reads it. */
  owner: Identity | undefined;
  /** WITH HOLD: outlives its transaction once that has committed. */
  hold = false;
  held = false;
  scroll = false;
  /** Declared so. */
  binary = false;
  readonly at = new Date();
  /** Of a declared cursor, from its first FETCH. */
  movement: Movement | undefined;
  /** The savepoint that it was made in. */
  level: number;

  constructor(options: {
    readonly name: string;
    readonly planned: PlannedStatement;
    readonly binds: readonly ParameterValue[];
    readonly kind: 'bound' | 'declared';
    readonly formats: readonly Format[] | undefined;
    readonly level: number;
  }) {
    this.name = options.name;
    this.planned = options.planned;
    this.binds = options.binds;
    this.kind = options.kind;
    this.formats = options.formats;
    this.level = options.level;
  }

  get columns(): readonly ResultColumn[] | undefined {
    return this.planned.columns;
  }

  /** Gives up what it holds of the warehouse. */
  async release(): Promise<void> {
    const { cursor } = this;
    this.cursor = undefined;
    await cursor?.close();
  }
}

/** Security case E30. */
const MAX_PORTALS = 10_000;

export class Portals {
  readonly #owner: () => Identity;
  readonly #byName = new Map<string, Portal>();

  /** @param owner whom the session acts as now */
  constructor(owner: () => Identity) {
    this.#owner = owner;
  }

  /**
   * The unnamed portal is replaced; DECLARE's may not be, and neither may a named one.
   * @throws SqlError 42P03 for a name that is taken, 53400
   */
  async add(portal: Portal): Promise<void> {
    const { name } = portal;
    portal.owner = this.#owner();
    if (name === '' && portal.kind === 'bound') {
      await this.close('');
    } else {
      if (this.#byName.has(name)) throw new SqlError(SqlState.duplicateCursor, `cursor "${name}" already exists`);
      if (this.#byName.size >= MAX_PORTALS) {
        throw new SqlError(SqlState.configurationLimitExceeded, 'too many portals');
      }
    }
    this.#byName.set(name, portal);
  }

  /** @throws SqlError 34000 */
  get(name: string, called: 'portal' | 'cursor' = 'portal'): Portal {
    const found = this.find(name);
    if (found !== undefined) return found;
    throw new SqlError(SqlState.invalidCursorName, `${called} "${name}" does not exist`);
  }

  find(name: string): Portal | undefined {
    const found = this.#byName.get(name);
    return found?.owner === this.#owner() ? found : undefined;
  }

  /** Those of whom the session acts as now, but the unnamed one. */
  named(): readonly Portal[] {
    return [...this.#byName.values()].filter(({ name, owner }) => name !== '' && owner === this.#owner());
  }

  async close(name: string): Promise<void> {
    const portal = this.#byName.get(name);
    if (portal === undefined) return;
    this.#byName.delete(name);
    await portal.release();
  }

  async closeAll(): Promise<void> {
    await this.#closeWhere(() => true);
  }

  /** What a transaction made ends with it, but for cursors WITH HOLD of a committed one; so does what another made. */
  async endTransaction(committed: boolean): Promise<void> {
    if (this.#byName.size === 0) return;
    if (committed) {
      for (const portal of this.#byName.values()) {
        if (portal.hold) portal.held = true;
      }
    }
    await this.#closeWhere((portal) => !portal.held || portal.owner !== this.#owner());
  }

  async rollbackTo(level: number): Promise<void> {
    await this.#closeWhere((portal) => (!portal.held && portal.level >= level) || portal.owner !== this.#owner());
  }

  /** An error in a block: what was made since the innermost savepoint can never be read again. */
  async fail(level: number): Promise<void> {
    for (const portal of this.#byName.values()) {
      if (!portal.held && portal.level >= level) await portal.release();
    }
  }

  releaseSavepoint(from: number, to: number): void {
    for (const portal of this.#byName.values()) {
      if (portal.level >= from) portal.level = to;
    }
  }

  async #closeWhere(condition: (portal: Portal) => boolean): Promise<void> {
    const closing = [...this.#byName.values()].filter(condition);
    for (const portal of closing) this.#byName.delete(portal.name);
    await Promise.all(closing.map((portal) => portal.release()));
  }
}
