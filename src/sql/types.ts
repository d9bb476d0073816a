/**
 * The closed list of types that a column or expression may have: PostgreSQL's names, OIDs and sizes.
 */

const SCALARS = {
  bool: { oid: 16, array: 1000, size: 1, category: 'B', preferred: true, title: 'boolean' },
  int2: { oid: 21, array: 1005, size: 2, category: 'N', preferred: false, title: 'smallint' },
  int4: { oid: 23, array: 1007, size: 4, category: 'N', preferred: false, title: 'integer' },
  int8: { oid: 20, array: 1016, size: 8, category: 'N', preferred: false, title: 'bigint' },
  numeric: { oid: 1700, array: 1231, size: -1, category: 'N', preferred: false, title: 'numeric' },
  float4: { oid: 700, array: 1021, size: 4, category: 'N', preferred: false, title: 'real' },
  float8: { oid: 701, array: 1022, size: 8, category: 'N', preferred: true, title: 'double precision' },
  text: { oid: 25, array: 1009, size: -1, category: 'S', preferred: true, title: 'text' },
  varchar: { oid: 1043, array: 1015, size: -1, category: 'S', preferred: false, title: 'character varying' },
  bpchar: { oid: 1042, array: 1014, size: -1, category: 'S', preferred: false, title: 'character' },
  date: { oid: 1082, array: 1182, size: 4, category: 'D', preferred: false, title: 'date' },
  time: { oid: 1083, array: 1183, size: 8, category: 'D', preferred: false, title: 'time without time zone' },
  timetz: { oid: 1266, array: 1270, size: 12, category: 'D', preferred: false, title: 'time with time zone' },
  timestamp: { oid: 1114, array: 1115, size: 8, category: 'D', preferred: false, title: 'timestamp without time zone' },
  timestamptz: { oid: 1184, array: 1185, size: 8, category: 'D', preferred: true, title: 'timestamp with time zone' },
  interval: { oid: 1186, array: 1187, size: 16, category: 'T', preferred: true, title: 'interval' },
  uuid: { oid: 2950, array: 2951, size: 16, category: 'U', preferred: false, title: 'uuid' },
  json: { oid: 114, array: 199, size: -1, category: 'U', preferred: false, title: 'json' },
  jsonb: { oid: 3802, array: 3807, size: -1, category: 'U', preferred: false, title: 'jsonb' },
  bytea: { oid: 17, array: 1001, size: -1, category: 'U', preferred: false, title: 'bytea' },
} as const;

export type ScalarType = keyof typeof SCALARS;
export type ArrayType = `${ScalarType}[]`;
export type PgType = ScalarType | ArrayType;

export const SCALAR_TYPES = Object.keys(SCALARS) as readonly ScalarType[];

const BY_OID = new Map<number, PgType>(
  SCALAR_TYPES.flatMap((name): [number, PgType][] => [
    [SCALARS[name].oid, name],
    [SCALARS[name].array, `${name}[]`],
  ]),
);

export function isArrayType(type: PgType): type is ArrayType {
  return type.endsWith('[]');
}

export function elementOf(type: ArrayType): ScalarType {
  return type.slice(0, -2) as ScalarType;
}

export function arrayOf(type: ScalarType): ArrayType {
  return `${type}[]`;
}

export function typeOid(type: PgType): number {
  return isArrayType(type) ? SCALARS[elementOf(type)].array : SCALARS[type].oid;
}

/** The type behind an OID, or undefined when it is outside the closed list. */
export function typeByOid(oid: number): PgType | undefined {
  return BY_OID.get(oid);
}

/** pg_type.typlen: bytes, or -1 for variable length. */
export function typeSize(type: PgType): number {
  return isArrayType(type) ? -1 : SCALARS[type].size;
}

/** pg_type.typcategory: decides implicit choices among candidates. */
export function typeCategory(type: PgType): string {
  return isArrayType(type) ? 'A' : SCALARS[type].category;
}

export function isPreferredType(type: PgType): boolean {
  return isArrayType(type) ? false : SCALARS[type].preferred;
}

/** The type as format_type() names it, used in messages: `character varying(20)`, `numeric(10,2)`, `integer[]`. */
export function formatType(type: PgType, typmod = -1): string {
  const scalar = isArrayType(type) ? elementOf(type) : type;
  return formatScalar(scalar, typmod) + (isArrayType(type) ? '[]' : '');
}

function formatScalar(type: ScalarType, typmod: number): string {
  const title = SCALARS[type].title;
  if (typmod < 0) return title;
  switch (type) {
    case 'varchar':
    case 'bpchar':
      return `${title}(${typmod - 4})`;
    case 'numeric':
      return `${title}(${((typmod - 4) >> 16) & 0xffff},${numericScale(typmod)})`;
    case 'time':
    case 'timestamp':
    case 'timetz':
    case 'timestamptz':
      return title.replace(/^(timestamp|time)/, `$1(${typmod})`);
    default:
      return title;
  }
}

/** Scale in a numeric's typmod; PostgreSQL 15 allows it to be negative (11 bits, two's complement). */
export function numericScale(typmod: number): number {
  return (((typmod - 4) & 0x7ff) ^ 1024) - 1024;
}

export function numericTypmod(precision: number, scale: number): number {
  return ((precision << 16) | (scale & 0x7ff)) + 4;
}
