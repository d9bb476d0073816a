/**
 * The models of a folder whose templates read claims: one for each rendered content, made when a context first needs
 * it, shared by all contexts that render the same (contract 7.5; security cases C33–C37, G12).
 */
import type { Identity } from '../access/context.ts';
import { SqlError, SqlState } from '../errors.ts';
import { claimsKey } from '../model/template/recorded-context.ts';
import { type RenderedModel, renderModel, type TemplateSources } from '../model/template/templates.ts';
import type { Model, ModelProblem } from '../model/types.ts';
import { RecentlyUsed } from './recently-used.ts';
import type { ServingModel } from './serving-model.ts';

/** The model as an identity's context has it. @throws SqlError 42501 when it cannot be rendered, 58000 unreachable */
export type ModelFor = (identity: Identity) => Promise<ServingModel>;

export type ContextModelOptions = {
  readonly sources: TemplateSources;
  /** Learns the types, and makes the tables. */
  readonly serve: (model: Model) => Promise<ServingModel>;
  /** What is wrong with a rendered model, once for each content. */
  readonly report: (problems: readonly ModelProblem[]) => void;
  /** Most models kept. */
  readonly models?: number;
};

const MODELS = 100;
/** Keys of contexts are short; models are not. */
const KEYS = 20_000;
/** Models described at the same time: a storm of new contexts must not take all of the warehouse's connections. */
const AT_ONCE = 4;

export function contextModels({ sources, serve, report, models = MODELS }: ContextModelOptions): ModelFor {
  /**
   * Every claim that a rendering has read. A context's key is made of these: one that is equal in all of them renders
   * alike, because what it reads is decided by what it has read before.
   */
  const reads = new Set<string>();
  const contents = new RecentlyUsed<string>(KEYS);
  const served = new RecentlyUsed<Promise<ServingModel>>(models);
  const keys = new WeakMap<Identity, { readonly reads: number; readonly key: string }>();
  const limit = atMost(AT_ONCE);

  const keyOf = (identity: Identity): string => {
    const known = keys.get(identity);
    if (known?.reads === reads.size) return known.key;
    const key = claimsKey(identity.context, reads);
    keys.set(identity, { reads: reads.size, key });
    return key;
  };
  const render = (identity: Identity): RenderedModel => {
    const rendered = renderModel(sources, identity.context);
    const before = reads.size;
    for (const name of rendered.reads) reads.add(name);
    // Keys of fewer claims are asked for no more.
    if (reads.size > before) contents.clear();
    contents.set(keyOf(identity), rendered.content);
    return rendered;
  };
  const start = (rendered: RenderedModel): Promise<ServingModel> => {
    const making = limit(async () => {
      const { model, problems } = rendered.usable();
      if (problems.length > 0) report(problems);
      return serve(model);
    });
    served.set(rendered.content, making);
    making.catch((error: unknown) => {
      // A refusal of this content stays one; a warehouse that was away may come back.
      const lasting = error instanceof SqlError && error.code === SqlState.insufficientPrivilege;
      if (!lasting && served.get(rendered.content) === making) served.delete(rendered.content);
    });
    return making;
  };
  return async (identity) => {
    const content = contents.get(keyOf(identity));
    const ready = content === undefined ? undefined : served.get(content);
    if (ready !== undefined) return ready;
    const rendered = render(identity);
    return served.get(rendered.content) ?? start(rendered);
  };
}

/** Runs work, so many at a time; the rest waits in order. */
function atMost(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
