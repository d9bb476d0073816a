/**
 * What the catalog answers for the constants of a data query, before the query is planned: `'orders'::regclass`,
 * `current_setting(…)`, `format_type(…)`. Each then stands in the plan as an ordinary constant.
 */
import type { Catalog, CatalogSession, CatalogShape } from '../catalog/catalog.ts';
import { readTextRows } from '../catalog/frames.ts';
import { isStable } from '../catalog/stable.ts';
import { notSupported, SqlError, SqlState } from '../errors.ts';
import type { CatalogValue, CatalogValues } from '../plan/bind/binder.ts';
import { type CatalogConstant, catalogConstants } from '../plan/bind/catalog-constants.ts';
import { startOf } from '../plan/bind/start-of.ts';
import type { Query } from '../sql/ast.ts';
import { printExpr } from '../sql/print-expression.ts';
import { PLAIN_HOOKS } from '../sql/print-hooks.ts';
import { selectQuery } from '../sql/select.ts';
import { type PgType, typeByOid } from '../sql/types.ts';

export type AskCatalog = {
  readonly typeOf: (sql: string) => Promise<number | undefined>;
  /** DataRow frames of text. @param stable the answer may be kept */
  readonly rows: (sql: string, stable: boolean) => Promise<Uint8Array>;
};

/** The catalog of what the session sees, as its user. */
export function askCatalog(catalog: Catalog, shape: CatalogShape, session: CatalogSession): AskCatalog {
  return {
    typeOf: async (sql) => (await catalog.describe(shape, session, sql, [])).columns[0]?.typeOid,
    rows: async (sql, stable) => (await catalog.execute(shape, session, sql, [], [], [], { stable })).frames,
  };
}

/** A statement asks one question after another. */
const MOST = 100;

/** Types of the catalog that are others to a data query, which has no such type, with the same values. */
const SAME_VALUES: ReadonlyMap<number, PgType> = new Map([
  // name, oid, unknown, name[], oid[]
  [19, 'text'],
  [26, 'int8'],
  [705, 'text'],
  [1003, 'text[]'],
  [1028, 'int8[]'],
]);

/** Their text goes by the session's IntervalStyle and DateStyle, which the warehouse does not know. */
const STYLED: ReadonlySet<PgType> = new Set(['interval', 'interval[]', 'date[]', 'timestamp[]', 'timestamptz[]']);

const NONE: CatalogValues = new Map();

/**
 * @throws SqlError of the catalog's, at the constant: 42P01 for a table that does not exist or is not to be seen;
 * 0A000 for a value of a type that only the catalog has, unless it is a whole column of the result; 54000
 */
export async function catalogValues(query: Query, catalog: () => AskCatalog): Promise<CatalogValues> {
  const constants = catalogConstants(query);
  if (constants.length === 0) return NONE;
  if (constants.length > MOST) {
    throw new SqlError(SqlState.programLimitExceeded, `a query with more than ${MOST} catalog functions`);
  }
  const ask = catalog();
  const answers = new Map<string, Promise<CatalogValue>>();
  const values = new Map<CatalogConstant['expr'], CatalogValue>();
  for (const constant of constants) {
    const sql = printExpr(constant.expr, PLAIN_HOOKS);
    const key = `${constant.isResult} ${sql}`;
    const answer = answers.get(key) ?? answerOf(constant, sql, ask);
    answers.set(key, answer);
    values.set(constant.expr, await answer);
  }
  return values;
}

async function answerOf({ expr, isResult }: CatalogConstant, sql: string, ask: AskCatalog): Promise<CatalogValue> {
  const position = startOf(expr);
  const stable = isStable(selectQuery({ items: [{ kind: 'expr', expr, alias: undefined }], from: [] }));
  try {
    const oid = await ask.typeOf(`SELECT ${sql}`);
    const type =
      oid === undefined ? undefined : (typeByOid(oid) ?? SAME_VALUES.get(oid) ?? (isResult ? 'text' : undefined));
    if (type === undefined || STYLED.has(type)) {
      throw notSupported('an expression over a catalog value of this type in a query over semantic tables', {
        hint: 'Cast the value to text or to oid.',
        position,
      });
    }
    const [[value = null] = []] = readTextRows(await ask.rows(`SELECT ${textOf(sql, type)}`, stable));
    return { type, value };
  } catch (error) {
    // The catalog counts in the text that it was given; what fails while it runs has no place, as in PostgreSQL.
    if (!(error instanceof SqlError)) throw error;
    const { hint, detail, severity, cause } = error;
    const place = error.position === undefined ? undefined : position;
    throw new SqlError(error.code, error.message, { hint, detail, severity, cause, position: place });
  }
}

/** The value in a form that its type reads in the same way whatever the session's settings. */
function textOf(sql: string, type: PgType): string {
  switch (type) {
    case 'date':
    case 'timestamp':
    case 'timestamptz':
      // ISO 8601 whatever DateStyle says.
      return `pg_catalog.to_json(${sql}) #>> '{}'`;
    default:
      return `(${sql})::${type === 'text[]' || type === 'int8[]' ? `pg_catalog.${type}::` : ''}pg_catalog.text`;
  }
}
