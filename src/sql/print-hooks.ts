/** What a printed text depends on besides the tree: who expands the author's SQL, and how the warehouse spells things. */
import type { Expr, OpaqueText } from './ast.ts';
import type { printType } from './print-token.ts';

export type PrintHooks = {
  /** The author's SQL: an expression (put in parentheses by the printer) or a FROM item (put in as it comes). */
  readonly opaque: (text: OpaqueText, context: 'expr' | 'table') => string;
  /** A value that the gateway binds. `type` is its PostgreSQL name. */
  readonly bind: (bind: number, type: string) => string;
  /** The client's own $n. */
  readonly parameter: (index: number) => string;
  /** A dialect's own spelling of an expression; undefined for the common one. `print` prints its parts. */
  readonly expr?: (expr: Expr, print: (part: Expr) => string) => string | undefined;
  /** A dialect's own spelling of a type; the default quotes PostgreSQL's name. */
  readonly type?: typeof printType;
};

/** Text with neither author's SQL nor binds: as clients write it. */
export const PLAIN_HOOKS: PrintHooks = {
  opaque: () => {
    throw new Error('print: opaque text without a hook');
  },
  bind: () => {
    throw new Error('print: a bind without a hook');
  },
  parameter: (index) => `$${index}`,
};
