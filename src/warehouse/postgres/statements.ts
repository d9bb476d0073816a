/**
 * The statements that one backend holds prepared, by their text and parameter types, the least recently used first to
 * go. The text carries no claim's value (those are binds), so a plan is shared by every identity (security case F12).
 */
export type PreparedStatement = {
  readonly key: string;
  readonly name: string;
};

export class PreparedStatements {
  readonly #limit: number;
  readonly #byKey = new Map<string, PreparedStatement>();
  #made = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The statement, now the most recently used. */
  find(key: string): PreparedStatement | undefined {
    const found = this.#byKey.get(key);
    if (found === undefined) return undefined;
    this.#byKey.delete(key);
    this.#byKey.set(key, found);
    return found;
  }

  /** A statement that is about to be prepared. Names are never used twice, so that none can mean another statement. */
  create(key: string): PreparedStatement {
    return { key, name: `s${++this.#made}` };
  }

  /** The backend has prepared it. @returns the names to close for it */
  add(statement: PreparedStatement): readonly string[] {
    this.#byKey.set(statement.key, statement);
    if (this.#byKey.size <= this.#limit) return [];
    const [oldest] = this.#byKey.values();
    if (oldest === undefined) return [];
    this.#byKey.delete(oldest.key);
    return [oldest.name];
  }

  remove(statement: PreparedStatement): void {
    if (this.#byKey.get(statement.key) === statement) this.#byKey.delete(statement.key);
  }
}
