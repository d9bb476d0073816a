/**
 * Statements of clients that the catalog should have answered and did not, in the server's log: what users of a tool can
 * report when it does not connect or shows nothing. Once for each statement but for its constants, which are left out
 * as in the audit log (SEMWIRE_AUDIT_LITERALS).
 */
import { createHash } from 'node:crypto';
import { SqlError, SqlState } from '../errors.ts';
import type { Prepared, SessionView } from '../session/engine.ts';
import { type Log, redact } from '../session/log.ts';
import type { Query } from '../sql/ast.ts';
import { maskLiterals } from '../sql/scan.ts';
import { isOfOtherPostgres } from './other-postgres.ts';
import { readsCatalog } from './route.ts';

export type Probe = {
  readonly query: Query;
  /** As the client sent it. */
  readonly text: string;
  readonly session: SessionView;
};

export type FailedProbes = {
  readonly tell: (probe: Probe, error: unknown) => void;
  /** Prepares it; what fails then or when it is executed is told, and thrown on. */
  readonly watch: (probe: Probe, prepare: () => Promise<Prepared>) => Promise<Prepared>;
};

/** Different ones that are told in a server's life: more are a flood, not tools. */
const MOST = 1_000;
const LONGEST = 8_000;

/** @param literals statements as they are written */
export function createFailedProbes(log: Log, literals: boolean): FailedProbes {
  const told = new Set<string>();

  function tell({ query, text, session }: Probe, error: unknown): void {
    if (told.size >= MOST || !isRemarkable(error, query)) return;
    const masked = maskLiterals(text);
    const { code, message } = error instanceof SqlError ? error : { code: SqlState.internalError, message: '' };
    const shape = createHash('sha256').update(`${code} ${masked}`).digest('base64');
    if (told.has(shape)) return;
    told.add(shape);
    log.warn(
      {
        code,
        message: redact(literals ? message : withoutLiterals(message, masked)),
        statement: redact(literals ? text : masked).slice(0, LONGEST),
        application: redact(session.applicationName),
      },
      'catalog probe failed',
    );
  }

  return {
    tell,
    watch: async (probe, prepare) => {
      const telling = (error: unknown): never => {
        tell(probe, error);
        throw error;
      };
      const prepared = await prepare().catch(telling);
      return { ...prepared, open: (binds, options) => prepared.open(binds, options).catch(telling) };
    },
  };
}

/**
 * True for an error that whoever wrote the statement cannot have meant. The catalog is PostgreSQL's own, so a name or a
 * type that it refuses is the user's mistake, or else of another version or an extension; a function that was taken out
 * of it is missing on purpose.
 */
function isRemarkable(error: unknown, query: Query): boolean {
  if (!(error instanceof SqlError)) return true;
  const { code, message } = error;
  switch (code) {
    case SqlState.queryCanceled:
      return message.endsWith('statement timeout');
    case SqlState.undefinedColumn:
      return readsCatalog(query) && isOfOtherPostgres(missingName(message));
    case SqlState.undefinedTable:
    case SqlState.undefinedFunction:
      return isOfOtherPostgres(missingName(message));
    default:
      return /^(0A|53|54|58|XX)/.test(code);
  }
}

/** Without schema or alias: `column c.relhasoids does not exist`, `relation "pg_catalog.pg_pltemplate" …`. */
function missingName(message: string): string {
  return /^(?:column|relation|function) "?(?:\w+\.)*(\w+)/.exec(message)?.[1] ?? '';
}

/** A name in quotes stays only if the statement says it outside of its constants. */
function withoutLiterals(message: string, masked: string): string {
  const said = masked.toLowerCase().replaceAll('"', '');
  return message.replace(/"([^"]*)"/g, (quoted, name: string) => (said.includes(name.toLowerCase()) ? quoted : '"?"'));
}
