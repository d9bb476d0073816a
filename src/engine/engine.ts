/**
 * The engine: routes a statement to the planner or to the catalog.
 */
import type { Identity } from '../access/context.ts';
import type { PolicyDecision } from '../access/decision.ts';
import type { QueryRewriter } from '../access/query-rewrite.ts';
import type { Catalog, CatalogShape } from '../catalog/catalog.ts';
import type { Dialect } from '../plan/dialect.ts';
import type { Engine } from '../session/engine.ts';
import type { Query } from '../sql/ast.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { Administration } from './administration.ts';
import { catalogShape } from './catalog-shape.ts';
import { prepareCatalog } from './catalog-statement.ts';
import { planData, prepareData, type WarehousePlan } from './data-statement.ts';
import { explainPrepared } from './explain.ts';
import { PlanCache, type PlanCacheCounts } from './plan-cache.ts';
import { semanticPlan } from './query-plan.ts';
import { routeQuery } from './route.ts';
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
  /** The hook of now; undefined where the operator wrote none. */
  readonly queryRewrite?: () => QueryRewriter | undefined;
};

const PLANS = 1000;

function queryOf(statement: Parameters<Engine['prepare']>[0]): Query {
  if (statement.kind === 'query') return statement.query;
  if (statement.statement.kind === 'query') return statement.statement.query;
  throw new Error(`EXPLAIN of ${statement.statement.kind} is no query`);
}

export type SemanticEngine = Engine & { readonly planCache: () => PlanCacheCounts };

export function createEngine(options: EngineOptions): SemanticEngine {
  const plans = new PlanCache<WarehousePlan>(PLANS);
  const shapes = new WeakMap<PolicyDecision, CatalogShape>();
  // A decision is one identity's, so it is an admin's or nobody's.
  const shapeOf = (decision: PolicyDecision, { model }: ServingModel, { admin }: Identity): CatalogShape => {
    const known = shapes.get(decision) ?? catalogShape(decision.model, model, admin);
    shapes.set(decision, known);
    return known;
  };
  return {
    planCache: () => plans.counts,
    prepare: async (statement, text, offset, parameterTypes, session) => {
      const serving = await options.serving(session.identity);
      const decision = serving.decisionFor(session.identity);
      const query = queryOf(statement);
      // PostgreSQL itself answers EXPLAIN of a query over its catalog.
      if (routeQuery(query) === 'catalog') {
        const shape = shapeOf(decision, serving, session.identity);
        return prepareCatalog(text, offset, parameterTypes, session, shape, options);
      }
      const request = { query, text, offset, parameterTypes, serving, decision };
      const begun = performance.now();
      const prepared = prepareData(request, session, options, plans);
      if (statement.kind === 'query') return prepared;
      const planningMs = performance.now() - begun;
      const { secured } = planData(request, session, options, plans);
      const rewritten = options.queryRewrite?.() !== undefined;
      const plan = semanticPlan(secured, decision, session.identity.admin, rewritten);
      return explainPrepared(prepared, plan, planningMs, statement);
    },
  };
}
