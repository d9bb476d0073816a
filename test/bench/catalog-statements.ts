/**
 * What clients ask of a catalog, as they word it.
 */
import { PGJDBC_COLUMNS } from '../catalog/pgjdbc-statements.ts';
import { PSQL_15 } from '../catalog/psql-statements.ts';

/** @param table whose `\d` it is @param oid of that table @returns statements that are sent one after another */
export type CatalogQuestion = {
  readonly name: string;
  readonly statements: (table: string, oid: string) => readonly string[];
};

/** Metabase 0.55, when it syncs the fields of a database (postgres.clj of its driver, as Honey SQL prints it). */
const METABASE_FIELDS = `SELECT "c"."column_name" AS "name", CASE WHEN "c"."udt_schema" IN ('public', 'pg_catalog')
    THEN FORMAT('%s', "c"."udt_name") ELSE FORMAT('"%s"."%s"', "c"."udt_schema", "c"."udt_name") END AS "database-type",
  "c"."ordinal_position" - 1 AS "database-position", "c"."table_schema" AS "table-schema",
  "c"."table_name" AS "table-name", "pk"."column_name" IS NOT NULL AS "pk?",
  COL_DESCRIPTION(CAST(CAST(FORMAT('%I.%I', CAST("c"."table_schema" AS TEXT), CAST("c"."table_name" AS TEXT))
    AS REGCLASS) AS OID), "c"."ordinal_position") AS "field-comment",
  (("column_default" IS NULL) OR (LOWER("column_default") = 'null')) AND ("is_nullable" = 'NO')
    AND NOT ((("column_default" IS NOT NULL) AND ("column_default" LIKE '%nextval(%')) OR ("is_identity" <> 'NO'))
    AS "database-required",
  (("column_default" IS NOT NULL) AND ("column_default" LIKE '%nextval(%')) OR ("is_identity" <> 'NO')
    AS "database-is-auto-increment"
FROM "information_schema"."columns" AS "c"
LEFT JOIN (SELECT "tc"."table_schema", "tc"."table_name", "kc"."column_name"
  FROM "information_schema"."table_constraints" AS "tc"
  INNER JOIN "information_schema"."key_column_usage" AS "kc" ON ("tc"."constraint_name" = "kc"."constraint_name")
    AND ("tc"."table_schema" = "kc"."table_schema") AND ("tc"."table_name" = "kc"."table_name")
  WHERE "tc"."constraint_type" = 'PRIMARY KEY') AS "pk"
  ON ("c"."table_schema" = "pk"."table_schema") AND ("c"."table_name" = "pk"."table_name")
    AND ("c"."column_name" = "pk"."column_name")
WHERE c.table_schema !~ '^information_schema|catalog_history|pg_' AND ("c"."table_schema" IN ('public'))`;

export const CATALOG_QUESTIONS: readonly CatalogQuestion[] = [
  { name: 'psql \\d', statements: () => PSQL_15.list },
  {
    name: 'psql \\d name',
    statements: (table, oid) =>
      PSQL_15.describe.map((sql) => sql.replaceAll('^(orders)$', `^(${table})$`).replaceAll('{oid}', oid)),
  },
  { name: 'pgjdbc getColumns', statements: () => [PGJDBC_COLUMNS.replace("LIKE 'orders'", "LIKE '%'")] },
  { name: 'Metabase fields', statements: () => [METABASE_FIELDS] },
  { name: 'information_schema.columns', statements: () => ['SELECT * FROM information_schema.columns'] },
  { name: 'SELECT 1', statements: () => ['SELECT 1'] },
  { name: 'who am I', statements: () => ['SELECT version(), current_database(), current_user'] },
];
