/** A model with everything that is wrong with it, in its files and to the warehouse. */
import type { SecurityContext } from '../access/context.ts';
import { loadPersonas, type Persona, personaContext } from '../access/personas.ts';
import { examineRights } from '../access/rights/examine.ts';
import { loadRights } from '../access/rights/load.ts';
import type { Rights } from '../access/rights/rights.ts';
import type { Config } from '../config.ts';
import { type ServingModel, serveModel } from '../engine/serving-model.ts';
import { SqlError } from '../errors.ts';
import { type ModelSource, namesOf, openModel } from '../model/load.ts';
import { problemText } from '../model/problems.ts';
import { renderModel } from '../model/template/templates.ts';
import type { Model, ModelProblem } from '../model/types.ts';
import { createLog } from '../operate/log.ts';
import type { Dialect } from '../plan/dialect.ts';
import { loadParser } from '../sql/libpg.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { openWarehouse } from './assemble.ts';
import { complain } from './command.ts';
import { unservedFiles } from './unserved-files.ts';

export type Checked = {
  readonly model: Model | undefined;
  readonly serving: ServingModel | undefined;
  readonly rights: Rights | undefined;
  readonly problems: readonly ModelProblem[];
  /** Top-level claims that its templates have read. */
  readonly reads: ReadonlySet<string>;
};

/** A model of one security context; `for` names it where there are several. */
type Rendering = {
  readonly for: string | undefined;
  readonly model: Model;
  readonly reads: ReadonlySet<string>;
  readonly problems: readonly ModelProblem[];
};

/**
 * @param context whose model it is; left out: that of each persona
 * @returns of the first context where there are several
 * @throws CommandFailed when an embedded warehouse cannot be filled
 */
export async function checkModel(config: Config, context?: SecurityContext): Promise<Checked> {
  await loadParser();
  const { source, problems: found } = await openModel(config.model, config.modelEnvironment);
  const personas = await loadPersonas(config.model);
  const { rights, problems: ofRights } = await loadRights(config.model, source && namesOf(source), config.auth);
  const problems = [...found, ...personas.problems, ...(await unservedFiles(config.model)), ...ofRights];
  const nothing = { model: undefined, serving: undefined, rights: undefined, reads: new Set<string>() };
  if (source === undefined) return { ...nothing, problems };
  const renderings = renderingsOf(source, personas.personas, context);
  const { warehouse, dialect } = await openWarehouse(config, createLog('silent'));
  try {
    const described: Described[] = [];
    for (const rendering of renderings) described.push(await describe(rendering, rights, config, warehouse, dialect));
    const [first] = described;
    const reads = new Set(renderings.flatMap((rendering) => [...rendering.reads]));
    const all = [...problems, ...together(described)];
    return first === undefined
      ? { ...nothing, problems: all }
      : { model: first.rendering.model, serving: first.serving, rights, problems: all, reads };
  } finally {
    await warehouse.close();
  }
}

function renderingsOf(
  source: ModelSource,
  personas: readonly Persona[],
  context: SecurityContext | undefined,
): readonly Rendering[] {
  if (source.kind === 'fixed') return [{ for: undefined, model: source.model, reads: new Set(), problems: [] }];
  const contexts =
    context !== undefined || personas.length === 0
      ? [{ for: undefined, context: context ?? {} }]
      : personas.map((persona) => ({ for: persona.name, context: personaContext(persona) }));
  return contexts.map((each): Rendering => {
    try {
      const rendered = renderModel(source.sources, each.context);
      const { model, problems } = rendered.usable();
      return { for: each.for, model, reads: rendered.reads, problems: [...problems, ...unrendered(model)] };
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      const problem = { at: { file: '.', line: 1, column: 1 }, severity: 'error', message: error.message } as const;
      const model: Model = { cubes: new Map(), views: new Map(), version: '' };
      return { for: each.for, model, reads: new Set(), problems: [problem] };
    }
  });
}

/** What a context lacks is no fault of the model: it is told, and nothing fails. */
function unrendered({ cubes, views, unrendered: names = new Map() }: Model): readonly ModelProblem[] {
  return [...names].map(([name, error]) => ({
    at: cubes.get(name)?.at ?? views.get(name)?.at ?? { file: '.', line: 1, column: 1 },
    severity: 'warning',
    message: `"${name}" is not there: ${error.message}`,
  }));
}

type Described = {
  readonly rendering: Rendering;
  readonly serving: ServingModel;
  readonly problems: readonly ModelProblem[];
};

/** What the warehouse refuses is an error here: the server would start, and not show that member. */
async function describe(
  rendering: Rendering,
  rights: Rights | undefined,
  config: Config,
  warehouse: Warehouse,
  dialect: Dialect,
): Promise<Described> {
  const { model } = rendering;
  const options = { expose: config.expose, ignorePublic: config.dev, rights };
  const { serving, refused } = await serveModel(model, dialect, (sql) => warehouse.describe(sql, []), options)
    .then((made) => ({ serving: made.serving, refused: made.problems }))
    .catch(async (error: unknown) => {
      if (!(error instanceof SqlError)) throw error;
      const reason = error.cause instanceof Error ? error.cause.message : error.message;
      complain(`warning: the warehouse was not asked, so its SQL is not checked: ${reason}`);
      return { serving: (await serveModel(model, dialect, async () => [], options)).serving, refused: [] };
    });
  const errors = refused.map((problem) => ({ ...problem, severity: 'error' as const }));
  const examined = rights === undefined ? [] : examineRights(rights, model, serving.publicTables);
  return { rendering, serving, problems: [...rendering.problems, ...errors, ...examined] };
}

/** Each problem once, with the personas that have it where not all do. */
function together(described: readonly Described[]): readonly ModelProblem[] {
  const found = new Map<string, { readonly problem: ModelProblem; readonly names: string[] }>();
  for (const { rendering, problems } of described) {
    for (const problem of problems) {
      const text = problemText(problem);
      const known = found.get(text) ?? { problem, names: [] };
      found.set(text, known);
      if (rendering.for !== undefined && !known.names.includes(rendering.for)) known.names.push(rendering.for);
    }
  }
  return [...found.values()].map(({ problem, names }) =>
    names.length === 0 || names.length === described.length
      ? problem
      : { ...problem, message: `${problem.message} (as ${names.join(', ')})` },
  );
}
