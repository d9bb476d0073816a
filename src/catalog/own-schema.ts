/**
 * The schema `semwire`: what the server tells of itself, as relations of the catalog (contract, section 4).
 */
import type { CatalogMember, CatalogShape } from './catalog.ts';
import { quoteLiteral } from './stubs.ts';
import { CLIENT_ROLE, FACT_PREFIX } from './system.ts';

/** The session fact that holds what semwire.whoami shows, as JSON. */
export const ABOUT_FACT = `${FACT_PREFIX}.about`;

/** True when a statement may read this schema; only then is an instance told what the answer needs. */
export function mentionsOwnSchema(sql: string): boolean {
  return /semwire|whoami/i.test(sql);
}

/** Statements that make the schema for one shape. */
export function ownSchemaStatements({ members }: CatalogShape): readonly string[] {
  const about = `nullif(pg_catalog.current_setting('${ABOUT_FACT}', true), '')::pg_catalog.jsonb`;
  return [
    'CREATE SCHEMA semwire',
    `CREATE TABLE semwire.members ("table" text, "column" text, kind text, type text, title text, description text,
       format text)`,
    ...(members.length === 0 ? [] : [`INSERT INTO semwire.members VALUES ${members.map(memberRow).join(', ')}`]),
    `CREATE VIEW semwire.whoami AS SELECT a.about ->> 'user' AS "user", a.about ->> 'subject' AS subject,
       a.about ->> 'persona' AS persona, a.about -> 'context' AS context,
       pg_catalog.to_timestamp((a.about ->> 'expires')::pg_catalog.float8) AS expires_at
     FROM (SELECT ${about} AS about) a`,
    ...COMMENTS.map(([object, comment]) => `COMMENT ON ${object} IS ${quoteLiteral(comment)}`),
    `GRANT USAGE ON SCHEMA semwire TO ${CLIENT_ROLE}`,
    `GRANT SELECT ON ALL TABLES IN SCHEMA semwire TO ${CLIENT_ROLE}`,
  ];
}

const COMMENTS: readonly (readonly [object: string, comment: string])[] = [
  ['SCHEMA semwire', 'What this server tells of itself'],
  ['TABLE semwire.members', 'Every column of every table that you see, with its meaning'],
  ['VIEW semwire.whoami', 'Who you are to this server, and until when'],
];

function memberRow({ table, column, kind, type, title, description, format }: CatalogMember): string {
  const values = [table, column, kind, type, title, description, format];
  return `(${values.map((value) => (value === undefined ? 'NULL' : quoteLiteral(value))).join(', ')})`;
}
