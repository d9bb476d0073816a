/** Plans by statement text and everything else that decides them; the least recently used go first. */
export class PlanCache<Plan> {
  readonly #most: number;
  #owner: object | undefined;
  readonly #plans = new Map<string, Plan>();

  constructor(most: number) {
    this.#most = most;
  }

  /** @param owner the served model: another one starts afresh */
  get(owner: object, key: readonly string[], make: () => Plan): Plan {
    if (owner !== this.#owner) {
      this.#plans.clear();
      this.#owner = owner;
    }
    const text = JSON.stringify(key);
    const known = this.#plans.get(text);
    if (known !== undefined) {
      this.#plans.delete(text);
      this.#plans.set(text, known);
      return known;
    }
    const made = make();
    this.#plans.set(text, made);
    if (this.#plans.size > this.#most) {
      const [oldest] = this.#plans.keys();
      if (oldest !== undefined) this.#plans.delete(oldest);
    }
    return made;
  }
}
