/** `semwire explain` */
import type { Identity } from '../access/context.ts';
import type { PolicyDecision } from '../access/decision.ts';
import type { Catalog, CatalogSession } from '../catalog/catalog.ts';
import { openCatalog } from '../catalog/pool.ts';
import type { Config } from '../config.ts';
import { askCatalog } from '../engine/ask-catalog.ts';
import { catalogShape } from '../engine/catalog-shape.ts';
import { type CatalogAnswers, catalogValues } from '../engine/catalog-values.ts';
import { routeQuery } from '../engine/route.ts';
import type { ServingModel } from '../engine/serving-model.ts';
import { SqlError, SqlState } from '../errors.ts';
import { createLog } from '../operate/log.ts';
import { compileQuery, type SecuredQuery } from '../plan/compile.ts';
import type { Dialect } from '../plan/dialect.ts';
import { characterPosition } from '../session/errors-to-wire.ts';
import type { Query, Statement } from '../sql/ast.ts';
import { loadParser } from '../sql/libpg.ts';
import { parse } from '../sql/parse.ts';
import { refused } from '../sql/refused.ts';
import { typeByOid } from '../sql/types.ts';
import { brokenModel, loadServing, openWarehouse } from './assemble.ts';
import { BEARER_OPTIONS, bearerOf, identityOf } from './bearer.ts';
import { CommandFailed, complain, print } from './command.ts';
import { configFrom, parseOptions } from './options.ts';
import { errorText } from './psql-error.ts';
import { clausesOnLines } from './sql-lines.ts';

export async function runExplain(args: readonly string[]): Promise<number> {
  const parsed = parseOptions(args, BEARER_OPTIONS, ['SQL']);
  const sql = parsed.words[0] ?? '';
  const config = await configFrom(parsed, 'any');
  const identity = await identityOf(await bearerOf(parsed, config), config);
  try {
    print(await explain(sql, identity, config));
    return 0;
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    const position = error.position === undefined ? undefined : characterPosition(sql, error.position);
    const { severity, code, message, detail, hint } = error;
    complain(errorText({ severity, code, message, detail, hint, position }, sql));
    return 1;
  }
}

/** @throws SqlError of the statement's own; CommandFailed for a model or warehouse that cannot be used */
async function explain(sql: string, identity: Identity, config: Config): Promise<string> {
  await loadParser();
  const [source, another] = parse(sql);
  if (source === undefined || another !== undefined) throw new CommandFailed('SQL must be one statement', 2);
  const query = queryOf(source.statement);
  const { warehouse, dialect } = await openWarehouse(config, createLog('silent'));
  try {
    const { serving, problems } = await loadServing(config, warehouse, dialect);
    if (serving === undefined) throw new CommandFailed(brokenModel(config, problems));
    const model = await serving(identity);
    const decision = model.decisionFor(identity);
    const { text, offset } = source;
    if (routeQuery(query, { model: decision.model, options: config, source, searchPath: '' }) === 'catalog')
      return '-- The catalog answers this; the warehouse is not asked.';
    // As in a session that has set nothing.
    const options = {
      database: config.database,
      measureAggregates: 'strict',
      timeZone: 'UTC',
      policyTimeZone: config.policyTimezone,
      intervalStyle: 'postgres',
    } as const;
    const { values, parameterTypes } = await constantsOf(query, identity, decision, model, config);
    const secured = compileQuery(
      query,
      { text, offset },
      parameterTypes.map((oid) => typeByOid(oid) ?? 'unknown'),
      {
        ...{ model: model.model, types: model.types, dialect, decision, options },
        catalogValues: values,
      },
    );
    const binds = bindLines(secured, decision, dialect);
    return [clausesOnLines(secured.sql), ...(binds.length === 0 ? [] : ['', ...binds])].join('\n');
  } finally {
    await warehouse.close();
  }
}

function queryOf(statement: Statement): Query {
  if (statement.kind === 'query') return statement.query;
  if (statement.kind === 'explain') return queryOf(statement.statement);
  if (statement.kind === 'refused') throw refused(statement.tag, statement.writes);
  throw new SqlError(SqlState.featureNotSupported, 'only a query can be explained');
}

/** Starts a catalog only for a query that needs one. @throws SqlError of the catalog's */
async function constantsOf(
  query: Query,
  { user }: Identity,
  decision: PolicyDecision,
  { model }: ServingModel,
  { database }: Config,
): Promise<CatalogAnswers> {
  let catalog: Catalog | undefined;
  const shape = catalogShape(decision.model, model, false);
  const session: CatalogSession = {
    ...{ subject: user, user, database, pid: process.pid, applicationName: 'semwire explain' },
    ...{ clientAddress: undefined, about: '', settings: new Map() },
  };
  try {
    return await catalogValues(query, [], () => {
      catalog = openCatalog({ shapes: 1 });
      return askCatalog(catalog, shape, session);
    });
  } finally {
    await catalog?.close();
  }
}

/** `$1 = 'aurora' (text)`, named as in the SQL: the client's own parameters first. */
function bindLines(
  { parameterTypes, binds }: SecuredQuery,
  { values }: PolicyDecision,
  { hooks }: Dialect,
): readonly string[] {
  const own = parameterTypes.map((type) => `a parameter of the client (${type})`);
  const gateway = binds.map((bind) => {
    if (bind.kind === 'session') return `the session's ${bind.name} (text)`;
    const value = values[bind.index];
    if (value === undefined) throw new Error(`the decision has no value ${bind.index}`);
    return `${quoted(value.text)} (${value.type})`;
  });
  return [...own, ...gateway].map((text, i) => `${hooks.parameter(i + 1)} = ${text}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
