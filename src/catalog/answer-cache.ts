/**
 * Answers kept by what was asked, the least recently used going first once they are too many bytes.
 */

export type AnswerCache<Answer> = {
  readonly get: (key: string) => Answer | undefined;
  readonly set: (key: string, answer: Answer, bytes: number) => void;
};

/** Beside the answer and its key: the Map's own entry. */
const ENTRY_BYTES = 200;

/** @param limitBytes 0 keeps nothing; an answer over an eighth of it is not kept */
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
      if (bytes > limitBytes / 8) return;
      entries.set(key, { answer, bytes });
      total += bytes;
      for (const oldest of entries.keys()) {
        if (total <= limitBytes) break;
        remove(oldest);
      }
    },
  };
}

/**
 * Words whose answer may differ from one call to the next for the same shape, user, database and settings.
 * Catalog statements that hold none of them, in any place, are answered from the cache. Substrings, so that no quoting
 * hides one; `u&` because a Unicode escape could.
 */
const UNSTABLE =
  /u&|semwire|whoami|sessions|now|today|tomorrow|yesterday|current_(date|time|query|setting)|localtime|clock|timeofday|_timestamp|age\(|random|shuffle|sample|bernoulli|system|uuid|pid|inet_|application_name|settings?\b|set_config|pg_stat|_stat_|pg_lock|lock_status|pg_cursor|prepared|portal|xact|txid|xmin|snapshot|wal_|_wal|_lsn|last_|nextval|currval|setval|lastval|_size|pg_control|conf_load|start_time|timezone_|notification|blocking|memory|shmem|multixact|replay|wait_events|aios|recovery|sequence/i;

/** True when the same question may be answered from memory. */
export function isStable(sql: string): boolean {
  return !UNSTABLE.test(sql);
}
