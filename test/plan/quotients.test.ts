/**
 * Quotients of any size and scale, compared, sorted, grouped, joined and summed inside a statement: PostgreSQL itself is
 * the oracle, with operands made so that quotients are equal, or differ in their last digit alone.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SqlError } from '../../src/errors.ts';
import { ask, type Gateway, identityOf, viewOf } from '../helpers/gateway.ts';
import type { Row } from '../helpers/golden.ts';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { type ServedModel, serveOnBoth } from '../helpers/served-model.ts';
import { type QuotientCase, quotientCase } from './quotient-cases.ts';

let postgres: TestPostgres;
let served: ServedModel;

beforeAll(async () => {
  postgres = await startPostgres();
  served = await serveOnBoth('plain', postgres);
});

afterAll(async () => {
  await served?.close();
  await postgres?.stop();
});

const view = viewOf(identityOf({}));

type Outcome = readonly Row[] | { readonly code: string };

async function rowsOf({ engine }: Gateway, sql: string): Promise<Outcome> {
  try {
    return (await ask(engine, sql, view)).rows;
  } catch (error) {
    if (error instanceof SqlError) return { code: error.code };
    throw error;
  }
}

async function oracle(sql: string): Promise<Outcome> {
  try {
    return (await served.plain(sql)).rows;
  } catch (error) {
    return { code: (error as { readonly code: string }).code };
  }
}

/** Of equal values that are written differently PostgreSQL shows the first one met: zeros at the end mean nothing then. */
function comparable(outcome: Outcome, exactDigits: boolean): unknown {
  if ('code' in outcome || exactDigits) return outcome;
  return outcome.map((row) =>
    row.map((value) => (value?.includes('.') ? value.replace(/\.?0+$/, '').replace(/^-0$/, '0') : value)),
  );
}

/** What DuckDB's DECIMAL has no room for is refused; nothing else is, and no answer is another one. */
async function agrees({ sql, exactDigits }: QuotientCase): Promise<'answered' | 'refused'> {
  const expected = comparable(await oracle(sql), exactDigits);
  expect(comparable(await rowsOf(served.postgres, sql), exactDigits), sql).toEqual(expected);
  const found = await rowsOf(served.duckdb, sql);
  if ('code' in found && /^(0A000|22003)$/.test(found.code)) return 'refused';
  expect(comparable(found, exactDigits), sql).toEqual(expected);
  return 'answered';
}

const RUNS = Number(process.env.QUOTIENT_CASES ?? 100);

describe('quotients inside a statement', () => {
  test('of numbers as a business has them: never refused', async () => {
    await fc.assert(
      fc.asyncProperty(quotientCase('ordinary'), async (one) => {
        expect(await agrees(one), one.sql).toBe('answered');
      }),
      { numRuns: RUNS, seed: Number(process.env.QUOTIENT_SEED ?? 1), endOnFailure: true },
    );
  });

  test('of any magnitude, scale and sign', async () => {
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(quotientCase('any'), async (one) => {
        if ((await agrees(one)) === 'answered') answered++;
      }),
      { numRuns: RUNS, seed: Number(process.env.QUOTIENT_SEED ?? 2), endOnFailure: true },
    );
    expect(answered).toBeGreaterThan(RUNS / 3);
  });
});
