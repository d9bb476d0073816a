/** Tells of files that were replaced, by looking every few seconds: a mounted secret changes by a link, without a word. */
import { unwatchFile, watchFile } from 'node:fs';

const EVERY_MS = 2_000;

/** @returns ends the watch */
export function watchFiles(paths: readonly (string | undefined)[], changed: () => void): () => void {
  const watched = paths.filter((path) => path !== undefined);
  const look = (now: { readonly mtimeMs: number; readonly ino: number }, before: typeof now): void => {
    // 0: it is not there at the moment.
    if (now.mtimeMs !== 0 && (now.mtimeMs !== before.mtimeMs || now.ino !== before.ino)) changed();
  };
  for (const path of watched) watchFile(path, { interval: EVERY_MS, persistent: false }, look);
  return () => {
    for (const path of watched) unwatchFile(path, look);
  };
}
