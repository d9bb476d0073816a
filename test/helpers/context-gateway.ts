/** A model of templates without a socket: the engine, with the models that contexts have made. */
import { contextModels, type ModelFor } from '../../src/engine/context-models.ts';
import { createEngine } from '../../src/engine/engine.ts';
import { serveModel } from '../../src/engine/serving-model.ts';
import { openModel } from '../../src/model/load.ts';
import { problemText } from '../../src/model/problems.ts';
import type { ModelProblem } from '../../src/model/types.ts';
import type { Dialect } from '../../src/plan/dialect.ts';
import type { Engine } from '../../src/session/engine.ts';
import { loadParser } from '../../src/sql/libpg.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { NO_CATALOG } from './gateway.ts';

export type ContextGateway = {
  readonly engine: Engine;
  readonly modelFor: ModelFor;
  /** Models that were described so far. */
  readonly described: () => number;
  readonly reported: readonly ModelProblem[];
};

export async function openContextGateway(
  folder: string,
  warehouse: Warehouse,
  dialect: Dialect,
  options: { readonly models?: number; readonly describe?: Warehouse['describe'] } = {},
): Promise<ContextGateway> {
  await loadParser();
  const { source, problems } = await openModel(folder);
  if (source?.kind !== 'templates') throw new Error(problems.map(problemText).join('\n') || 'no templates');
  const { models, describe = warehouse.describe } = options;
  const reported: ModelProblem[] = [];
  let described = 0;
  const modelFor = contextModels({
    sources: source.sources,
    serve: async (model) => {
      described += 1;
      const serving = { expose: 'auto', ignorePublic: false, rights: undefined } as const;
      return (await serveModel(model, dialect, (sql) => describe(sql, []), serving)).serving;
    },
    report: (found) => reported.push(...found),
    ...(models === undefined ? {} : { models }),
  });
  const engine = createEngine({
    serving: modelFor,
    warehouse,
    dialect,
    catalog: NO_CATALOG,
    database: 'semwire',
    policyTimeZone: 'UTC',
  });
  return { engine, modelFor, described: () => described, reported };
}
