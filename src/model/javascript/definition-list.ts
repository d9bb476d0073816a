/**
 * All that one script defines → a file of cubes and views, without what this context cannot have.
 */
import { SqlError } from '../../errors.ts';
import { type SourceNode, textAt } from '../source.ts';
import type { LeftOut } from '../template/settle.ts';
import { hasMarker } from '../template/tokens.ts';
import type { SourcePosition } from '../types.ts';
import { type Definition, type Reading, readDefinition } from './definition.ts';
import type { Failure, Note } from './failure.ts';
import type { Script } from './script.ts';

/** @throws TemplateFault for what is no definition, SqlError for what this context lacks in one without a name */
export function readDefinitions(
  { file }: Script,
  definitions: readonly Definition[],
  reading: Reading,
): { readonly node: SourceNode; readonly left: readonly LeftOut[]; readonly notes: readonly Note[] } {
  const at: SourcePosition = { file, line: 1, column: 1 };
  const left: LeftOut[] = [];
  const notes = definitions.map(({ body }) => failureIn(body)?.note).filter((note) => note !== undefined);
  const list = (kind: Definition['kind']): SourceNode => ({
    kind: 'list',
    at,
    items: definitions
      .filter((definition) => definition.kind === kind)
      .flatMap((definition) => {
        const name = nameOf(definition);
        try {
          const failed = failureIn(definition.body);
          if (failed !== undefined) throw failed.error;
          return [readDefinition(definition, reading)];
        } catch (error) {
          // The others of the file do not need what this one lacks.
          if (!(error instanceof SqlError) || name === undefined) throw error;
          left.push({ definition: outline(name, definition), error });
          return [];
        }
      }),
  });
  const entries = [
    { key: 'cubes', keyAt: at, value: list('cube') },
    ...(definitions.some(({ kind }) => kind === 'view') ? [{ key: 'views', keyAt: at, value: list('view') }] : []),
  ];
  return { node: { kind: 'map', entries, at }, left, notes };
}

/** A body that could not be made for this context: its failure stands for it. */
function failureIn(body: unknown): Failure | undefined {
  const isFailure = typeof body === 'object' && body !== null && 'error' in body && body.error instanceof SqlError;
  return isFailure ? (body as unknown as Failure) : undefined;
}

function nameOf({ name, body }: Definition): string | undefined {
  const written = name ?? (body as { readonly name?: unknown } | undefined)?.name;
  return typeof written === 'string' && !hasMarker(written) ? written : undefined;
}

/** What is known of a definition that this context cannot have. */
function outline(name: string, { kind, body, at }: Definition): SourceNode {
  const scalar = (value: string | boolean): SourceNode => ({
    kind: 'scalar',
    value,
    raw: String(value),
    text: textAt(String(value), at),
    at,
  });
  const isPublic = (body as { readonly public?: unknown } | undefined)?.public;
  const entries = [
    { key: 'name', keyAt: at, value: scalar(name) },
    ...(typeof isPublic === 'boolean' ? [{ key: 'public', keyAt: at, value: scalar(isPublic) }] : []),
    ...(kind === 'view' ? [{ key: 'cubes', keyAt: at, value: { kind: 'list', items: [], at } as const }] : []),
  ];
  return { kind: 'map', entries, at };
}
