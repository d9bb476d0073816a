/** Files that decide about rights and are not read yet: who left them lying there must not be served without them. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelProblem } from '../model/types.ts';

/** Cube's configuration in Python: checkAuth, queryRewrite and the like. */
const HOOKS = ['cube.py'];

/** @returns an error for each */
export async function unservedFiles(model: string): Promise<readonly ModelProblem[]> {
  const present = await Promise.all(HOOKS.map((file) => isThere(join(model, file), file)));
  return present.flatMap((file): ModelProblem[] =>
    file === undefined
      ? []
      : [
          {
            at: { file, line: 1, column: 1 },
            severity: 'error',
            message: 'is not supported yet, and the rights that it gives or takes would be left out',
          },
        ],
  );
}

async function isThere(path: string, file: string): Promise<string | undefined> {
  try {
    await access(path);
    return file;
  } catch {
    return undefined;
  }
}
