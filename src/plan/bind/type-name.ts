/**
 * Type names as written → the closed list of types.
 */
import { notSupported, SqlError, SqlState } from '../../errors.ts';
import type { TypeName } from '../../sql/ast.ts';
import { arrayOf, numericTypmod, type PgType, SCALAR_TYPES, type ScalarType } from '../../sql/types.ts';

const ALIASES: { readonly [name: string]: ScalarType } = {
  boolean: 'bool',
  smallint: 'int2',
  int: 'int4',
  integer: 'int4',
  bigint: 'int8',
  decimal: 'numeric',
  dec: 'numeric',
  real: 'float4',
  float: 'float8',
  'double precision': 'float8',
  'character varying': 'varchar',
  character: 'bpchar',
  string: 'text',
};

const SCALAR_SET: ReadonlySet<string> = new Set(SCALAR_TYPES);

/**
 * @returns the type and its atttypmod
 * @throws SqlError 42704 for a type that is not on the list (reg* and row types too: they name physical things), 22023 for bad modifiers
 */
export function typeFromName(name: TypeName): { readonly type: PgType; readonly typmod: number } {
  const [first = '', second] = name.path;
  const bare =
    name.path.length === 2 && first === 'pg_catalog' ? (second ?? '') : name.path.length === 1 ? first : undefined;
  const scalar =
    bare === undefined
      ? undefined
      : SCALAR_SET.has(bare)
        ? (bare as ScalarType)
        : Object.hasOwn(ALIASES, bare)
          ? ALIASES[bare]
          : undefined;
  if (scalar === undefined) {
    throw new SqlError(SqlState.undefinedObject, `type "${name.path.join('.')}" does not exist`, { position: name.at });
  }
  if (name.intervalFields !== undefined) throw notSupported('an interval with fields', { position: name.at });
  const typmod = modifier(scalar, name);
  if (name.dimensions > 1) throw notSupported('an array of more than one dimension', { position: name.at });
  return { type: name.dimensions === 1 ? arrayOf(scalar) : scalar, typmod };
}

function modifier(type: ScalarType, name: TypeName): number {
  const values = name.modifiers.map((text) => (/^-?\d{1,9}$/.test(text) ? Number(text) : Number.NaN));
  const [first, second = 0] = values;
  if (first === undefined) return -1;
  const bad = (message: string): SqlError =>
    new SqlError(SqlState.invalidParameterValue, message, { position: name.at });
  if (values.some(Number.isNaN)) throw bad('type modifiers must be simple constants or identifiers');
  switch (type) {
    case 'numeric':
      if (values.length > 2) throw bad('invalid NUMERIC type modifier');
      if (first < 1 || first > 1000) throw bad(`NUMERIC precision ${first} must be between 1 and 1000`);
      if (second < -1000 || second > 1000) throw bad(`NUMERIC scale ${second} must be between -1000 and 1000`);
      return numericTypmod(first, second);
    case 'varchar':
    case 'bpchar':
      if (first < 1 || first > 10485760)
        throw bad(`length for type ${type === 'varchar' ? 'varchar' : 'char'} must be at least 1`);
      return first + 4;
    case 'time':
    case 'timetz':
    case 'timestamp':
    case 'timestamptz':
      return Math.min(first, 6);
    case 'interval':
      throw notSupported('an interval with a precision', { position: name.at });
    default:
      throw new SqlError(SqlState.syntaxError, `type modifier is not allowed for type "${type}"`, {
        position: name.at,
      });
  }
}
