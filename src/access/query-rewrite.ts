/**
 * queryRewrite: the operator's hook that narrows each statement when it is executed (contract 7.7,
 * https://cube.dev/docs/product/configuration/reference/config#queryrewrite; security cases C29, C30).
 */
import { SqlError, SqlState } from '../errors.ts';
import type { SecurityContext } from './context.ts';
import { readFilterRules } from './filter-claims.ts';
import { HookFailed, type Hooks } from './hooks.ts';
import type { FilterRule } from './row-filter.ts';

/** What a statement reads, however deep it stands: members are `table.member`. */
export type RewrittenQuery = {
  readonly tables: readonly string[];
  readonly dimensions: readonly string[];
  readonly measures: readonly string[];
  readonly segments: readonly string[];
};

/** The hook as the engine asks it. */
export type QueryRewriter = {
  /**
   * @returns the filters that it added
   * @throws SqlError 42501 with its message when it throws, and for any answer but a query
   */
  readonly ask: (query: RewrittenQuery, securityContext: SecurityContext) => Promise<readonly FilterRule[]>;
  /** Why its filters cannot hold goes to the log: they may name members that the client does not see. */
  readonly refused: (reason: SqlError) => SqlError;
};

type Log = { readonly warn: (fields: object, message: string) => void };

export function queryRewriter(hook: NonNullable<Hooks['queryRewrite']>, log: Log): QueryRewriter {
  const refused = (reason: SqlError): SqlError => {
    log.warn({ reason: reason.message }, 'a filter of queryRewrite was refused');
    return new SqlError(reason.code, 'queryRewrite added a filter that cannot be applied', { cause: reason });
  };
  return {
    refused,
    ask: async (query, securityContext) => {
      const filters = await askHook(hook, query, securityContext);
      try {
        return readFilterRules(filters);
      } catch (error) {
        throw error instanceof SqlError ? refused(error) : error;
      }
    },
  };
}

/** More would make an error of its own. */
const MAX_MESSAGE = 1_000;

/** It gets a query of its own, without filters, so that all that come back are its own. */
async function askHook(
  hook: NonNullable<Hooks['queryRewrite']>,
  query: RewrittenQuery,
  securityContext: SecurityContext,
): Promise<readonly unknown[]> {
  const given = {
    tables: [...query.tables],
    dimensions: [...query.dimensions],
    measures: [...query.measures],
    segments: [...query.segments],
    filters: [],
  };
  const answer = await hook(given, Object.freeze({ securityContext })).catch((error: unknown) => {
    if (error instanceof HookFailed) throw denied(messageOf(error), error);
    throw error;
  });
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
    throw denied('queryRewrite did not return the query');
  }
  const { filters, segments, timeDimensions } = answer as Readonly<Record<string, unknown>>;
  // What cannot be read as a filter would be left out, and widen what the operator meant.
  if (!Array.isArray(filters)) throw denied('queryRewrite returned a query without filters');
  const added = Array.isArray(segments) && segments.some((segment) => !query.segments.includes(String(segment)));
  if (added || (Array.isArray(timeDimensions) && timeDimensions.length > 0)) {
    throw denied('queryRewrite can add filters alone, no segments and no timeDimensions');
  }
  return filters;
}

/** The hook's own words are for the client: it wrote them for that. */
function messageOf({ cause, message }: HookFailed): string {
  const text = cause instanceof Error && cause.message !== '' ? cause.message : message;
  return text.slice(0, MAX_MESSAGE);
}

function denied(message: string, cause?: unknown): SqlError {
  return new SqlError(SqlState.insufficientPrivilege, message, { cause });
}
