/**
 * What an error of a script means: the author's fault with its place, or that this context lacks something.
 */
import { SqlError } from '../../errors.ts';
import type { RecordedContext } from '../template/recorded-context.ts';
import { TokenFault } from '../template/tokens.ts';
import { deniedFor, lacks, TemplateFault } from '../template/value.ts';
import type { SourcePosition } from '../types.ts';
import type { Claims } from './claim.ts';
import type { Script, Scripts } from './script.ts';

export type Failure = {
  readonly error: TemplateFault | SqlError;
  readonly note: Note | undefined;
};

/** What the author would want to know of an error that is this context's. */
export type Note = { readonly at: SourcePosition; readonly message: string };

export type FailureOf = (error: unknown, script: Script) => Failure;

export function failures(scripts: Scripts, claims: Claims, { reads }: RecordedContext): FailureOf {
  return (error, script) => {
    if (error instanceof SqlError) return { error, note: undefined };
    if (error instanceof TemplateFault) return { error: faultIn(script, error.message, error.at), note: undefined };
    if (error instanceof TokenFault) return { error: faultIn(script, error.message), note: undefined };
    const { message, at } = thrown(error, script, scripts);
    // Whoever has read a claim may have thrown because of it.
    if (reads.size === 0) return { error: new TemplateFault(message, at), note: undefined };
    const path = claims.missing.at(-1);
    const denied =
      path === undefined ? deniedFor('the model cannot be rendered for this security context', error) : lacks(path);
    return { error: denied, note: { at, message } };
  };
}

export function faultIn({ file }: Script, message: string, at?: SourcePosition): TemplateFault {
  return new TemplateFault(message, at ?? { file, line: 1, column: 1 });
}

/** What JavaScript says of an error, and the line of the model where it came up. */
function thrown(
  error: unknown,
  { file: own }: Script,
  { modules }: Scripts,
): { readonly message: string; readonly at: SourcePosition } {
  const isError = typeof error === 'object' && error !== null && 'message' in error;
  const message = isError ? String(error.message) : String(error);
  const stack = isError && 'stack' in error ? String(error.stack) : '';
  for (const [, file = '', line] of stack.matchAll(/([^\s()]+\.[cm]?[jt]s):(\d+):\d+/g)) {
    if (modules.has(file)) return { message, at: { file, line: Number(line), column: 1 } };
  }
  return { message, at: { file: own, line: 1, column: 1 } };
}
