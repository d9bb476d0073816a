/**
 * The rows behind a sub_query dimension: a leaf of their own inside the leaf that joins them. The verifier takes nothing
 * in there on trust, and what is hidden in the other cube changes no answer.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { verify as Verify } from '../../src/plan/verify/verify.ts';
import { duckdbDialect } from '../../src/warehouse/duckdb/dialect.ts';
import { createDuckdbWarehouse } from '../../src/warehouse/duckdb/duckdb-warehouse.ts';
import { ask, type Gateway, identityOf, openGateway, showError, viewOf } from '../helpers/gateway.ts';

type Accepted = Parameters<typeof Verify>;
const accepted: Accepted[] = [];
vi.mock('../../src/plan/verify/verify.ts', async (original) => {
  const real = await original<{ readonly verify: typeof Verify }>();
  return {
    ...real,
    verify: (...args: Accepted) => {
      real.verify(...args);
      accepted.push(args);
    },
  };
});
const { verify } = await vi.importActual<{ readonly verify: typeof Verify }>('../../src/plan/verify/verify.ts');

const folder = fileURLToPath(new URL('../models/library', import.meta.url));
const logger = { error: () => {}, warn: () => {}, info: () => {} };
const CLERK = { groups: ['clerk'], town: 'Bruges' };

async function open(more: string): Promise<Gateway> {
  const initSql = `${readFileSync(`${folder}/seed.sql`, 'utf8')}\n${more}`;
  const warehouse = await createDuckdbWarehouse({
    url: 'duckdb:',
    initSql,
    poolSize: 2,
    policyTimeZone: 'UTC',
    logger,
  });
  return openGateway({ folder, warehouse, dialect: duckdbDialect });
}

const STATEMENTS = [
  'SELECT id, loans_made, fine_per_loan, first_loan FROM people ORDER BY id',
  'SELECT town, most_loans, readers FROM people ORDER BY town',
  'SELECT id, most_by_one, members_here FROM people WHERE loans_made > 0 ORDER BY id',
  'SELECT name FROM busy_people ORDER BY name',
  'SELECT id FROM people WHERE 10 / (loans_made - 1) > 0 ORDER BY id',
  'SELECT id FROM people_without_lost ORDER BY id',
];

describe('the rows behind a sub_query dimension', () => {
  let gateway: Gateway;
  let twin: Gateway;
  beforeAll(async () => {
    gateway = await open('');
    // Loans and fines in Ghent alone, which a clerk of Bruges does not see.
    twin = await open(`
      INSERT INTO loans SELECT 100 + i, 1 + i % 4, 1, 'open', TIMESTAMP '1980-01-01', NULL FROM range(20) r(i);
      INSERT INTO fines SELECT 100 + i, 100 + i, 1000000 FROM range(20) r(i);
      DELETE FROM loans WHERE id IN (1, 7);`);
  });
  afterAll(() => Promise.all([gateway.warehouse.close(), twin.warehouse.close()]));

  const answer = async ({ engine }: Gateway, sql: string): Promise<unknown> => {
    try {
      return (await ask(engine, sql, viewOf(identityOf(CLERK)))).rows;
    } catch (error) {
      return showError(error, sql);
    }
  };

  it.each(STATEMENTS)('are as hidden as they are themselves: %s', async (sql) => {
    expect(await answer(twin, sql)).toEqual(await answer(gateway, sql));
  });

  it('are verified as a leaf of their own', async () => {
    accepted.length = 0;
    await ask(gateway.engine, 'SELECT id, loans_made + 1, most_by_one FROM people', viewOf(identityOf(CLERK)));
    const [tree, leaves, dialect] = accepted.at(-1) as Accepted;
    // The people, those of most_by_one, and the loans behind loans_made, which both read.
    expect(leaves.length).toBe(3);
    for (const leaf of leaves) {
      const others = leaves.filter((other) => other !== leaf);
      expect(() => verify(tree, others, dialect)).toThrow(/verifier/);
    }
  });
});
