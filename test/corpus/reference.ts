/**
 * PostgreSQL as the judge: of questions to the catalog over tables just like those that semwire shows, of queries over
 * plain views of the model's names. Either way the client is what a client of semwire is, a user without privileges.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { Model } from '../../src/model/types.ts';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { flatViews } from './flat.ts';

/** Who asks semwire too. */
export const USER = 'analyst';

export type Reference = {
  /** The URL of the user without privileges. */
  readonly catalog: string;
  /** The same in a database of that name, made when it is first asked for. */
  readonly flat: (database: string) => Promise<string>;
  readonly close: () => Promise<void>;
};

/**
 * @param server holds the flat views; it may be the warehouse's too
 * @param seed the tables of `model`
 */
export async function startReference(server: TestPostgres, model: Model, seed: string): Promise<Reference> {
  const catalog = await startPostgres({ settings: ['timezone=UTC'] });
  await administer(catalog.url, readFileSync(fileURLToPath(new URL('shop/reference.sql', import.meta.url)), 'utf8'));
  // The owner of everything and the database go by semwire's names; no statement could name a role so.
  const template = catalog.url.replace(/postgres$/, 'template1');
  await administer(
    template,
    `ALTER DATABASE postgres RENAME TO semwire; UPDATE pg_authid SET rolname = 'pg_semwire' WHERE oid = 10`,
  );
  await server.query(`CREATE ROLE ${USER} LOGIN`);
  await server.query('CREATE DATABASE flat');
  await administer(
    server.url.replace(/postgres$/, 'flat'),
    `${seed}\n${flatViews(model)}\nGRANT SELECT ON ALL TABLES IN SCHEMA public TO ${USER}`,
  );
  const databases = new Map<string, Promise<unknown>>();
  return {
    catalog: urlOf(catalog, 'semwire'),
    flat: async (database) => {
      const made = databases.get(database) ?? server.query(`CREATE DATABASE "${database}" TEMPLATE flat`);
      databases.set(database, made);
      await made;
      return urlOf(server, database);
    },
    close: catalog.stop,
  };
}

function urlOf({ port }: TestPostgres, database: string): string {
  return `postgres://${USER}@127.0.0.1:${port}/${database}`;
}

async function administer(url: string, sql: string): Promise<void> {
  const owner = new pg.Client(url);
  await owner.connect();
  try {
    await owner.query(sql);
  } finally {
    await owner.end();
  }
}
