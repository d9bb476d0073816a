/**
 * Answers kept by what was asked, the least recently used going first once they are too many bytes.
 */

export type AnswerCache<Answer> = {
  readonly get: (key: string) => Answer | undefined;
  readonly set: (key: string, answer: Answer, bytes: number) => void;
};

/** Beside the answer and its key: the Map's own entry. */
const ENTRY_BYTES = 200;

/** @param limitBytes 0 keeps nothing; an answer over half of it is not kept */
export function createAnswerCache<Answer>(limitBytes: number): AnswerCache<Answer> {
  const entries = new Map<string, { readonly answer: Answer; readonly bytes: number }>();
  let total = 0;

  function remove(key: string): void {
    total -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  }

  return {
    get: (key) => {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      // A Map keeps the order of insertion: last in is last used.
      entries.delete(key);
      entries.set(key, entry);
      return entry.answer;
    },
    set: (key, answer, answerBytes) => {
      remove(key);
      const bytes = answerBytes + key.length * 2 + ENTRY_BYTES;
      if (bytes > limitBytes / 2) return;
      entries.set(key, { answer, bytes });
      total += bytes;
      for (const oldest of entries.keys()) {
        if (total <= limitBytes) break;
        remove(oldest);
      }
    },
  };
}
