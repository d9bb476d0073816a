/** Small makers of tree nodes that DuckDB's spellings are built from. */
import type { Call, Expr, TypeName } from '../../sql/ast.ts';
import { callOf } from '../../sql/call.ts';
import type { DuckdbFunctionName } from './function-list.ts';

export function call(name: DuckdbFunctionName, ...args: readonly Expr[]): Call {
  return callOf([name], args);
}

export function text(value: string): Expr {
  return { kind: 'string', value };
}

export function number(value: number | string): Expr {
  return { kind: 'number', text: String(value) };
}

export function binary(operator: string, left: Expr, right: Expr): Expr {
  return { kind: 'binary', operator, left, right };
}

export function castTo(operand: Expr, name: string, ...modifiers: readonly string[]): Expr {
  return { kind: 'cast', operand, type: named(name, ...modifiers) };
}

export function named(name: string, ...modifiers: readonly string[]): TypeName {
  return { path: [name], modifiers, dimensions: 0 };
}

/** `CASE WHEN condition THEN then ELSE otherwise END` */
export function choose(when: Expr, then: Expr, otherwise: Expr): Expr {
  return { kind: 'case', operand: undefined, branches: [{ when, then }], otherwise };
}

/** Raises where PostgreSQL does and DuckDB would answer NULL; the driver maps the text to its SQLSTATE. */
export function raise(message: string): Expr {
  return call('error', text(message));
}
