/**
 * Acting as another, through a socket on both warehouses: who may, as whom, what stays the actor's (contract, section
 * 7.11). What was made as one and is asked for as another, and the audit log: acting-identities.test.ts.
 */
import { describe, expect, it, vi } from 'vitest';
import { token } from '../session/serve.ts';
import { signInTo } from '../session/tenants.ts';
import {
  ACME,
  ALL,
  AUDIT,
  BOSS,
  GLOBEX,
  IDS,
  MANAGER,
  NO_COST,
  NO_PAYROLL,
  NORTH,
  onBothWarehouses,
  ROOT,
  SUPPORT,
} from './acting.ts';

onBothWarehouses(({ warehouse, gateway, signIn }) => {
  describe('who may', () => {
    it.each([
      ['somebody whom the hook tells no', MANAGER, ACME, false],
      ['support', SUPPORT, ACME, true],
      ['support, whom the hook tells no', SUPPORT, BOSS, false],
      ['support, where the hook says yes and there is no such persona', SUPPORT, 'nobody', false],
      ['audit, without a persona, as the hook says', AUDIT, 'globex', true],
      ['somebody for whom the hook fails', { ...MANAGER, desk: 'broken' }, ACME, false],
      ['an admin, whatever the hook says', ROOT, BOSS, true],
      ['an admin, whom no persona is', ROOT, 'nobody', false],
    ])('%s', async (_who, claims, name, allowed) => {
      const session = await signIn(claims);
      const bare = name.replaceAll('"', '');
      for (const [statement, what] of [
        ['SET ROLE', 'role'],
        ['SET SESSION AUTHORIZATION', 'session authorization'],
      ]) {
        expect(await session.refusal(`${statement} ${name}`)).toMatch(
          allowed ? /^no error/ : `42501 permission denied to set ${what} "${bare}"`,
        );
        if (!allowed) expect(await session.ask(IDS)).toEqual(ALL);
        await session.ask('RESET SESSION AUTHORIZATION');
      }
    });

    it('one who may not is told the same, byte for byte, of a persona that exists and of one that does not', async () => {
      for (const claims of [MANAGER, { ...MANAGER, desk: 'broken' }]) {
        const client = await gateway().signIn({ sub: 'byte', ...claims });
        for (const statement of ['SET ROLE', 'SET LOCAL ROLE', 'SET SESSION AUTHORIZATION']) {
          const [one, other] = [
            await client.ask(`${statement} ${ACME}`),
            await client.ask(`${statement} "Acme nobody"`),
          ];
          expect(one.code).toBe('42501');
          expect(one.lines).toEqual(other.lines.map((line) => line.replaceAll('Acme nobody', 'Acme seller')));
        }
        client.close();
      }
      // To the admin, and to whom the hook says yes, a persona that does not exist is no other.
      const [support, root] = [await signIn(SUPPORT), await signIn(ROOT)];
      const denied = '42501 permission denied to set role "nobody"';
      expect([await support.refusal('SET ROLE nobody'), await root.refusal('SET ROLE nobody')]).toEqual([
        denied,
        denied,
      ]);
    });

    it('the user name decides nothing', async () => {
      const session = await signInTo(gateway().server, {
        user: 'Acme seller',
        password: await token({ sub: 'x', ...MANAGER }),
      });
      expect(await session.refusal(`SET ROLE ${GLOBEX}`)).toMatch(/^42501 /);
      // One's own name is no other's: it gives nothing but oneself.
      await session.ask(`SET SESSION AUTHORIZATION ${ACME}`);
      expect(await session.ask(IDS)).toEqual(ALL);
    });
  });

  describe('as whom', () => {
    it('SET ROLE and RESET ROLE: rows, columns, tables', async () => {
      const session = await signIn(SUPPORT);
      const seen = async (): Promise<unknown> => [
        await session.ask(IDS),
        await session.refusal('SELECT max(cost) FROM deals'),
        await session.refusal('SELECT max(wage) FROM payroll'),
      ];
      const mine = [ALL, expect.stringMatching(/^no error/), expect.stringMatching(/^no error/)];
      expect(await seen()).toEqual(mine);
      await session.ask(`SET ROLE ${ACME}`);
      expect(await seen()).toEqual([['1', '2'], NO_COST, NO_PAYROLL]);
      await session.ask(`SET ROLE ${GLOBEX}`);
      expect(await seen()).toEqual([['3', '4', '5'], NO_COST, NO_PAYROLL]);
      await session.ask('RESET ROLE');
      expect(await seen()).toEqual(mine);
    });

    it('SET SESSION AUTHORIZATION, and a role on top of it', async () => {
      const session = await signIn(SUPPORT);
      const users = 'SELECT current_user, session_user';
      await session.ask(`SET SESSION AUTHORIZATION ${ACME}`);
      expect([await session.ask(IDS), await session.ask(users)]).toEqual([['1', '2'], ['Acme seller Acme seller']]);
      await session.ask(`SET ROLE ${GLOBEX}`);
      expect([await session.ask(IDS), await session.ask(users)]).toEqual([
        ['3', '4', '5'],
        ['Globex seller Acme seller'],
      ]);
      await session.ask('RESET ROLE');
      expect(await session.ask(IDS)).toEqual(['1', '2']);
      await session.ask('RESET SESSION AUTHORIZATION');
      expect([await session.ask(IDS), await session.ask(users)]).toEqual([ALL, ['me me']]);
    });

    it('a context of the hook’s own', async () => {
      const session = await signIn(AUDIT);
      await session.ask('SET ROLE globex');
      expect(await session.ask(IDS)).toEqual(['3', '4', '5']);
      // The rights of access/rights.json would be those of the name.
      const whoami = "SELECT persona, current_user, context ->> 'tenant' FROM semwire.whoami";
      expect(await session.ask(whoami)).toEqual(['globex globex globex']);
      await session.ask('SET ROLE elsewhere');
      expect(await session.ask(IDS)).toEqual([]);
    });

    it('nobody acts further as whom the persona might: the one who signed in is asked', async () => {
      const session = await signIn(SUPPORT);
      await session.ask(`SET ROLE ${ACME}`);
      expect(await session.refusal(`SET ROLE ${BOSS}`)).toBe('42501 permission denied to set role "Boss"');
      expect(await session.ask(IDS)).toEqual(['1', '2']);
    });
  });

  describe('what is the actor’s stays', () => {
    const south = [{ member: 'deals.region', operator: 'equals', values: ['south'] }];

    it('the filters of the token, beside those of the persona', async () => {
      const session = await signIn({ ...SUPPORT, filters: south });
      expect(await session.ask(IDS)).toEqual(['2', '5']);
      await session.ask(`SET ROLE ${GLOBEX}`);
      expect(await session.ask(IDS)).toEqual(['5']);
      await session.ask(`SET ROLE ${NORTH}`);
      expect(await session.ask(IDS)).toEqual([]);
      const free = await signIn(SUPPORT);
      await free.ask(`SET ROLE ${NORTH}`);
      expect(await free.ask(IDS)).toEqual(['1']);
      const audit = await signIn({ ...AUDIT, filters: south });
      await audit.ask('SET ROLE acme');
      expect(await audit.ask(IDS)).toEqual(['2']);
    });

    it('the end of the token', async () => {
      vi.useFakeTimers({ toFake: ['Date'] });
      try {
        const session = await signIn({ ...AUDIT, exp: Math.floor(Date.now() / 1_000) + 60 });
        await session.ask('SET ROLE acme');
        expect(await session.ask(IDS)).toEqual(['1', '2']);
        vi.setSystemTime(Date.now() + 61_000);
        expect(await session.refusal(IDS)).toBe('28000 the token has expired');
      } finally {
        vi.useRealTimers();
      }
    });

    it('limits of connections', async () => {
      const claims = { ...SUPPORT, sub: `many on ${warehouse}` };
      for (const role of [ACME, GLOBEX]) await (await signIn(claims)).ask(`SET ROLE ${role}`);
      await expect(signIn(claims)).rejects.toMatchObject({ code: '53300' });
      // The persona has nobody's connections.
      await signIn({ ...SUPPORT, sub: 'Acme seller' });
    });
  });

  it('admin functions are off', async () => {
    const session = await signIn(ROOT);
    await session.ask('PREPARE reload AS SELECT semwire.reload()');
    const tried = async (): Promise<readonly string[]> => [
      await session.refusal('SELECT count(*) FROM semwire.sessions'),
      await session.refusal('SELECT count(*) FROM semwire.policies'),
      await session.refusal('SELECT semwire.reload()'),
      await session.refusal('SELECT semwire.cancel(0)'),
      await session.refusal('EXECUTE reload'),
    ];
    const explained = async (): Promise<boolean> =>
      (await session.ask(`EXPLAIN ${IDS}`)).some((line) => line.includes('Warehouse SQL'));
    const allowed = Array.from({ length: 5 }, () => expect.stringMatching(/^no error/));
    expect([await tried(), await explained()]).toEqual([allowed, true]);
    // The same as the boss, who sees as much: not what the persona is counts.
    await session.ask(`SET ROLE ${BOSS}`);
    expect([await tried(), await explained()]).toEqual([
      [
        '42P01 relation "semwire.sessions" does not exist',
        '42P01 relation "semwire.policies" does not exist',
        expect.stringMatching(/^42883 function semwire.reload\(\) does not exist/),
        expect.stringMatching(/^42883 function semwire.cancel\(integer\) does not exist/),
        expect.stringMatching(/^42883 function semwire.reload\(\) does not exist/),
      ],
      false,
    ]);
    await session.ask('RESET ROLE');
    expect([await tried(), await explained()]).toEqual([allowed, true]);
  });

  it('a query cannot switch', async () => {
    const session = await signIn(SUPPORT);
    const text = "'Acme seller'";
    for (const sql of [
      `SELECT set_config('role', ${text}, false)`,
      "SELECT set_config('ROLE', 'none', true)",
      `SELECT set_config('session_authorization', ${text}, false)`,
      `SELECT pg_catalog.set_config('ro' || 'le', ${text}, false)`,
      `SELECT set_config(name, ${text}, false) FROM (VALUES ('role'), ('session_authorization')) s (name)`,
      `SELECT set_config('role', relname, false) FROM pg_class WHERE relname = 'deals'`,
      `SELECT set_config('role', ${text}, false) FROM deals`,
      `SELECT id FROM deals WHERE set_config('role', ${text}, false) = ''`,
      `UPDATE pg_settings SET setting = ${text} WHERE name = 'role'`,
      `DO 'BEGIN SET ROLE "Acme seller"; END'`,
      'ALTER ROLE me SET role = "Acme seller"',
    ]) {
      expect([sql, await session.refusal(sql)]).toEqual([sql, expect.stringMatching(/^(42501|42883|25006|0A000) /)]);
      expect(await session.ask('SHOW role')).toEqual(['none']);
    }
    expect(await session.refusal(`SELECT set_config('role', ${text}, false)`)).toMatch(/^42501 /);
    await expect(session.ask('SELECT set_config($1, $2, false)', ['role', 'Acme seller'])).rejects.toMatchObject({
      code: '42501',
    });
    expect(await session.ask(IDS)).toEqual(ALL);
    const password = await token({ sub: 'options', ...SUPPORT });
    for (const name of ['role', 'session_authorization']) {
      const signedIn = signInTo(gateway().server, { user: 'me', password, options: `-c ${name}=boss` });
      await expect(signedIn).rejects.toMatchObject({ code: '55P02' });
    }
  });

  describe('transactions, as in PostgreSQL', () => {
    it('ROLLBACK undoes a switch, COMMIT keeps it', async () => {
      const session = await signIn(SUPPORT);
      const steps: readonly (readonly [sql: string, rows: readonly string[]])[] = [
        ['BEGIN', ALL],
        [`SET ROLE ${ACME}`, ['1', '2']],
        ['SAVEPOINT s', ['1', '2']],
        [`SET ROLE ${GLOBEX}`, ['3', '4', '5']],
        ['ROLLBACK TO s', ['1', '2']],
        ['ROLLBACK', ALL],
        ['BEGIN', ALL],
        [`SET SESSION AUTHORIZATION ${ACME}`, ['1', '2']],
        ['COMMIT', ['1', '2']],
        ['BEGIN', ['1', '2']],
        ['RESET SESSION AUTHORIZATION', ALL],
        ['ROLLBACK', ['1', '2']],
        ['BEGIN', ['1', '2']],
        [`SET LOCAL ROLE ${GLOBEX}`, ['3', '4', '5']],
        ['COMMIT', ['1', '2']],
        ['DISCARD ALL', ALL],
        [`SET ROLE ${ACME}`, ['1', '2']],
        ['RESET ALL', ['1', '2']],
        ['DISCARD ALL', ALL],
      ];
      for (const [sql, rows] of steps) {
        await session.ask(sql);
        expect([sql, await session.ask(IDS)]).toEqual([sql, rows]);
      }
    });

    it('a failed one undoes it too', async () => {
      const session = await signIn(SUPPORT);
      await session.ask('BEGIN');
      await session.ask(`SET ROLE ${ACME}`);
      expect(await session.refusal('SELECT max(cost) FROM deals')).toBe(NO_COST);
      expect(await session.refusal(`SET ROLE ${GLOBEX}`)).toMatch(/^25P02 /);
      await session.ask('COMMIT');
      expect(await session.ask(IDS)).toEqual(ALL);
    });
  });
});
