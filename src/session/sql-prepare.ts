/** PREPARE, EXECUTE and DEALLOCATE. */
import { notSupported, SqlError, SqlState } from '../errors.ts';
import type { Expr, Statement, TypeName } from '../sql/ast.ts';
import { type PgType, SCALAR_TYPES, typeOid } from '../sql/types.ts';
import type { SessionContext } from './context.ts';
import type { ParameterValue } from './engine.ts';
import type { PlannedStatement } from './prepared.ts';

type Execute = Extract<Statement, { kind: 'execute' }>;

/** @throws SqlError 42704 for a type outside the closed list */
export function declaredTypes(types: readonly TypeName[]): readonly number[] {
  return types.map((type) => typeOid(typeNamed(type)));
}

/** The grammar has turned SQL's own names into PostgreSQL's: `integer` arrives as int4. */
function typeNamed(type: TypeName): PgType {
  const name = type.path.at(-1) ?? '';
  const scalar = SCALAR_TYPES.find((candidate) => candidate === name);
  if (scalar === undefined || (type.path.length > 1 && type.path[0] !== 'pg_catalog')) {
    throw new SqlError(SqlState.undefinedObject, `type "${type.path.join('.')}" does not exist`, { position: type.at });
  }
  return type.dimensions > 0 ? `${scalar}[]` : scalar;
}

/**
 * The statement that EXECUTE runs, and its arguments as text parameters.
 * @throws SqlError 26000; 42601 for a wrong number of arguments; 0A000 for an argument that has to be computed
 */
export function executed(
  context: SessionContext,
  statement: Execute,
): { readonly planned: PlannedStatement; readonly binds: readonly ParameterValue[] } {
  const planned = context.statements.get(statement.name);
  const expected = planned.parameterTypes.length;
  if (statement.args.length !== expected) {
    throw new SqlError(SqlState.syntaxError, `wrong number of parameters for prepared statement "${statement.name}"`, {
      detail: `Expected ${expected} parameters but got ${statement.args.length}.`,
    });
  }
  const binds = statement.args.map((arg, index) => ({
    format: 0 as const,
    value: asText(arg, planned.parameterTypes[index] ?? 0),
  }));
  return { planned, binds };
}

/** A constant as the text that the parameter's type reads; a cast to that very type adds nothing. */
function asText(expr: Expr, type: number): Uint8Array | null {
  switch (expr.kind) {
    case 'null':
      return null;
    case 'boolean':
      return Buffer.from(expr.value ? 'true' : 'false');
    case 'number':
      return Buffer.from(expr.text);
    case 'string':
      return Buffer.from(expr.value);
    case 'cast':
      if (typeOid(typeNamed(expr.type)) === type) return asText(expr.operand, type);
      break;
    case 'unary':
      if (expr.operator === '-' && expr.operand.kind === 'number') return Buffer.from(`-${expr.operand.text}`);
      if (expr.operator === '+' && expr.operand.kind === 'number') return Buffer.from(expr.operand.text);
      break;
    default:
  }
  throw notSupported('an argument of EXECUTE that is no constant', { position: 'at' in expr ? expr.at : undefined });
}

/** @param name undefined for ALL @returns the command tag @throws SqlError 26000 */
export function deallocate(context: SessionContext, name: string | undefined): string {
  if (name === undefined) {
    context.statements.clear();
    return 'DEALLOCATE ALL';
  }
  context.statements.get(name);
  context.statements.delete(name);
  return 'DEALLOCATE';
}
