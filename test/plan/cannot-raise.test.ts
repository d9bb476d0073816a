/**
 * What the fence lets run beside a row filter must not raise over any value there is: every operator, function and
 * cast that counts as harmless, over the ends and the odd corners of its types, on both warehouses.
 */

import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SqlError } from '../../src/errors.ts';
import type { Bound } from '../../src/plan/bound/bound.ts';
import type { Dialect, Scope } from '../../src/plan/dialect.ts';
import { cannotRaise, isSafePattern } from '../../src/plan/leaf/may-raise.ts';
import { castIsLeakproof } from '../../src/plan/routines/coercion.ts';
import { castRules, functionsByName, operatorsByName, type Routine } from '../../src/plan/routines/routines.ts';
import type { Expr } from '../../src/sql/ast.ts';
import { loadParser } from '../../src/sql/libpg.ts';
import { printExpr } from '../../src/sql/print-expression.ts';
import type { PrintHooks } from '../../src/sql/print-hooks.ts';
import { type PgType, SCALAR_TYPES, type ScalarType } from '../../src/sql/types.ts';
import { duckdbDialect } from '../../src/warehouse/duckdb/dialect.ts';
import { postgresDialect } from '../../src/warehouse/postgres/dialect.ts';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';

const TEXTS = ['', 'a', ' ', 'CANARY', '\\', '%', '_', "'", '1', '-1', 'NaN', 'İßK', '\u{1F600}', 'x'.repeat(10_000)];
const TIMES = ['00:00:00', '23:59:59.999999', '12:00:00'];

/** Ends and odd corners, as each warehouse writes them. */
const VALUES: {
  readonly [type in ScalarType]: {
    readonly both: readonly string[];
    readonly postgres?: readonly string[];
    readonly duckdb?: readonly string[];
  };
} = {
  bool: { both: ['true', 'false'] },
  int2: { both: ['-32768', '-1', '0', '1', '32767'] },
  int4: { both: ['-2147483648', '-1', '0', '1', '2147483647'] },
  int8: { both: ['-9223372036854775808', '-1', '0', '1', '9223372036854775807'] },
  numeric: {
    both: [
      '0',
      '-1',
      '0.0000000001',
      '9999999999999999999999999999.9999999999',
      '-9999999999999999999999999999.9999999999',
    ],
    postgres: ['NaN', 'Infinity', '-Infinity', `1${'0'.repeat(400)}`, `0.${'0'.repeat(400)}1`],
  },
  float4: { both: ['0', '-0', '1e-38', '3.4e38', '-3.4e38', 'NaN', 'Infinity', '-Infinity'] },
  float8: { both: ['0', '-0', '1e-307', '1.7e308', '-1.7e308', 'NaN', 'Infinity', '-Infinity'] },
  text: { both: TEXTS },
  varchar: { both: TEXTS },
  bpchar: { both: TEXTS },
  date: {
    both: ['infinity', '-infinity', '2024-02-29', '1970-01-01', '0001-01-01'],
    postgres: ['4713-01-01 BC', '5874897-12-31'],
    duckdb: ['4713-01-01 (BC)', '5877642-06-25 (BC)', '5881580-07-10'],
  },
  time: { both: TIMES, postgres: ['24:00:00'], duckdb: ['24:00:00'] },
  timetz: { both: ['00:00:00+00', '23:59:59.999999-15:59', '12:00:00+15:59'] },
  timestamp: {
    both: ['infinity', '-infinity', '2024-02-29 23:59:59.999999', '1970-01-01 00:00:00'],
    postgres: ['4713-01-01 00:00:00 BC', '294276-12-31 23:59:59.999999'],
    duckdb: ['290309-12-22 (BC) 00:00:00', '294247-01-10 04:00:54.775806'],
  },
  timestamptz: {
    both: ['infinity', '-infinity', '2024-02-29 23:59:59.999999+00', '1970-01-01 00:00:00+00'],
    postgres: ['4713-01-02 00:00:00+00 BC', '294276-12-31 23:59:59.999999+00'],
    duckdb: ['290309-12-22 (BC) 00:00:00+00', '294247-01-10 04:00:54.775806+00'],
  },
  interval: {
    both: [
      '0 days',
      '1 month',
      '-1 month',
      '2147483647 days',
      '-2147483648 days',
      '2147483647 months',
      '-2147483647 months',
    ],
    postgres: ['infinity', '-infinity', '178000000 years 11 months 2147483647 days 2147483647 hours'],
    duckdb: ['178000000 years 2147483647 days 2147483647 hours'],
  },
  uuid: { both: ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'] },
  json: { both: ['null', '{}', '[]', '"x"', '1', '{"a": [1, {"b": null}]}', '1e400'] },
  jsonb: { both: ['null', '{}', '[]', '"x"', '1', '{"a": [1, {"b": null}]}', '1e400'] },
  bytea: { both: [], postgres: ['\\x', '\\x00', '\\xff00ff'], duckdb: ['', '\\x00', '\\xFF\\x00'] },
};

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

type Warehouse = {
  readonly dialect: Dialect;
  readonly run: (sql: string) => Promise<unknown>;
  readonly close: () => Promise<void>;
};

async function onPostgres(): Promise<Warehouse> {
  const postgres: TestPostgres = await startPostgres();
  for (const type of SCALAR_TYPES) {
    const { both, postgres: own = [] } = VALUES[type];
    const rows = [...both, ...own].map((value) => `(${quote(value)}::${type})`);
    await postgres.query(`CREATE TABLE v_${type} (v ${type}); INSERT INTO v_${type} VALUES (NULL), ${rows.join(', ')}`);
  }
  return { dialect: postgresDialect, run: postgres.query, close: postgres.stop };
}

async function onDuckdb(): Promise<Warehouse> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (const type of SCALAR_TYPES) {
    const { both, duckdb: own = [] } = VALUES[type];
    const name =
      type === 'numeric'
        ? 'DECIMAL(38, 10)'
        : printExpr(
            { kind: 'cast', operand: { kind: 'null' }, type: duckdbDialect.typeName(type, -1) },
            hooksOf(duckdbDialect),
          )
            .replace(/^.* AS |\)+$/g, '')
            .replace(/^.*::/, '');
    const rows = [...both, ...own].map((value) => `(${quote(value)}::${name})`);
    await connection.run(`CREATE TABLE v_${type} (v ${name})`);
    await connection.run(`INSERT INTO v_${type} VALUES (NULL), ${rows.join(', ')}`);
  }
  return {
    dialect: duckdbDialect,
    run: (sql) => connection.run(sql),
    close: async () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

function hooksOf(dialect: Dialect): PrintHooks {
  return {
    ...dialect.hooks,
    opaque: (text) => text.map((part) => (part.kind === 'text' ? part.text : '')).join(''),
    bind: () => 'NULL',
    parameter: (index) => `$${index}`,
  };
}

/** No routine that counts as harmless looks at where it stands. */
const SCOPE: Scope = {
  lower: () => column('a0'),
  select: undefined,
  shownQuery: () => {
    throw new Error('a subquery');
  },
};

const column = (table: string): Expr => ({ kind: 'column', path: [table, 'v'] });
const bound = (index: number, type: PgType): Bound => ({ kind: 'policy-value', index, type, typmod: -1 });

function isScalar(type: string): type is ScalarType {
  return (SCALAR_TYPES as readonly string[]).includes(type);
}

const routines: readonly Routine[] = [...operatorsByName.values(), ...functionsByName.values()]
  .flat()
  .filter((routine) => cannotRaise(routine) && routine.parameters.every(isScalar));

describe.each([
  ['PostgreSQL', onPostgres],
  ['DuckDB', onDuckdb],
] as const)('over every value of %s', (_, start) => {
  let warehouse: Warehouse;
  beforeAll(async () => {
    await loadParser();
    warehouse = await start();
  });
  afterAll(() => warehouse?.close());

  /** @returns why the warehouse refuses the expression over all combinations of values, if it does */
  async function failure(make: () => Expr, types: readonly PgType[]): Promise<string | undefined> {
    let text: string;
    try {
      text = printExpr(make(), hooksOf(warehouse.dialect));
    } catch (error) {
      // The dialect does not have it: then it is not sent.
      if (error instanceof SqlError && error.code === '0A000') return undefined;
      throw error;
    }
    const from = types.map((type, i) => `v_${type} AS a${i}`).join(', ');
    try {
      await warehouse.run(`SELECT count(${text}), count(*) FILTER (WHERE (${text}) IS NULL) FROM ${from}`);
      return undefined;
    } catch (error) {
      return `${text} over ${types.join(', ')}: ${String(error).slice(0, 150)}`;
    }
  }

  it('no operator or function that counts as harmless raises', async () => {
    expect(routines.length).toBeGreaterThan(150);
    const failures: (string | undefined)[] = [];
    for (const routine of routines) {
      const types = routine.parameters as readonly PgType[];
      const args = types.map((type, i) => bound(i, type));
      failures.push(
        await failure(
          () =>
            warehouse.dialect.apply(
              { kind: 'apply', routine, args, type: routine.result as PgType, typmod: -1 },
              types.map((__, i) => column(`a${i}`)),
              SCOPE,
            ),
          types,
        ),
      );
    }
    expect(failures.filter((each) => each !== undefined)).toEqual([]);
  });

  it('no cast that counts as harmless raises', async () => {
    const pairs = [...castRules.keys()].map((pair) => pair.split('>') as [PgType, PgType]);
    const harmless = [...pairs, ...SCALAR_TYPES.map((type) => [type, type] as const)].filter(([from, to]) =>
      castIsLeakproof(from, to, false),
    );
    expect(harmless.length).toBeGreaterThan(35);
    const failures: (string | undefined)[] = [];
    for (const [from, to] of harmless) {
      failures.push(
        await failure(
          () =>
            warehouse.dialect.cast({ kind: 'cast', arg: bound(0, from), type: to, typmod: -1 }, column('a0'), SCOPE),
          [from],
        ),
      );
    }
    expect(failures.filter((each) => each !== undefined)).toEqual([]);
  });

  it('no pattern that counts as safe raises', async () => {
    const character = fc.constantFrom('a', '%', '_', '\\', '\\\\', "'", 'ß', '\u{1F600}', ' ', '[', '(', '*');
    await fc.assert(
      fc.asyncProperty(
        fc.array(character, { maxLength: 6 }),
        fc.constantFrom('like', 'ilike'),
        async (parts, variant) => {
          const value = parts.join('');
          const pattern: Bound = { kind: 'const', type: 'text', typmod: -1, value };
          if (!isSafePattern(pattern)) return;
          const like = {
            kind: 'like',
            variant,
            negated: false,
            arg: bound(0, 'text'),
            pattern,
            escape: undefined,
            type: 'bool',
            typmod: -1,
          } as const;
          const made = () => warehouse.dialect.like(like, column('a0'), { kind: 'string', value }, undefined);
          expect(await failure(made, ['text'])).toBeUndefined();
        },
      ),
      { seed: 7, numRuns: 150 },
    );
  });

  it('what can raise does: this test can fail', async () => {
    const division = (operatorsByName.get('/') ?? []).find(
      ({ parameters }) => parameters.join() === 'int4,int4',
    ) as Routine;
    expect(cannotRaise(division)).toBe(false);
    const args = [bound(0, 'int4'), bound(1, 'int4')];
    const made = () =>
      warehouse.dialect.apply(
        { kind: 'apply', routine: division, args, type: 'int4', typmod: -1 },
        [column('a0'), column('a1')],
        SCOPE,
      );
    expect(await failure(made, ['int4', 'int4'])).toMatch(/over int4, int4/);
  });
});
