/**
 * `sql.raw('…')`: text of an author's own function that is SQL or YAML, not data. The author answers for what is in it.
 */
const texts = new WeakMap<object, string>();

/** The global `sql` of `globals.js` and of JavaScript models. */
export const sql = Object.freeze({
  raw: (text: string): object => {
    if (typeof text !== 'string') throw new TypeError('sql.raw takes a text');
    const made = Object.freeze({ toString: () => text });
    texts.set(made, text);
    return made;
  },
});

/** The text of something that `sql.raw` has made; undefined for anything else. */
export function rawText(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null ? texts.get(value) : undefined;
}
