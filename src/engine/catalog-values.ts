/**
 * What the catalog answers for the constants of a data query, before the query is planned: `'orders'::regclass`,
 * `current_setting(…)`, `format_type(…)`. Each then stands in the plan as an ordinary constant. One with a parameter in
 * it (`$1::regclass`) has its type when the statement is prepared, and its value when it is opened.
 */
import { readTextRows } from '../catalog/frames.ts';
import { isStable } from '../catalog/stable.ts';
import { notSupported, SqlError, SqlState } from '../errors.ts';
import type { CatalogValue, CatalogValues } from '../plan/bind/binder.ts';
import { type CatalogConstant, catalogConstants, parametersBeside } from '../plan/bind/catalog-constants.ts';
import { startOf } from '../plan/bind/start-of.ts';
import type { ShownType } from '../plan/bound/bound.ts';
import type { ParameterValue } from '../session/engine.ts';
import { FRAME_HEADER, fieldsAt } from '../session/frames.ts';
import type { Expr, Query } from '../sql/ast.ts';
import { printExpr } from '../sql/print-expression.ts';
import { PLAIN_HOOKS } from '../sql/print-hooks.ts';
import { printString } from '../sql/print-token.ts';
import { selectQuery } from '../sql/select.ts';
import { type PgType, typeByOid, typeOid } from '../sql/types.ts';
import type { AskCatalog } from './ask-catalog.ts';

export type CatalogAnswers = {
  /** To plan with: NULL, of its type, for what has a parameter in it. */
  readonly values: CatalogValues;
  /** Types of the statement's parameters to plan with: those that the client declared, and those that the catalog says. */
  readonly parameterTypes: readonly number[];
  /** undefined: no value depends on a parameter. */
  readonly parameters: CatalogParameters | undefined;
};

export type CatalogParameters = {
  /** As the client is told, by index. */
  readonly types: ReadonlyMap<number, number>;
  /** Indexes of those that the catalog alone reads. */
  readonly alone: ReadonlySet<number>;
  /** Values to run with. @throws SqlError of the catalog's */
  readonly bound: (binds: readonly ParameterValue[], ask: AskCatalog) => Promise<CatalogValues>;
};

/** A constant of the statement's with its type. */
type Described = {
  readonly constant: CatalogConstant;
  /** The expression, its parameters numbered from one. */
  readonly sql: string;
  /** Of its parameters. */
  readonly types: readonly number[];
  readonly type: PgType;
  readonly shown: ShownType | undefined;
};

/** A statement asks one question after another. */
const MOST = 100;

const NAME = 19;

/** Types of the catalog that are others to a data query, which has no such type, with the same values. */
const SAME_VALUES: ReadonlyMap<number, PgType> = new Map([
  [NAME, 'text'],
  // oid, name[], oid[]
  [26, 'int8'],
  [1003, 'text[]'],
  [1028, 'int8[]'],
]);

/** Their text goes by the session's IntervalStyle and DateStyle, which the warehouse does not know. */
const STYLED: ReadonlySet<PgType> = new Set(['interval', 'interval[]', 'date[]', 'timestamp[]', 'timestamptz[]']);

/**
 * @param declared types of the statement's parameters, 0 to infer
 * @throws SqlError of the catalog's, at the constant: 42P01 for a table that does not exist or is not to be seen;
 * 0A000 for a value of a type that only the catalog has, unless it is a whole column of the result, and for a function
 * that does something or gives rows; 54000
 */
export async function catalogValues(
  query: Query,
  declared: readonly number[],
  catalog: () => AskCatalog,
): Promise<CatalogAnswers> {
  const constants = catalogConstants(query);
  const values = new Map<Expr, CatalogValue>();
  if (constants.length === 0) return { values, parameterTypes: declared, parameters: undefined };
  if (constants.length > MOST) {
    throw new SqlError(SqlState.programLimitExceeded, `a query with more than ${MOST} catalog functions`);
  }
  const ask = catalog();
  const types = new Map<number, number>();
  const later: Described[] = [];
  for (const constant of constants) {
    const known = constant.parameters.map((index) => types.get(index) ?? declared[index - 1] ?? 0);
    const described = await describe(constant, known, ask);
    for (const [i, index] of constant.parameters.entries()) types.set(index, described.types[i] ?? 0);
    const { type, shown } = described;
    if (constant.parameters.length > 0) later.push(described);
    const atOnce = constant.parameters.length === 0 ? await answer(described, [], ask) : { type, shown, value: null };
    values.set(constant.expr, atOnce);
  }
  if (later.length === 0) return { values, parameterTypes: declared, parameters: undefined };
  const beside = parametersBeside(query);
  const alone = new Set([...types.keys()].filter((index) => !beside.has(index)));
  const bound = async (binds: readonly ParameterValue[], asked: AskCatalog): Promise<CatalogValues> => {
    const all = new Map(values);
    for (const one of later) all.set(one.constant.expr, await answer(one, binds, asked));
    return all;
  };
  return { values, parameterTypes: plannedTypes(declared, types, alone), parameters: { types, alone, bound } };
}

/** @throws SqlError 0A000 for a parameter of a type that only the catalog has, beside what the catalog answers too */
function plannedTypes(
  declared: readonly number[],
  types: ReadonlyMap<number, number>,
  alone: ReadonlySet<number>,
): readonly number[] {
  const length = Math.max(declared.length, ...types.keys());
  return Array.from({ length }, (_, i) => {
    const type = types.get(i + 1);
    if (type === undefined) return declared[i] ?? 0;
    // The planner does not meet it, and it is bound as NULL.
    if (alone.has(i + 1)) return typeOid('text');
    if (typeByOid(type) !== undefined) return type;
    throw notSupported(`parameter $${i + 1} of a catalog type in a query over semantic tables`, {
      hint: `Cast it where the catalog reads it: $${i + 1}::text.`,
    });
  });
}

function describe(constant: CatalogConstant, known: readonly number[], ask: AskCatalog): Promise<Described> {
  const { expr, isResult, parameters, unlisted } = constant;
  const parameter = (index: number): string => `$${parameters.indexOf(index) + 1}`;
  const sql = printExpr(expr, { ...PLAIN_HOOKS, parameter });
  return atConstant(constant, async () => {
    const { types, column } = await ask.describe({ sql: `SELECT ${sql}`, types: known });
    const { typeOid: oid = 0, typeSize: size = -1 } = column ?? {};
    if (unlisted.length > 0) await refuseActing(constant, ask);
    const ordinary = typeByOid(oid);
    const type = ordinary ?? SAME_VALUES.get(oid) ?? (isResult ? 'text' : undefined);
    if (type === undefined || STYLED.has(type)) {
      throw notSupported('an expression over a catalog value of this type in a query over semantic tables', {
        hint: 'Cast the value to text or to oid.',
        position: startOf(expr),
      });
    }
    return { constant, sql, types, type, shown: ordinary === undefined ? { oid, size } : undefined };
  });
}

/** A function that no list has may do something, or give another answer to each row. @throws SqlError 0A000 */
async function refuseActing({ expr, unlisted }: CatalogConstant, ask: AskCatalog): Promise<void> {
  const sql = `SELECT p.proname FROM pg_catalog.pg_proc p WHERE p.proname IN (${unlisted.map(printString).join(', ')})
    AND (p.provolatile = 'v' OR p.proretset OR p.prokind <> 'f') LIMIT 1`;
  const [[name] = []] = readTextRows(await ask.rows({ sql, types: [] }, [], 0, true));
  if (name === undefined) return;
  throw notSupported(`${name}() in a query over semantic tables`, {
    hint: 'Call it in a query of its own.',
    position: startOf(expr),
  });
}

function answer(
  { constant, sql, types, type, shown }: Described,
  binds: readonly ParameterValue[],
  ask: AskCatalog,
): Promise<CatalogValue> {
  const { expr, parameters } = constant;
  const own = parameters.map((index): ParameterValue => binds[index - 1] ?? { format: 0, value: null });
  const stable = isStable(selectQuery({ items: [{ kind: 'expr', expr, alias: undefined }], from: [] }));
  return atConstant(constant, async () => {
    const text = shown === undefined ? textOf(sql, type) : sql;
    const [[value = null] = []] = readTextRows(await ask.rows({ sql: `SELECT ${text}`, types }, own, 0, stable));
    if (shown === undefined || shown.oid === NAME || value === null) return { type, value, shown };
    const [bytes] = fieldsAt(await ask.rows({ sql: `SELECT ${sql}`, types }, own, 1, stable), FRAME_HEADER);
    return { type, value, shown: { ...shown, binary: Buffer.from(bytes ?? []).toString('hex') } };
  });
}

/** The catalog counts in the text that it was given; what fails while it runs has no place, as in PostgreSQL. */
async function atConstant<T>({ expr, parameters }: CatalogConstant, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    const { hint, detail, severity, cause } = error;
    const message = error.message.replace(/\$(\d+)/g, (_, number) => `$${parameters[Number(number) - 1] ?? number}`);
    const position = error.position === undefined ? undefined : startOf(expr);
    throw new SqlError(error.code, message, { hint, detail, severity, cause, position });
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
      return `(${sql})::pg_catalog.text`;
  }
}
