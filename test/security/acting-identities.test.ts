/**
 * What was made as one is never used as another: statements, cursors, portals, plans and answers of the catalog, on both
 * warehouses; and the audit log tells them apart (contract, section 7.11).
 */
import { expect, it } from 'vitest';
import { bind, execute, parse, query, SYNC } from '../wire/frames.ts';
import type { RawClient } from '../wire/raw-client.ts';
import { ACME, ALL, BOSS, GLOBEX, IDS, NO_COST, NO_PAYROLL, NORTH, onBothWarehouses, SUPPORT } from './acting.ts';

onBothWarehouses(({ warehouse, gateway, signIn, audit }) => {
  it('statements of PREPARE, and what they read', async () => {
    const session = await signIn(SUPPORT);
    await session.ask('PREPARE ids AS SELECT id FROM deals ORDER BY id');
    await session.ask('PREPARE dear AS SELECT count(*) FROM deals WHERE cost > 0');
    await session.ask('PREPARE wages AS SELECT max(wage) FROM payroll');
    await session.ask('PREPARE star AS SELECT * FROM deals ORDER BY id LIMIT 1');
    const run = async (): Promise<unknown> => [
      await session.ask('EXECUTE ids'),
      (await session.refusal('EXECUTE dear')).replace(/^no error.*/, 'runs'),
      (await session.refusal('EXECUTE wages')).replace(/^no error.*/, 'runs'),
    ];
    expect(await run()).toEqual([ALL, 'runs', 'runs']);
    expect(await session.ask('EXECUTE star')).toEqual([expect.stringMatching(/^1 acme north 10 1 /)]);
    await session.ask(`SET ROLE ${GLOBEX}`);
    expect(await run()).toEqual([['3', '4', '5'], NO_COST, NO_PAYROLL]);
    // Columns of another number than were told.
    expect(await session.refusal('EXECUTE star')).toBe('0A000 cached plan must not change result type');
    await session.ask('PREPARE mine AS SELECT * FROM deals ORDER BY id LIMIT 1');
    expect(await session.ask('EXECUTE mine')).toEqual([expect.stringMatching(/^3 globex north 300 \d/)]);
    await session.ask('RESET ROLE');
    expect(await run()).toEqual([ALL, 'runs', 'runs']);
  });

  it('statements of Parse, with parameters', async () => {
    const { client, ask } = await signIn(SUPPORT);
    const named = {
      name: 'n',
      text: 'SELECT count(*) AS n, sum(amount) AS s FROM deals WHERE amount > $1',
      values: [0],
    };
    const run = async (): Promise<unknown> => (await client.query(named)).rows;
    expect(await run()).toEqual([{ n: '5', s: '1230' }]);
    await ask(`SET ROLE ${ACME}`);
    expect(await run()).toEqual([{ n: '2', s: '30' }]);
    await ask(`SET ROLE ${NORTH}`);
    expect(await run()).toEqual([{ n: '1', s: '10' }]);
    await ask('RESET ROLE');
    expect(await run()).toEqual([{ n: '5', s: '1230' }]);
  });

  it('statements of one message, each as who asks by then', async () => {
    const client = (await gateway().signIn({ ...SUPPORT, sub: 'message' })).raw;
    const ids = 'SELECT id FROM deals WHERE amount > 19 ORDER BY id';
    expect(await exchange(client, query(`${ids}; SET ROLE ${ACME}; ${ids}; RESET ROLE; ${ids} LIMIT 1`))).toEqual([
      ...['D 2', 'D 3', 'D 4', 'D 5', 'C', 'C', 'D 2', 'C', 'C', 'D 2', 'C', 'Z'],
    ]);
    // One that fails takes the switch before it back.
    const failed = ['C', 'D 2', 'C', `E ${NO_COST}`, 'Z'];
    expect(await exchange(client, query(`SET ROLE ${ACME}; ${ids}; SELECT cost FROM deals`))).toEqual(failed);
    expect(await exchange(client, query(`${ids} LIMIT 3`))).toEqual(['D 2', 'D 3', 'D 4', 'C', 'Z']);
    // Columns that were told before the switch are told no others.
    await exchange(client, parse('star', 'SELECT * FROM deals'), SYNC);
    await exchange(client, query(`SET ROLE ${ACME}`));
    expect(await exchange(client, bind({ statement: 'star' }), execute(), SYNC)).toEqual([
      ...['E 0A000 cached plan must not change result type', 'Z'],
    ]);
    client.close();
  });

  it('cursors', async () => {
    const session = await signIn(SUPPORT);
    await session.ask('BEGIN');
    await session.ask(`DECLARE c CURSOR FOR ${IDS}`);
    await session.ask(`DECLARE h CURSOR WITH HOLD FOR ${IDS}`);
    expect(await session.ask('FETCH 1 FROM c')).toEqual(['1']);
    await session.ask('COMMIT');
    expect(await session.ask('FETCH 1 FROM h')).toEqual(['1']);
    await session.ask(`SET ROLE ${GLOBEX}`);
    expect(await session.refusal('FETCH ALL FROM h')).toBe('34000 cursor "h" does not exist');
    await session.ask('BEGIN');
    await session.ask(`DECLARE g CURSOR FOR ${IDS}`);
    await session.ask('RESET ROLE');
    expect(await session.refusal('FETCH ALL FROM g')).toBe('34000 cursor "g" does not exist');
  });

  it('cursors that a ROLLBACK of the switch would bring back', async () => {
    const session = await signIn(SUPPORT);
    await session.ask('BEGIN');
    await session.ask(`SET ROLE ${GLOBEX}`);
    await session.ask(`DECLARE h CURSOR WITH HOLD FOR ${IDS}`);
    await session.ask('SAVEPOINT s');
    await session.ask('RESET ROLE');
    await session.ask('ROLLBACK TO s');
    expect(await session.ask(IDS)).toEqual(['3', '4', '5']);
    expect(await session.refusal('FETCH ALL FROM h')).toBe('34000 cursor "h" does not exist');
    await session.ask('ROLLBACK');
  });

  it('portals: bound before the switch, run behind it', async () => {
    const client = (await gateway().signIn({ ...SUPPORT, sub: 'portal' })).raw;
    const bound = [parse('s', IDS), bind({ portal: 'p', statement: 's' }), parse('r', `SET ROLE ${GLOBEX}`)];
    const switched = [bind({ portal: 'q', statement: 'r' }), execute('q')];
    expect(await exchange(client, query('BEGIN'))).toEqual(['C', 'Z']);
    expect(await exchange(client, ...bound, execute('p', 2), ...switched, execute('p', 1), SYNC)).toEqual([
      ...['1', '2', '1', 'D 1', 'D 2', 's', '2', 'C'],
      ...['E 34000 portal "p" does not exist', 'Z'],
    ]);
    expect(await exchange(client, query('ROLLBACK'))).toEqual(['C', 'Z']);
    // The statement is still there, and is whoever's it is run as.
    expect(
      await exchange(client, ...switched.slice(0, 1), execute('q'), bind({ statement: 's' }), execute(), SYNC),
    ).toEqual([...['2', 'C', '2', 'D 3', 'D 4', 'D 5', 'C', 'Z']]);
    client.close();
  });

  it('plans of the same text, in many sessions that switch to and fro', async () => {
    const roles: readonly (readonly [role: string, answer: string])[] = [
      [ACME, '2 30'],
      [GLOBEX, '3 1200'],
      [NORTH, '1 10'],
      ['NONE', '5 1230'],
    ];
    const sql = 'SELECT count(*), sum(amount) FROM deals';
    const sessions = await Promise.all(Array.from({ length: 8 }, () => signIn(SUPPORT)));
    await Promise.all(
      sessions.map(async (session, n) => {
        await session.ask(`PREPARE p AS ${sql}`);
        for (let step = 0; step < 8; step += 1) {
          const [role, answer] = roles[(n + step * (n + 1)) % roles.length] ?? ['NONE', ''];
          await session.ask(`SET ROLE ${role}`);
          expect([role, await session.ask(sql), await session.ask('EXECUTE p')]).toEqual([role, [answer], [answer]]);
        }
      }),
    );
  });

  it('answers of the catalog, and what \\d shows', async () => {
    const session = await signIn(SUPPORT);
    const looked = async (): Promise<unknown> => ({
      tables: await session.ask(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1",
      ),
      columns: await session.ask(
        "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass('deals') AND attnum > 0 ORDER BY attnum",
      ),
      standard: await session.ask(
        "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'public' AND column_name IN ('cost', 'wage')",
      ),
      named: await session.ask("SELECT to_regclass('payroll') IS NULL"),
      cast: (await session.refusal("SELECT 'payroll'::regclass")).replace(/^no error.*/, 'is there'),
      members: await session.ask("SELECT count(*) FROM semwire.members WHERE \"column\" IN ('cost', 'wage')"),
      who: [
        await session.ask('SELECT persona FROM semwire.whoami'),
        await session.ask('SELECT current_user, session_user'),
        await session.ask("SELECT current_setting('role')"),
        await session.ask('SELECT pg_get_userbyid(usesysid) FROM pg_user WHERE usename = current_user'),
      ].flat(),
    });
    const columns = ['id', 'tenant', 'region', 'amount', 'cost', 'count', 'total'];
    const manager = {
      tables: ['deals', 'payroll'],
      columns,
      standard: ['2'],
      named: ['f'],
      cast: 'is there',
      members: ['2'],
    };
    const seller = {
      tables: ['deals'],
      columns: columns.filter((name) => name !== 'cost'),
      standard: ['0'],
      named: ['t'],
      cast: NO_PAYROLL,
      members: ['0'],
    };
    expect(await looked()).toEqual({ ...manager, who: ['', 'me me', 'none', 'me'] });
    await session.ask('PREPARE c AS SELECT count(*) FROM pg_attribute WHERE attname = $1');
    expect(await session.ask("EXECUTE c('wage')")).toEqual(['1']);
    await session.ask(`SET ROLE ${ACME}`);
    expect(await looked()).toEqual({
      ...seller,
      who: ['Acme seller', 'Acme seller me', 'Acme seller', 'Acme seller'],
    });
    expect(await session.ask("EXECUTE c('wage')")).toEqual(['0']);
    await session.ask(`SET ROLE ${GLOBEX}`);
    expect(await looked()).toEqual({
      ...seller,
      who: ['Globex seller', 'Globex seller me', 'Globex seller', 'Globex seller'],
    });
    await session.ask('RESET ROLE');
    expect(await looked()).toEqual({ ...manager, who: ['', 'me me', 'none', 'me'] });
  });

  it('the audit log keeps who it was, and as whom', async () => {
    const subject = `audited on ${warehouse}`;
    const session = await signIn({ ...SUPPORT, sub: subject });
    await session.ask(`SET ROLE ${GLOBEX}`);
    await session.ask(IDS);
    await session.refusal(`SET ROLE ${BOSS}`);
    await session.ask('RESET ROLE');
    await session.ask(IDS);
    const lines = audit();
    const entries = lines.map((line) => JSON.parse(line)).filter((entry) => entry.subject === subject);
    const told = entries.map(({ event, user, persona, to, code, statement, policies }) =>
      event === 'switch' ? [event, persona, to, code] : [event, user, persona, statement, code, ...(policies ?? [])],
    );
    expect(told).toEqual([
      ['sign-in', 'me', undefined, undefined, '00000'],
      ['switch', undefined, 'Globex seller', '00000'],
      ['statement', 'me', undefined, 'SET ROLE "Globex seller"', '00000'],
      ['statement', 'me', 'Globex seller', IDS, '00000', expect.stringMatching(/seller/)],
      ['switch', 'Globex seller', 'Boss', '42501'],
      ['statement', 'me', 'Globex seller', 'SET ROLE "Boss"', '42501'],
      ['switch', 'Globex seller', 'none', '00000'],
      ['statement', 'me', 'Globex seller', 'RESET ROLE', '00000'],
      ['statement', 'me', undefined, IDS, '00000', expect.stringMatching(/manager/)],
    ]);
    expect(lines.join()).not.toContain('eyJ');
  });
});

/** The messages up to ReadyForQuery: types, one value of a row, and what an error says. */
async function exchange(client: RawClient, ...frames: readonly Buffer[]): Promise<readonly string[]> {
  client.send(...frames);
  const told: string[] = [];
  for (;;) {
    const message = await client.message();
    if (message === undefined) return [...told, 'closed'];
    const { type, body } = message;
    if (type === 'D') told.push(`D ${body.toString('utf8', 6)}`);
    else if (type === 'E') {
      const fields = new Map(
        body
          .toString('utf8')
          .split('\0')
          .map((field) => [field.slice(0, 1), field.slice(1)]),
      );
      told.push(`E ${fields.get('C')} ${fields.get('M')}`);
    } else if (!'TNS'.includes(type)) told.push(type);
    if (type === 'Z') return told;
  }
}
