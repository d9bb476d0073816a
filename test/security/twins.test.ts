/**
 * Twin databases: A and B agree on what tenant 1 may see and on nothing else. Whatever tenant 1 sends, the bytes that
 * come back are the same from both (security study, section 1 and part b).
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestPostgres } from '../helpers/postgres.ts';
import { CLAIMS, SECRET_WORDS, SHAPES, seedOf, type Twin } from './fixture.ts';
import {
  type Answer,
  type Client,
  type Gateway,
  modelFolder,
  onDuckdb,
  onPostgres,
  runUnfenced,
  startPostgres,
} from './gateway.ts';
import { FEW, MEETING, PLACES, RAISING, STATEMENTS } from './twin-queries.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

const MODEL = modelFolder('policies');
const warehouses = {
  DuckDB: (twin: Twin) => onDuckdb(MODEL, seedOf(twin)),
  PostgreSQL: (twin: Twin, name: string, analyzed: boolean) =>
    onPostgres(postgres, name, 'zq_raw', MODEL, `${seedOf(twin)}${analyzed ? 'ANALYZE' : ''}`),
};

type Pair = {
  readonly gateways: readonly [Gateway, Gateway];
  readonly clients: readonly [Client, Client];
  readonly close: () => Promise<void>;
};

async function startPair(start: (typeof warehouses)['PostgreSQL'], other: Twin): Promise<Pair> {
  // What a planner guesses from statistics of hidden rows is no part of this: against `moved` nothing is analyzed.
  const analyzed = other === 'harmless';
  const gateways: readonly [Gateway, Gateway] = [
    await start('canaries', `canaries_beside_${other}`, analyzed),
    await start(other, other, analyzed),
  ];
  const clients = [await gateways[0].signIn(CLAIMS), await gateways[1].signIn(CLAIMS)] as const;
  return {
    gateways,
    clients,
    close: async () => {
      for (const client of clients) client.close();
      for (const gateway of gateways) await gateway.close();
    },
  };
}

describe.each(Object.entries(warehouses))('on %s', (_, start) => {
  let pair: Pair;
  let meeting: Pair;
  beforeAll(async () => {
    pair = await startPair(start, 'harmless');
    meeting = await startPair(start, 'moved');
  });
  afterAll(async () => {
    await pair?.close();
    await meeting?.close();
  });

  /** Sends each statement to both; what differs, or tells a secret, is listed. */
  async function leaksOf(statements: readonly string[], { clients } = pair): Promise<readonly string[]> {
    const leaks: string[] = [];
    for (const sql of statements) {
      const [a, b] = await Promise.all(clients.map((client) => client.ask(sql)));
      leaks.push(...compare(sql, a as Answer, b as Answer));
    }
    return leaks;
  }

  function compare(sql: string, a: Answer, b: Answer): string[] {
    const left = a.lines.join('\n');
    const right = b.lines.join('\n');
    if (left !== right)
      return [`${sql}\n  A ${a.lines.slice(0, 4).join(' / ')}\n  B ${b.lines.slice(0, 4).join(' / ')}`];
    // A name that the client wrote itself may come back to it.
    const said = sql.toLowerCase();
    const told = [...left.matchAll(new RegExp(SECRET_WORDS, 'gi'))].filter(
      ([word]) => !said.includes(word.toLowerCase()),
    );
    return [
      ...told.map(([word]) => `${sql}\n  tells ${word}: ${left.slice(0, 300)}`),
      ...(a.code === 'XX000' ? [`${sql}\n  ${a.message}`] : []),
    ];
  }

  it.each(SHAPES)('every predicate over %s answers the same', async (shape) => {
    const statements = RAISING.flatMap((predicate) =>
      PLACES.slice(0, 3).map((place) => place.replace(/\bP\b/g, predicate).replace(/\bT\b/g, shape)),
    );
    expect(await leaksOf(statements)).toEqual([]);
  });

  it.each(SHAPES)('a predicate anywhere over %s answers the same', async (shape) => {
    const statements = PLACES.slice(3).flatMap((place) =>
      FEW.map((predicate) => place.replace(/\bP\b/g, predicate).replace(/\bT\b/g, shape)),
    );
    expect(await leaksOf(statements)).toEqual([]);
  });

  it.each(SHAPES)('statements over %s answer the same', async (shape) => {
    expect(await leaksOf(STATEMENTS.map((sql) => sql.replace(/\bT\b/g, shape)))).toEqual([]);
  });

  it.each(SHAPES)('no hidden row of %s decides whether a visible one raises', async (shape) => {
    expect(
      await leaksOf(
        MEETING.map((sql) => sql.replace(/\bT\b/g, shape)),
        meeting,
      ),
    ).toEqual([]);
  });

  it('without the fence the twins differ: this test can fail', async () => {
    const statements = [
      'SELECT count(*) FROM by_eight WHERE note::int >= 0',
      'SELECT count(*) FROM by_joined WHERE note::int >= 0',
      'SELECT count(*) FROM by_either WHERE note::int >= 0',
      'SELECT count(*) FROM by_or_chain WHERE uid::uuid IS NOT NULL',
      'SELECT count(*) FROM by_joined WHERE uid::uuid IS NOT NULL',
      'SELECT count(*) FROM by_either WHERE uid::uuid IS NOT NULL',
      'SELECT count(*) FROM by_either WHERE chr(amount) IS NOT NULL',
      'SELECT count(*) FROM by_not_equals WHERE note_number >= 0',
      'SELECT count(*) FROM by_either WHERE share <> 0',
      'SELECT count(*) FROM (SELECT uid::uuid AS u FROM by_either) t WHERE u IS NOT NULL',
    ];
    const differing: string[] = [];
    for (const sql of statements) {
      const [a, b] = await Promise.all(pair.gateways.map((gateway) => runUnfenced(gateway, CLAIMS, sql)));
      if (a !== b) differing.push(sql);
    }
    expect(differing.length, differing.join('\n')).toBeGreaterThanOrEqual(4);
  });

  it('a joined cube with a policy answers the same as soon as it is read', async () => {
    const statements = [
      'SELECT owner, count(*) FROM by_joined_cube GROUP BY 1 ORDER BY 1',
      'SELECT count(*) FROM by_joined_cube WHERE owner_code::int > 0',
      'SELECT count(*) FROM by_joined_cube WHERE owner_code::int > 0 AND note::int >= 0 AND 1/(amount-5) >= 0',
      'SELECT owner, MEASURE(total) FROM by_joined_cube GROUP BY 1 HAVING MEASURE(total) > 0 ORDER BY 1',
      'SELECT owner, total FROM by_joined_cube ORDER BY 1',
      'SELECT count(owner) FROM (SELECT * FROM by_joined_cube) t',
      'SELECT count(*) FROM by_equals e LEFT JOIN by_joined_cube j ON j.owner_code::int = e.id',
    ];
    expect(await leaksOf(statements)).toEqual([]);
  });

  it.each(SHAPES)('a prepared statement over %s answers the same at every execution', async (shape) => {
    const statements = [
      [`SELECT count(*) FROM ${shape} WHERE note::int >= $1`, ['0']],
      [`SELECT count(*) FROM ${shape} WHERE uid::uuid <> $1`, ['00000000-0000-4000-8000-0000000000ff']],
      [`SELECT count(*) FROM ${shape} WHERE $1/(amount-5) >= 0 AND id > 0`, ['1']],
      [`SELECT count(*) FROM ${shape} WHERE id >= $1 AND note::int >= 0`, ['1']],
      [`SELECT count(*) FROM ${shape} a JOIN ${shape} b ON a.note::int = b.id AND b.id > $1`, ['0']],
      [`SELECT count(*) FROM ${shape} WHERE note_number >= $1`, ['0']],
      [`SELECT count(*) FROM ${shape} WHERE date_trunc($1, at) IS NOT NULL`, ['day']],
      [`SELECT count(*) FROM ${shape} WHERE note LIKE $1`, ['a\\']],
    ] as const;
    const leaks: string[] = [];
    for (const [sql, values] of statements) {
      const [a, b] = await Promise.all(pair.clients.map((client) => client.askPrepared(sql, values, 10)));
      for (const [i, answer] of (a ?? []).entries()) leaks.push(...compare(`${sql} #${i}`, answer, b?.[i] as Answer));
    }
    expect(leaks).toEqual([]);
  });
});
