/**
 * The audit log: who signed in and who was refused, who asked what of which tables under which policies, who acted as
 * whom. JSON, one line for each (SEMWIRE_AUDIT_LOG). It has no token and no claim; literals of statements only where
 * SEMWIRE_AUDIT_LITERALS says so.
 */
import { closeSync, openSync } from 'node:fs';
import { assertNever } from '../errors.ts';
import { redact } from '../session/log.ts';
import type { Doer, SessionEvent } from '../session/observer.ts';
import { SUCCESS } from '../session/observer.ts';
import { maskLiterals } from '../sql/scan.ts';
import { openLines } from './log.ts';

/** What the server does of its own, or for an operator. */
export type OperationEvent =
  | { readonly kind: 'reload'; readonly of: 'keys' | 'model'; readonly outcome: 'ok' | 'refused' }
  | {
      readonly kind: 'token';
      readonly outcome: 'ok' | 'refused';
      readonly address: string | undefined;
      readonly subject: string | undefined;
    };

export type AuditLog = {
  readonly write: (event: SessionEvent | OperationEvent) => void;
  /** The file by its name again, after another has moved it away. */
  readonly reopen: () => void;
};

/**
 * @param target a path, or `-` for stdout
 * @param literals statements as they are written
 * @throws Error when the file cannot be written
 */
export function openAuditLog(target: string, literals: boolean): AuditLog {
  // A file that only its owner can read; later openings keep the mode.
  if (target !== '-') closeSync(openSync(target, 'a', 0o600));
  const lines = openLines(target);
  return {
    write: (event) => {
      const fields = fieldsOf(event, literals);
      if (fields !== undefined) lines.write({ event: event.kind, ...fields });
    },
    reopen: lines.reopen,
  };
}

function fieldsOf(event: SessionEvent | OperationEvent, literals: boolean): object | undefined {
  switch (event.kind) {
    case 'sign-in': {
      const { doer, code, reason } = event;
      return {
        outcome: outcomeOf(code),
        ...who(doer),
        code,
        reason,
      };
    }
    case 'sign-out':
      return who(event.doer);
    case 'statement': {
      const { doer, text, code, rows, ms, queryId } = event;
      const statement = text === undefined ? undefined : redact(literals ? text : maskLiterals(text));
      const reads = event.reads();
      return {
        ...who(doer),
        outcome: outcomeOf(code),
        code,
        statement,
        tables: reads.map(({ table, columns }) => ({ table, columns })),
        policies: reads.flatMap(({ policies }) => policies),
        rows,
        ms: Math.round(ms * 1_000) / 1_000,
        queryId,
      };
    }
    case 'switch':
      return { ...who(event.doer), to: event.to, outcome: outcomeOf(event.code), code: event.code };
    case 'cancel':
      return { ...who(event.doer), from: event.address };
    case 'reload':
      return { of: event.of, outcome: event.outcome };
    case 'token':
      return { outcome: event.outcome, address: event.address, subject: event.subject };
    default:
      return assertNever(event, 'fieldsOf');
  }
}

function who({ pid, address, user, subject, issuer, persona }: Doer): object {
  return { pid, address, user: redact(user), subject, issuer, persona };
}

function outcomeOf(code: string): 'ok' | 'refused' {
  return code === SUCCESS ? 'ok' : 'refused';
}
