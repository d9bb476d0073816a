/**
 * The engine: routes a statement to the planner or the catalog and runs it there.
 */
import { randomUUID } from 'node:crypto';
import type { PolicyDecision } from '../access/decision.ts';
import type { Catalog, CatalogSession, CatalogShape } from '../catalog/catalog.ts';
import { SqlError } from '../errors.ts';
import type { ExprType } from '../plan/coercion.ts';
import { type CompileContext, compileQuery, type SecuredQuery } from '../plan/compile.ts';
import type { Dialect } from '../plan/dialect.ts';
import type { Cursor, Engine, ParameterValue, Prepared, ResultColumn, SessionView } from '../session/engine.ts';
import type { Query } from '../sql/ast.ts';
import { typeByOid, typeOid, typeSize } from '../sql/types.ts';
import type { Warehouse, WarehouseBind, WarehouseStatement } from '../warehouse/warehouse.ts';
import { catalogCursor } from './catalog-cursor.ts';
import { catalogShape } from './catalog-shape.ts';
import { explainLines, explainPrepared } from './explain.ts';
import { PlanCache } from './plan-cache.ts';
import { routeQuery } from './route.ts';
import type { ServingModel } from './serving-model.ts';

export type EngineOptions = {
  /** The model that is served now; a reload puts another one there. */
  readonly serving: () => ServingModel;
  readonly warehouse: Warehouse;
  readonly dialect: Dialect;
  readonly catalog: Catalog;
  readonly database: string;
  readonly policyTimeZone: string;
};

const PLANS = 1000;

export function createEngine(options: EngineOptions): Engine {
  const plans = new PlanCache<WarehousePlan>(PLANS);
  const shapes = new WeakMap<PolicyDecision, CatalogShape>();
  const shapeOf = (decision: PolicyDecision): CatalogShape => {
    const known = shapes.get(decision) ?? catalogShape(decision.model);
    shapes.set(decision, known);
    return known;
  };
  return {
    prepare: async (statement, text, offset, parameterTypes, session) => {
      const serving = options.serving();
      const decision = serving.decisionFor(session.identity);
      const compile = (query: Query): WarehousePlan =>
        plan(query, text, offset, parameterTypes, session, serving, decision, options, plans);
      if (statement.kind === 'explain') {
        const inner = statement.statement;
        if (inner.kind !== 'query' || routeQuery(inner.query) === 'catalog')
          return explainPrepared(['Result from the catalog']);
        return explainPrepared(explainLines(compile(inner.query).secured, decision, session.identity.admin));
      }
      if (routeQuery(statement.query) === 'catalog')
        return prepareCatalog(text, offset, parameterTypes, session, shapeOf(decision), options);
      return prepareData(compile(statement.query), decision, options);
    },
  };
}

type WarehousePlan = {
  readonly secured: SecuredQuery;
  readonly statement: WarehouseStatement;
  readonly columns: readonly ResultColumn[];
};

function plan(
  query: Query,
  text: string,
  offset: number,
  parameterTypes: readonly number[],
  session: SessionView,
  serving: ServingModel,
  decision: PolicyDecision,
  options: EngineOptions,
  plans: PlanCache<WarehousePlan>,
): WarehousePlan {
  const measureAggregates =
    session.settings.get('semwire.measure_aggregates') === 'compatible' ? 'compatible' : 'strict';
  const timeZone = session.settings.get('timezone') ?? options.policyTimeZone;
  return plans.get(serving, [text, parameterTypes.join(), decision.shape, measureAggregates, timeZone], () => {
    const declared = parameterTypes.map((oid): ExprType => typeByOid(oid) ?? 'unknown');
    const context: CompileContext = {
      model: serving.model,
      types: serving.types,
      dialect: options.dialect,
      decision,
      options: { database: options.database, measureAggregates, timeZone, policyTimeZone: options.policyTimeZone },
    };
    const secured = compileQuery(query, { text, offset }, declared, context);
    const columns = secured.columns.map(({ name, type, typmod }) => ({
      name,
      typeOid: typeOid(type),
      typeSize: typeSize(type),
      typmod,
    }));
    return {
      secured,
      statement: { sql: secured.sql, bindTypes: secured.bindTypes, columns: secured.columns },
      columns,
    };
  });
}

function prepareData(
  { secured, statement, columns }: WarehousePlan,
  decision: PolicyDecision,
  options: EngineOptions,
): Prepared {
  return {
    parameterTypes: secured.parameterTypes.map(typeOid),
    columns,
    open: async (binds, run) => {
      const values = [
        ...secured.parameterTypes.map((type, i): WarehouseBind => clientBind(type, binds[i])),
        ...secured.binds.map((bind): WarehouseBind => {
          if (bind.kind === 'session')
            return { type: 'text', value: sessionValue(bind.name, run.session, options), format: 0 };
          const value = decision.values[bind.index];
          if (value === undefined) throw new Error(`the decision has no value ${bind.index}`);
          return { type: value.type, value: value.text, format: 0 };
        }),
      ];
      return options.warehouse.execute(statement, values, {
        resultFormats: run.resultFormats,
        timeoutMs: run.timeoutMs,
        signal: run.signal,
        queryId: randomUUID(),
      });
    },
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function clientBind(type: WarehouseBind['type'], parameter: ParameterValue | undefined): WarehouseBind {
  const value = parameter?.value ?? null;
  if (value === null || parameter === undefined) return { type, value: null, format: 0 };
  // The session has checked that a text is UTF-8 without NUL.
  return parameter.format === 0 ? { type, value: utf8.decode(value), format: 0 } : { type, value, format: 1 };
}

function sessionValue(name: string, session: SessionView, options: EngineOptions): string {
  switch (name) {
    case 'current_user':
    case 'session_user':
    case 'current_role':
    case 'user':
      return session.identity.user;
    case 'current_database':
    case 'current_catalog':
      return options.database;
    case 'current_schema':
      return 'public';
    case 'version':
      return 'PostgreSQL 18 (semwire)';
    default:
      throw new Error(`no session value ${name}`);
  }
}

async function prepareCatalog(
  text: string,
  offset: number,
  parameterTypes: readonly number[],
  session: SessionView,
  shape: CatalogShape,
  { catalog, database }: EngineOptions,
): Promise<Prepared> {
  const described = await catalog
    .describe(shape, catalogSession(session, database), text, parameterTypes)
    .catch((error: unknown) => {
      throw moved(error, offset);
    });
  return {
    parameterTypes: described.parameterTypes,
    columns: described.columns,
    open: async (binds, run): Promise<Cursor> => {
      const result = await catalog
        .execute(shape, catalogSession(run.session, database), text, described.parameterTypes, binds, run.resultFormats)
        .catch((error: unknown) => {
          throw moved(error, offset);
        });
      return catalogCursor(result);
    },
  };
}

/** A position in a statement of several counts from the start of the message. */
function moved(error: unknown, offset: number): unknown {
  if (!(error instanceof SqlError) || error.position === undefined || offset === 0) return error;
  const { hint, detail, severity, cause } = error;
  return new SqlError(error.code, error.message, { hint, detail, severity, cause, position: error.position + offset });
}

function catalogSession(session: SessionView, database: string): CatalogSession {
  return {
    user: session.identity.user,
    database,
    pid: session.pid,
    applicationName: session.applicationName,
    clientAddress: session.clientAddress,
    settings: session.settings,
  };
}
