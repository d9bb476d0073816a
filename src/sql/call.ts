/** A call with nothing but its arguments. */
import type { Call, Expr } from './ast.ts';

/** @param path as written, or with its schema */
export function callOf(path: readonly string[], args: readonly Expr[]): Call {
  return {
    kind: 'call',
    path,
    args: args.map((value) => ({ name: undefined, variadic: false, value })),
    star: false,
    distinct: false,
    orderBy: [],
    withinGroup: false,
    filter: undefined,
    over: undefined,
  };
}
