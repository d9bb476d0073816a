/** Models that depend on the security context, on a socket, on both warehouses. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { freshName } from '../helpers/gateway.ts';
import type { TestPostgres } from '../helpers/postgres.ts';
import { type Gateway, modelFolder, onDuckdb, onPostgres } from '../security/gateway.ts';
import { token } from '../session/serve.ts';

export type Both = {
  readonly each: readonly (readonly ['postgres' | 'duckdb', Gateway])[];
  readonly close: () => Promise<void>;
};

export async function serveModelOnBoth(
  name: string,
  schemas: string,
  postgres: TestPostgres,
  env: Readonly<Record<string, string>> = {},
): Promise<Both> {
  const folder = modelFolder(name);
  const seed = readFileSync(join(folder, 'seed.sql'), 'utf8');
  const each = [
    ['postgres', await onPostgres(postgres, freshName(), schemas, folder, seed, env)],
    ['duckdb', await onDuckdb(folder, seed, env)],
  ] as const;
  return {
    each,
    close: async () => {
      await Promise.all(each.map(([, gateway]) => gateway.close()));
    },
  };
}

/**
 * Rows as text, or the error as `SQLSTATE message`, of statements in one session.
 * @param claims beside the standard ones of a token
 */
export async function asked(
  { server }: Gateway,
  claims: Readonly<Record<string, unknown>>,
  ...statements: readonly string[]
): Promise<readonly (readonly (readonly (string | null)[])[] | string)[]> {
  const client = new pg.Client({
    connectionString: server.url(await token(claims)),
    types: { getTypeParser: () => String },
  });
  await client.connect();
  try {
    const answers = [];
    for (const text of statements) answers.push(await answer(client, text));
    return answers;
  } finally {
    await client.end();
  }
}

async function answer(client: pg.Client, text: string): Promise<readonly (readonly (string | null)[])[] | string> {
  try {
    return (await client.query({ text, rowMode: 'array' })).rows;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    return `${error.code} ${error.message}`;
  }
}
