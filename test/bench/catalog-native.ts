/**
 * A native PostgreSQL with the tables of a semwire's catalog: read there and made here, columns, comments and keys.
 */
import pg from 'pg';
import { startPostgres } from '../helpers/postgres.ts';
import { WIDE_TABLE } from './catalog-model.ts';
import type { RawServer } from './raw-client.ts';

export type Native = {
  readonly server: RawServer;
  /** URL of a database with what the models read. */
  readonly warehouse: string;
  /** @param source whose catalog is to be copied */
  readonly copyTables: (source: RawServer) => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** One row a statement, in an order in which they can be run. */
const STATEMENTS = `
  SELECT format('CREATE TABLE public.%I (%s)', c.relname, string_agg(format('%I %s', a.attname,
    format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)) AS sql, 1 AS step
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
  WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace GROUP BY c.oid, c.relname
  UNION ALL
  SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)),
    CASE contype WHEN 'p' THEN 2 ELSE 3 END FROM pg_constraint
    WHERE contype IN ('p', 'f') AND connamespace = 'public'::regnamespace
  UNION ALL
  SELECT CASE objsubid WHEN 0 THEN format('COMMENT ON TABLE %s IS %L', objoid::regclass, description)
    ELSE format('COMMENT ON COLUMN %s.%I IS %L', objoid::regclass, attname, description) END, 4
  FROM pg_description d JOIN pg_class c ON c.oid = d.objoid AND c.relnamespace = 'public'::regnamespace
    LEFT JOIN pg_attribute a ON attrelid = objoid AND attnum = objsubid
  WHERE classoid = 'pg_class'::regclass
  ORDER BY step`;

/** Without the tables as yet; in another of its databases, the one that semwire's model is of. */
export async function startNative(): Promise<Native> {
  const postgres = await startPostgres({ settings: ['shared_buffers=256MB', 'max_locks_per_transaction=1024'] });
  const server = { host: '127.0.0.1', port: postgres.port, user: 'postgres', database: 'warehouse' };
  await postgres.query('CREATE DATABASE warehouse');
  await askRows(server, WIDE_TABLE);
  return {
    server: { ...server, user: 'bench', database: 'postgres' },
    warehouse: `postgres://postgres@127.0.0.1:${postgres.port}/warehouse`,
    copyTables: async (source) => {
      const rows = await askRows(source, STATEMENTS);
      await postgres.query(`BEGIN; ${rows.map(({ sql }) => sql).join(';\n')}; COMMIT`);
      // As after the first minute of autovacuum; a role that may read, like semwire's clients.
      await postgres.query('VACUUM ANALYZE');
      await postgres.query('CREATE ROLE bench LOGIN; GRANT SELECT, REFERENCES ON ALL TABLES IN SCHEMA public TO bench');
    },
    stop: postgres.stop,
  };
}

/** Rows as text, where the raw client only counts them. @param parameters as text */
export async function askRows(
  { host, port, user, database, password }: RawServer,
  sql: string,
  parameters: readonly string[] = [],
): Promise<readonly Record<string, string | null>[]> {
  const client = new pg.Client({ host, port, user, database, ...(password !== undefined && { password }) });
  await client.connect();
  try {
    return (await client.query({ text: sql, values: [...parameters], types: { getTypeParser: () => String } })).rows;
  } finally {
    await client.end();
  }
}
