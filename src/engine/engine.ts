/**
 * The engine: routes a statement to the planner or to the catalog.
 */
import type { PolicyDecision } from '../access/decision.ts';
import type { Catalog, CatalogShape } from '../catalog/catalog.ts';
import type { Dialect } from '../plan/dialect.ts';
import type { Engine } from '../session/engine.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { catalogShape } from './catalog-shape.ts';
import { prepareCatalog } from './catalog-statement.ts';
import { planData, prepareData, type WarehousePlan } from './data-statement.ts';
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
      if (statement.kind === 'explain') {
        const inner = statement.statement;
        if (inner.kind !== 'query' || routeQuery(inner.query) === 'catalog') {
          return explainPrepared(['Catalog Query']);
        }
        const request = { query: inner.query, text, offset, parameterTypes, serving, decision };
        const { secured } = planData(request, session, options, plans);
        return explainPrepared(explainLines(secured, decision, session.identity.admin));
      }
      if (routeQuery(statement.query) === 'catalog') {
        return prepareCatalog(text, offset, parameterTypes, session, shapeOf(decision), options);
      }
      const request = { query: statement.query, text, offset, parameterTypes, serving, decision };
      return prepareData(request, session, options, plans);
    },
  };
}
