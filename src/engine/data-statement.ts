/**
 * A query over exposed tables: planned for an identity and a session's settings, run on the warehouse.
 */
import { randomUUID } from 'node:crypto';
import type { PolicyDecision } from '../access/decision.ts';
import type { ExposedColumn } from '../access/exposed.ts';
import type { RewrittenQuery } from '../access/query-rewrite.ts';
import { SqlError } from '../errors.ts';
import type { CatalogValues } from '../plan/bind/binder.ts';
import { compileQuery, type SecuredQuery } from '../plan/compile.ts';
import type { ExprType } from '../plan/routines/coercion.ts';
import type { OpenOptions, ParameterValue, Prepared, ResultColumn, SessionView, TableRead } from '../session/engine.ts';
import type { Query } from '../sql/ast.ts';
import { type PgType, typeByOid, typeOid, typeSize } from '../sql/types.ts';
import { absoluteTimestamp, sameZone } from '../sql/zone.ts';
import type { WarehouseBind, WarehouseStatement } from '../warehouse/warehouse.ts';
import { type IntervalStyle, intervalFromStyle } from '../wire/interval-style.ts';
import type { Format } from '../wire/messages.ts';
import type { CatalogParameters } from './catalog-values.ts';
import type { EngineOptions } from './engine.ts';
import { inIntervalStyle, intervalStyleOf } from './interval-style.ts';
import { inOwnFormats } from './own-formats.ts';
import type { PlanCache } from './plan-cache.ts';
import type { ServingModel } from './serving-model.ts';
import { sessionValue } from './session-values.ts';

export type WarehousePlan = {
  readonly secured: SecuredQuery;
  readonly statement: WarehouseStatement;
  readonly columns: readonly ResultColumn[];
};

/** What a plan is made from; with the session's settings it is the key of the plan cache. */
export type PlanRequest = {
  readonly query: Query;
  readonly text: string;
  readonly offset: number;
  readonly parameterTypes: readonly number[];
  readonly serving: ServingModel;
  readonly decision: PolicyDecision;
  readonly catalogValues: CatalogValues;
};

const ALL_BINARY: ReadonlySet<number> = new Set();

/** @param zonedColumns timestamptz columns to deliver as text in the session's zone */
export function planData(
  request: PlanRequest,
  session: SessionView,
  options: EngineOptions,
  plans: PlanCache<WarehousePlan>,
  zonedColumns = ALL_BINARY,
): WarehousePlan {
  const { text, offset, parameterTypes, serving, decision, catalogValues } = request;
  const measureAggregates =
    session.settings.get('semwire.measure_aggregates') === 'compatible' ? 'compatible' : 'strict';
  const timeZone = zoneOf(session, options);
  const intervalStyle = intervalStyleOf(session);
  const key = [
    text,
    parameterTypes.join(),
    decision.shape,
    measureAggregates,
    timeZone,
    intervalStyle,
    [...zonedColumns].join(),
  ];
  if (catalogValues.size > 0) key.push(JSON.stringify([...catalogValues.values()]));
  return plans.get(serving, key, () => {
    const secured = compileQuery(
      request.query,
      { text, offset },
      parameterTypes.map((oid): ExprType => typeByOid(oid) ?? 'unknown'),
      {
        model: serving.model,
        types: serving.types,
        dialect: options.dialect,
        decision,
        options: {
          database: options.database,
          measureAggregates,
          timeZone,
          policyTimeZone: options.policyTimeZone,
          intervalStyle,
        },
        catalogValues,
        zonedColumns,
      },
    );
    return {
      secured,
      statement: {
        sql: secured.sql,
        bindTypes: secured.bindTypes,
        columns: secured.columns.map((column, i) => (zonedColumns.has(i) ? { type: 'text', typmod: -1 } : column)),
      },
      columns: secured.columns.map(resultColumn),
    };
  });
}

function resultColumn({ name, type, typmod, shown }: SecuredQuery['columns'][number]): ResultColumn {
  return { name, typeOid: shown?.oid ?? typeOid(type), typeSize: shown?.size ?? typeSize(type), typmod };
}

function zoneOf(session: SessionView, options: EngineOptions): string {
  return session.settings.get('timezone') ?? options.policyTimeZone;
}

/** What of the catalog is known once the statement is opened. */
export type OpenCatalogValues = Pick<CatalogParameters, 'types' | 'alone'> & {
  readonly values: (binds: readonly ParameterValue[], run: OpenOptions) => Promise<CatalogValues>;
};

/** @throws SqlError of the planner's; nothing is sent to the warehouse before `open` */
export function prepareData(
  request: PlanRequest,
  session: SessionView,
  options: EngineOptions,
  plans: PlanCache<WarehousePlan>,
  ofCatalog: OpenCatalogValues | undefined,
): Prepared {
  const { secured, columns } = planData(request, session, options, plans);
  return {
    parameterTypes: secured.parameterTypes.map((type, i) => ofCatalog?.types.get(i + 1) ?? typeOid(type)),
    columns,
    reads: () => tableReads(secured, request.decision),
    open: async (binds, run) => {
      const catalogValues = (await ofCatalog?.values(binds, run)) ?? request.catalogValues;
      // Not at Describe, and never kept: what it answers may differ from one execution to the next.
      const asked = await rewritten({ ...request, catalogValues }, secured, run.session, options);
      const timeZone = zoneOf(run.session, options);
      const moved = !sameZone(timeZone, options.policyTimeZone);
      // SET TIME ZONE since the statement was prepared counts, as in PostgreSQL.
      const asText = moved && options.dialect.writesText;
      const zoned = asText ? textColumnsOfTime(secured, run.resultFormats) : ALL_BINARY;
      const plan = asked.plan(() => planData(asked.request, run.session, options, plans, zoned));
      const clientZone = moved ? timeZone : undefined;
      const values = [
        ...plan.secured.parameterTypes.map((type, i) =>
          clientBind(
            type,
            ofCatalog?.alone.has(i + 1) ? undefined : binds[i],
            clientZone,
            intervalStyleOf(run.session),
          ),
        ),
        ...plan.secured.binds.map((bind) => gatewayBind(bind, asked.request.decision, run.session, options)),
      ];
      const cursor = await options.warehouse.execute(plan.statement, values, {
        resultFormats: run.resultFormats,
        timeoutMs: run.timeoutMs,
        signal: run.signal,
        queryId: run.queryId ?? randomUUID(),
        timeZone,
      });
      const styled = inIntervalStyle(cursor, columns, run.resultFormats, intervalStyleOf(run.session));
      return inOwnFormats(styled, plan.secured.columns, run.resultFormats);
    },
  };
}

type Rewritten = {
  readonly request: PlanRequest;
  /** Plans it; what cannot hold of the hook's filters is refused in its name. */
  readonly plan: (make: () => WarehousePlan) => WarehousePlan;
};

/** The request, narrowed by queryRewrite. @throws SqlError 42501, 0A000 */
async function rewritten(
  request: PlanRequest,
  { uses }: SecuredQuery,
  { identity }: SessionView,
  { queryRewrite }: EngineOptions,
): Promise<Rewritten> {
  const rewriter = queryRewrite?.();
  if (rewriter === undefined) return { request, plan: (make) => make() };
  const rules = await rewriter.ask(rewrittenQuery(uses, request.decision), identity.context);
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw error instanceof SqlError ? rewriter.refused(error) : error;
    }
  };
  const decision = attempt(() => request.decision.narrowed(rules));
  return { request: { ...request, decision }, plan: attempt };
}

function rewrittenQuery(uses: SecuredQuery['uses'], { model }: PolicyDecision): RewrittenQuery {
  const members = (kind: ExposedColumn['kind']): readonly string[] => [
    ...new Set(
      uses.flatMap(({ table, columns }) =>
        (model.tables.get(table)?.columns ?? [])
          .filter((column) => column.kind === kind && columns.includes(column.name))
          .map(({ name }) => `${table}.${name}`),
      ),
    ),
  ];
  return {
    tables: [...new Set(uses.map(({ table }) => table))],
    dimensions: members('dimension'),
    measures: members('measure'),
    segments: members('segment'),
  };
}

/** Each table once, with the columns that any of its references reads. */
function tableReads({ uses }: SecuredQuery, decision: PolicyDecision): readonly TableRead[] {
  const reads = new Map<string, { columns: Set<string>; policies: Set<string> }>();
  for (const { table, ...use } of uses) {
    const read = reads.get(table) ?? { columns: new Set(), policies: new Set() };
    for (const column of use.columns) read.columns.add(column);
    for (const policy of decision.fullPolicies(table, use)) read.policies.add(policy);
    reads.set(table, read);
  }
  return [...reads].map(([table, { columns, policies }]) => ({
    table,
    columns: [...columns],
    policies: [...policies],
  }));
}

function textColumnsOfTime(secured: SecuredQuery, formats: readonly Format[]): ReadonlySet<number> {
  return new Set(secured.columns.flatMap(({ type }, i) => (type === 'timestamptz' && formats[i] === 0 ? [i] : [])));
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * @param zone of the client, when it is not the policy zone: a timestamptz without an offset is read in it
 * @param style in which an interval is read
 */
function clientBind(
  type: PgType,
  parameter: ParameterValue | undefined,
  zone: string | undefined,
  style: IntervalStyle,
): WarehouseBind {
  const value = parameter?.value ?? null;
  if (value === null || parameter === undefined) return { type, value: null, format: 0 };
  if (parameter.format === 1) return { type, value, format: 1 };
  // The session has checked that a text is UTF-8 without NUL.
  const text = utf8.decode(value);
  if (type === 'interval') return { type, value: intervalFromStyle(text, style), format: 0 };
  if (zone === undefined || type !== 'timestamptz') return { type, value: text, format: 0 };
  const absolute = absoluteTimestamp(text, zone);
  if (absolute === undefined) throw new SqlError('22007', 'invalid input syntax for type timestamp with time zone');
  return { type, value: absolute, format: 0 };
}

function gatewayBind(
  bind: SecuredQuery['binds'][number],
  decision: PolicyDecision,
  session: SessionView,
  options: EngineOptions,
): WarehouseBind {
  if (bind.kind === 'session')
    return { type: 'text', value: sessionValue(bind.name, session, options.database), format: 0 };
  const value = decision.values[bind.index];
  if (value === undefined) throw new Error(`the decision has no value ${bind.index}`);
  return { type: value.type, value: value.text, format: 0 };
}
