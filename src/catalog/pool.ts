/**
 * The catalog as the rest of the server sees it: a queue before the worker threads, and a cache before the queue.
 */
import { type AnswerCache, createAnswerCache } from './answer-cache.ts';
import type { Catalog, CatalogDescription, CatalogResult, CatalogSession, CatalogShape } from './catalog.ts';
import { factsOf, stableKey } from './facts.ts';
import { isStableText } from './stable.ts';
import { createWorkers, type Reply, type Statement } from './workers.ts';

export type CatalogOptions = {
  /** Instances kept, at least one, each tens of megabytes: SEMWIRE_CATALOG_SHAPES. */
  readonly shapes?: number;
  /**
   * Deadline of one statement in milliseconds, 57014 past it, 0 for none: SEMWIRE_CATALOG_TIMEOUT. A subject whose
   * statements went past it three times in a minute is 53400 for the rest of it.
   */
  readonly timeoutMs?: number;
  /** Memory for answers kept. */
  readonly cacheBytes?: number;
};

type Executed = Extract<Reply, { kind: 'executed' }>;

/** Nothing runs until the first statement: the first worker starts with it, the second one with a second shape. */
export function openCatalog(options: CatalogOptions = {}): Catalog {
  const { shapes = 8, timeoutMs = 5_000, cacheBytes = 64 * 1024 * 1024 } = options;
  const descriptions: AnswerCache<CatalogDescription> = createAnswerCache(cacheBytes / 4);
  const results: AnswerCache<CatalogResult> = createAnswerCache(cacheBytes);
  const workers = createWorkers(shapes, timeoutMs);

  async function execute(
    shape: CatalogShape,
    session: CatalogSession,
    signal: AbortSignal | undefined,
    question: Omit<Extract<Statement, { kind: 'execute' }>, 'kind' | 'shapeKey' | 'facts'>,
  ): Promise<Executed> {
    const statement: Statement = { kind: 'execute', shapeKey: shape.key, facts: factsOf(session), ...question };
    const reply = await workers.ask(session.subject, shape, statement, signal);
    if (reply.kind !== 'executed') throw new Error('the catalog worker described instead of executing');
    return reply;
  }

  function keepDescription(key: string, description: CatalogDescription): void {
    descriptions.set(key, description, 100 * (description.columns.length + 1));
  }

  return {
    describe: async (shape, session, sql, parameterTypes) => {
      const key = questionKey(shape, session, [sql, parameterTypes]);
      const known = descriptions.get(key);
      if (known !== undefined) return known;
      const facts = factsOf(session);
      const statement: Statement = { kind: 'describe', shapeKey: shape.key, facts, sql, parameterTypes };
      const reply = await workers.ask(session.subject, shape, statement);
      if (reply.kind !== 'described') throw new Error('the catalog worker executed instead of describing');
      keepDescription(key, reply.description);
      return reply.description;
    },
    execute: async (shape, session, sql, parameterTypes, parameters, resultFormats, options = {}) => {
      const texts = parameters.map(({ value }) => (value === null ? null : textOf(value)));
      const stable = options.stable === true && texts.every((text) => text === null || isStableText(text));
      const values = texts.map((text, index) => [parameters[index]?.format, text]);
      const key = questionKey(shape, session, [sql, parameterTypes, values, spelled(resultFormats)]);
      const known = stable ? results.get(key) : undefined;
      if (known !== undefined) return known;
      const { result } = await execute(shape, session, options.signal, {
        ...{ sql, parameterTypes, resultFormats, describe: false },
        parameters: parameters.map(({ format, value }) => ({ format, value: value === null ? null : value.slice() })),
      });
      if (stable) results.set(key, result, result.frames.length);
      return result;
    },
    run: async (shape, session, sql, { signal, stable = false } = {}) => {
      const descriptionKey = questionKey(shape, session, [sql, []]);
      const resultKey = questionKey(shape, session, [sql, [], [], spelled([])]);
      const known = { description: descriptions.get(descriptionKey), result: results.get(resultKey) };
      if (stable && known.description !== undefined && known.result !== undefined) {
        return { description: known.description, result: known.result };
      }
      const question = { sql, parameterTypes: [], parameters: [], resultFormats: [], describe: true };
      const { description, result } = await execute(shape, session, signal, question);
      if (description === undefined) throw new Error('the catalog worker did not describe');
      keepDescription(descriptionKey, description);
      if (stable) results.set(resultKey, result, result.frames.length);
      return { description, result };
    },
    counts: workers.counts,
    close: workers.close,
  };
}

function questionKey(shape: CatalogShape, session: CatalogSession, question: readonly unknown[]): string {
  return JSON.stringify([shape.key, stableKey(session), ...question]);
}

/** All text may be left out, or said for each column. */
function spelled(formats: readonly (0 | 1)[]): readonly (0 | 1)[] {
  return formats.every((format) => format === 0) ? [] : formats;
}

/** Byte for byte, one character each. */
function textOf(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
}
