/** Prepared statements, by name: those of Parse and those of PREPARE share one namespace, as in PostgreSQL. */
import type { Identity } from '../access/context.ts';
import { SqlError, SqlState } from '../errors.ts';
import type { SourceStatement } from '../sql/ast.ts';
import type { Prepared, ResultColumn } from './engine.ts';

/** A statement that has been read and, if it is a query, planned. */
export type PlannedStatement = {
  /** The message that it came in: positions of its errors count there. */
  readonly sql: string;
  /** undefined: a text without a statement in it. */
  readonly source: SourceStatement | undefined;
  readonly parameterTypes: readonly number[];
  /** As the client declared them, to plan again. */
  readonly declaredTypes: readonly number[];
  /** undefined: it returns no rows. */
  readonly columns: readonly ResultColumn[] | undefined;
  /** The engine's plan; undefined when the session itself answers. */
  readonly prepared: Prepared | undefined;
  /** What it was planned under; another value means that it has to be planned again. */
  readonly basis: PlanBasis;
};

/** Compared as objects: every change of a setting makes another map, and every switch of user another identity. */
type PlanBasis = {
  readonly identity: Identity;
  readonly settings: ReadonlyMap<string, string>;
  readonly epoch: number;
};

/** One that has a name, and how it came by it. */
export type KeptStatement = {
  readonly statement: PlannedStatement;
  readonly text: string;
  readonly at: Date;
  /** By PREPARE, not by Parse. */
  readonly fromSql: boolean;
};

/** Security case E30. */
const MAX_PREPARED = 10_000;

export class PreparedStatements {
  readonly #byName = new Map<string, KeptStatement>();

  /**
   * @param text of the PREPARE that made it; undefined for a Parse
   * @throws SqlError 42P05 for a name that is taken, 53400
   */
  add(name: string, statement: PlannedStatement, text?: string): void {
    if (name !== '') {
      if (this.#byName.has(name)) {
        throw new SqlError(SqlState.duplicatePreparedStatement, `prepared statement "${name}" already exists`);
      }
      if (this.#byName.size >= MAX_PREPARED) {
        throw new SqlError(SqlState.configurationLimitExceeded, 'too many prepared statements');
      }
    }
    const fromSql = text !== undefined;
    this.#byName.set(name, { statement, text: text ?? statement.sql, at: new Date(), fromSql });
  }

  /** The same statement, planned anew. */
  replace(name: string, statement: PlannedStatement): void {
    const kept = this.#byName.get(name);
    if (kept !== undefined) this.#byName.set(name, { ...kept, statement });
  }

  /** All but the unnamed one. */
  named(): readonly (readonly [name: string, KeptStatement])[] {
    return [...this.#byName].filter(([name]) => name !== '');
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** @throws SqlError 26000 */
  get(name: string): PlannedStatement {
    const found = this.#byName.get(name)?.statement;
    if (found !== undefined) return found;
    throw new SqlError(
      SqlState.invalidSqlStatementName,
      name === '' ? 'unnamed prepared statement does not exist' : `prepared statement "${name}" does not exist`,
    );
  }

  delete(name: string): void {
    this.#byName.delete(name);
  }

  clear(): void {
    this.#byName.clear();
  }
}
