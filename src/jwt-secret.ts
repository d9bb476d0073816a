/**
 * The signing secret that `npm start` makes for itself, so that `token` and `query` work beside it.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The git-ignored file, under the folder that the command was started in. */
export function localSecretPath(folder: string): string {
  return join(folder, '.semwire', 'jwt-secret');
}

/** @returns the secret that an earlier start kept, or undefined when there is none */
export function readLocalSecret(folder: string): string | undefined {
  try {
    return readFileSync(localSecretPath(folder), 'utf8').trim();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * Reads the kept secret, or makes one of 48 random bytes that only the owner can read.
 * Two servers that start at once agree: the file is created exclusively, and the loser reads the winner's.
 */
export function ensureLocalSecret(folder: string): string {
  const kept = readLocalSecret(folder);
  if (kept !== undefined && kept !== '') return kept;
  const path = localSecretPath(folder);
  mkdirSync(join(folder, '.semwire'), { recursive: true, mode: 0o700 });
  const made = randomBytes(48).toString('base64url');
  try {
    writeFileSync(path, `${made}\n`, { mode: 0o600, flag: kept === undefined ? 'wx' : 'w' });
  } catch (error) {
    if (isCode(error, 'EEXIST')) return readLocalSecret(folder) ?? made;
    throw error;
  }
  // An existing file keeps the mode it had.
  chmodSync(path, 0o600);
  return made;
}

function isMissing(error: unknown): boolean {
  return isCode(error, 'ENOENT');
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
