/** Plans of statements, kept for who asks the same of the same model. */
import { RecentlyUsed } from './recently-used.ts';

/** Since the start; for the metrics. */
export type PlanCacheCounts = { readonly plans: number; readonly hits: number; readonly misses: number };

/** Plans by statement text and everything else that decides them; the least recently used go first. */
export class PlanCache<Plan> {
  readonly #plans: RecentlyUsed<Plan & NonNullable<unknown>>;
  /** No two models share a plan, whatever their keys: each has a number of its own. */
  readonly #owners = new WeakMap<object, number>();
  #lastOwner = 0;
  #hits = 0;
  #misses = 0;

  constructor(most: number) {
    this.#plans = new RecentlyUsed(most);
  }

  get counts(): PlanCacheCounts {
    return { plans: this.#plans.size, hits: this.#hits, misses: this.#misses };
  }

  /** @param owner the served model that the plan is for */
  get(owner: object, key: readonly string[], make: () => Plan & NonNullable<unknown>): Plan {
    const text = JSON.stringify([this.#numberOf(owner), ...key]);
    const known = this.#plans.get(text);
    if (known !== undefined) {
      this.#hits++;
      return known;
    }
    this.#misses++;
    const made = make();
    this.#plans.set(text, made);
    return made;
  }

  #numberOf(owner: object): number {
    const known = this.#owners.get(owner);
    if (known !== undefined) return known;
    this.#lastOwner++;
    this.#owners.set(owner, this.#lastOwner);
    return this.#lastOwner;
  }
}
