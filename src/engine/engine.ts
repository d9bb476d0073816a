/**
 * The engine: routes a statement to the planner or to the catalog.
 */
import type { Identity } from '../access/context.ts';
import type { PolicyDecision } from '../access/decision.ts';
import type { QueryRewriter } from '../access/query-rewrite.ts';
import type { Catalog, CatalogShape } from '../catalog/catalog.ts';
import { isStable } from '../catalog/stable.ts';
import type { Dialect } from '../plan/dialect.ts';
import type { Engine, OpenOptions, ParameterValue, SessionView } from '../session/engine.ts';
import type { Query } from '../sql/ast.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { Administration } from './administration.ts';
import { askCatalog } from './ask-catalog.ts';
import { catalogShape } from './catalog-shape.ts';
import { catalogSession, prepareCatalog } from './catalog-statement.ts';
import { catalogValues } from './catalog-values.ts';
import { constantStatement } from './constant-statement.ts';
import { type PlanRequest, planData, prepareData, type WarehousePlan } from './data-statement.ts';
import { explainPrepared } from './explain.ts';
import type { FailedProbes } from './failed-probes.ts';
import { PlanCache, type PlanCacheCounts } from './plan-cache.ts';
import { semanticPlan } from './query-plan.ts';
import { RecentlyUsed } from './recently-used.ts';
import { type Route, type RouteNames, routeQuery } from './route.ts';
import type { ServingModel } from './serving-model.ts';

export type EngineOptions = {
  /** The model that is served now, as the identity's context has it; a reload puts another one there. */
  readonly serving: (identity: Identity) => ServingModel | Promise<ServingModel>;
  readonly warehouse: Warehouse;
  readonly dialect: Dialect;
  readonly catalog: Catalog;
  readonly database: string;
  readonly policyTimeZone: string;
  /** What admins may ask of the server; undefined where there is none, as in `semwire explain`. */
  readonly administration?: () => Administration | undefined;
  /** True: admins see the statements of others with their constants, as the audit log has them. */
  readonly literals?: boolean;
  /** The hook of now; undefined where the operator wrote none. */
  readonly queryRewrite?: () => QueryRewriter | undefined;
  /** Left out: nothing is told of them. */
  readonly failedProbes?: FailedProbes;
};

const PLANS = 1000;
/** Each as large as the model. */
const SHAPES = 50;

function queryOf(statement: Parameters<Engine['prepare']>[0]): Query {
  if (statement.kind === 'query') return statement.query;
  if (statement.statement.kind === 'query') return statement.statement.query;
  throw new Error(`EXPLAIN of ${statement.statement.kind} is no query`);
}

function routed(query: Query, names: RouteNames, tell: (error: unknown) => void): Route {
  try {
    return routeQuery(query, names);
  } catch (error) {
    tell(error);
    throw error;
  }
}

export type SemanticEngine = Engine & { readonly planCache: () => PlanCacheCounts };

export function createEngine(options: EngineOptions): SemanticEngine {
  const plans = new PlanCache<WarehousePlan>(PLANS);
  const shapes = new WeakMap<ServingModel, RecentlyUsed<CatalogShape>>();
  // Decisions of one shape see the same; an admin's catalog holds more.
  const shapeOf = (decision: PolicyDecision, serving: ServingModel, { admin }: Identity): CatalogShape => {
    const ofModel = shapes.get(serving) ?? new RecentlyUsed<CatalogShape>(SHAPES);
    shapes.set(serving, ofModel);
    const key = `${decision.shape} ${admin}`;
    const shape = ofModel.get(key) ?? catalogShape(decision.model, serving.model, admin);
    ofModel.set(key, shape);
    return shape;
  };
  return {
    planCache: () => plans.counts,
    prepare: async (statement, text, offset, parameterTypes, session, atOnce) => {
      if (statement.kind === 'query') {
        const constant = constantStatement(statement.query, parameterTypes, session, options.database);
        if (constant !== undefined) return constant;
      }
      const serving = await options.serving(session.identity);
      const decision = serving.decisionFor(session.identity);
      const query = queryOf(statement);
      // PostgreSQL itself answers EXPLAIN of a query over its catalog.
      const searchPath = session.settings.get('search_path') ?? '';
      const names = { model: decision.model, options, source: { text, offset }, searchPath };
      const probe = { query, text, session };
      if (routed(query, names, (error) => options.failedProbes?.tell(probe, error)) === 'catalog') {
        const shape = shapeOf(decision, serving, session.identity);
        const stable = statement.kind === 'query' && isStable(query);
        const asked = { text, offset, parameterTypes, stable, atOnce };
        const prepare = () => prepareCatalog(asked, session, shape, options);
        return options.failedProbes === undefined ? prepare() : options.failedProbes.watch(probe, prepare);
      }
      const ask = (own: SessionView, signal?: AbortSignal) =>
        askCatalog(
          options.catalog,
          shapeOf(decision, serving, own.identity),
          catalogSession(own, options.database, ''),
          signal,
        );
      const answers = await catalogValues(query, parameterTypes, () => ask(session, atOnce));
      const { values, parameters } = answers;
      const request: PlanRequest = {
        ...{ query, text, offset, serving, decision },
        parameterTypes: answers.parameterTypes,
        catalogValues: values,
      };
      const later = parameters && {
        ...parameters,
        values: (binds: readonly ParameterValue[], run: OpenOptions) =>
          parameters.bound(binds, ask(run.session, run.signal)),
      };
      const begun = performance.now();
      const prepared = prepareData(request, session, options, plans, later);
      if (statement.kind === 'query') return prepared;
      const planningMs = performance.now() - begun;
      const { secured } = planData(request, session, options, plans);
      const rewritten = options.queryRewrite?.() !== undefined;
      const plan = semanticPlan(secured, decision, session.identity.admin, rewritten);
      return explainPrepared(prepared, plan, planningMs, statement);
    },
  };
}
