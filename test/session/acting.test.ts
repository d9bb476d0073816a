/** SET ROLE and SET SESSION AUTHORIZATION: as whom a session asks, and what of its own it keeps (contract 7.11). */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Persona } from '../../src/access/personas.ts';
import type { SessionEvent } from '../../src/session/observer.ts';
import { Portal, Portals } from '../../src/session/portals.ts';
import type { PlannedStatement } from '../../src/session/prepared.ts';
import { identityOf } from '../helpers/gateway.ts';
import { bind, execute, parse, query, SYNC } from '../wire/frames.ts';
import type { RawClient } from '../wire/raw-client.ts';
import { seconds, signedIn, type TestServer, token } from './serve.ts';
import { folderWith, leaveAll, openTenants, type Session, signInTo, type Tenants } from './tenants.ts';

const persona = (name: string, claims: Persona['securityContext'], filters?: Persona['filters']): Persona => ({
  name,
  securityContext: claims,
  roles: ['seller'],
  filters,
});
const PERSONAS = [
  persona('red', { tenant: 'red' }),
  persona('blue', { tenant: 'blue' }),
  persona('Acme Corp', { tenant: 'red' }),
  persona('narrow', { tenant: 'red' }, [{ member: 'sales.region', operator: 'equals', values: ['north'] }]),
];
/** Support may be red; the director anybody, and `other`, who is no persona; nobody else anything. */
const HOOK = `
export async function canSwitchUser(current, next, { securityContext }) {
  if (securityContext.broken) throw new Error('no directory');
  if (current === 'support') return next === 'red' || next === 'Acme Corp';
  if (current === 'director') return next === 'other' || next.startsWith('pg_') ? { securityContext: { tenant: 'blue', groups: ['seller'] } } : true;
  return false;
}`;
const COUNT = 'SELECT count(*) FROM sales';
const DENIED = (name: string): string => `42501 permission denied to set role "${name}"`;

let tenants: Tenants;
let server: TestServer;
const events: SessionEvent[] = [];
beforeAll(async () => {
  tenants = await openTenants();
  server = await tenants.serve(
    { SEMWIRE_MODEL: folderWith({ 'semwire.config.mjs': HOOK }), SEMWIRE_ADMINS: 'root' },
    { personas: () => PERSONAS, observe: (event) => void events.push(event) },
  );
});
afterEach(leaveAll);
afterAll(() => tenants?.close());

const CHIEF = { groups: ['chief'] };

async function as(subject: string, claims: object = CHIEF, user = 'me'): Promise<Session> {
  return signInTo(server, { user, password: await token({ sub: subject, ...claims }) });
}

describe('who may', () => {
  test.each([
    ['support', 'red', true],
    ['support', '"Acme Corp"', true],
    ['support', "'Acme Corp'", true],
    ['support', 'blue', false],
    ['support', 'nobody', false],
    ['director', 'blue', true],
    ['director', 'other', true],
    ['director', 'nobody', false],
    ['director', 'pg_monitor', false],
    ['stranger', 'red', false],
    ['root', 'blue', true],
    ['root', 'nobody', false],
  ])('%s be %s: %s', async (subject, name, allowed) => {
    const session = await as(subject);
    const bare = name.replace(/["']/g, '');
    const answer = await session.refusal(`SET ROLE ${name}`);
    if (allowed) expect(answer).toMatch(/^no error/);
    else expect(answer).toBe(DENIED(bare));
    expect(await session.refusal(`SET SESSION AUTHORIZATION ${name}`)).toBe(
      allowed ? answer : `42501 permission denied to set session authorization "${bare}"`,
    );
  });

  test('the hook is asked about the verified subject, whatever the user name says', async () => {
    const session = await as('stranger', CHIEF, 'support');
    expect(await session.refusal('SET ROLE red')).toBe(DENIED('red'));
  });

  test('a hook that fails refuses in the same words', async () => {
    const session = await as('director', { ...CHIEF, broken: true });
    expect(await session.refusal('SET ROLE red')).toBe(DENIED('red'));
    expect(server.log.text()).toContain('canSwitchUser: no directory');
  });

  test('nobody, where there is no hook; anybody on a developer’s machine', async () => {
    const plain = await tenants.serve({}, { personas: () => PERSONAS });
    const dev = await tenants.serve({ SEMWIRE_DEV: '1' }, { personas: () => PERSONAS });
    const password = await token({ groups: ['chief'] });
    expect(await (await signInTo(plain, { password })).refusal('SET ROLE red')).toBe(DENIED('red'));
    const session = await signInTo(dev, { password });
    await session.ask('SET ROLE red');
    expect(await session.ask(COUNT)).toEqual(['2']);
  });
});

describe('as whom', () => {
  test('rows, columns and groups are the persona’s, until RESET ROLE', async () => {
    const session = await as('director');
    expect(await session.ask(COUNT)).toEqual(['5']);
    await session.ask('SET ROLE red');
    expect(await session.ask(COUNT)).toEqual(['2']);
    expect(await session.refusal('SELECT max(cost) FROM sales')).toBe('42703 column "cost" does not exist');
    expect(
      await session.ask("SELECT attname FROM pg_attribute WHERE attrelid = 'sales'::regclass AND attname = 'cost'"),
    ).toEqual([]);
    await session.ask('SET ROLE blue');
    expect(await session.ask(COUNT)).toEqual(['3']);
    for (const back of ['RESET ROLE', 'SET ROLE NONE', "SET role = 'none'", 'SET ROLE TO DEFAULT']) {
      await session.ask('SET ROLE red');
      await session.ask(back);
      expect(await session.ask(COUNT)).toEqual(['5']);
    }
  });

  test('a context of the hook’s own', async () => {
    const session = await as('director');
    await session.ask('SET ROLE other');
    expect(await session.ask(`SELECT count(*), current_user FROM sales GROUP BY 2`)).toEqual(['3 other']);
  });

  test('current_user, session_user and SHOW, as in PostgreSQL', async () => {
    const session = await as('director');
    const users = async (): Promise<readonly string[]> => [
      ...(await session.ask('SELECT current_user, session_user FROM sales GROUP BY 1, 2')),
      ...(await session.ask('SELECT current_user, session_user, current_role, user')),
      ...(await session.ask('SHOW role')),
      ...(await session.ask('SHOW session_authorization')),
    ];
    expect(await users()).toEqual(['me me', 'me me me me', 'none', 'me']);
    await session.ask('SET ROLE red');
    expect(await users()).toEqual(['red me', 'red me red red', 'red', 'me']);
    await session.ask('SET SESSION AUTHORIZATION blue');
    expect(await users()).toEqual(['blue blue', 'blue blue blue blue', 'none', 'blue']);
    await session.ask('SET ROLE red');
    expect(await users()).toEqual(['red blue', 'red blue red red', 'red', 'blue']);
    await session.ask('RESET SESSION AUTHORIZATION');
    expect(await users()).toEqual(['me me', 'me me me me', 'none', 'me']);
    await session.ask("SET SESSION AUTHORIZATION 'me'");
    expect(await session.ask(COUNT)).toEqual(['5']);
  });

  test('admin functions are off', async () => {
    const session = await as('root');
    const sql = async (): Promise<boolean> =>
      (await session.ask('EXPLAIN SELECT amount FROM sales')).some((line) => line.includes('Warehouse SQL'));
    expect(await sql()).toBe(true);
    await session.ask('SET ROLE red');
    expect(await sql()).toBe(false);
    expect(await session.refusal('SET ROLE blue')).toMatch(/^no error/);
    await session.ask('RESET ROLE');
    expect(await sql()).toBe(true);
  });

  test('the actor’s expiry stays', async () => {
    const session = await as('director', { ...CHIEF, exp: seconds() + 2 });
    await session.ask('SET ROLE red');
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    expect(await session.refusal(COUNT)).toBe('28000 the token has expired');
  });

  test('the actor’s security filters stay, and the persona’s come beside them', async () => {
    const own = [{ member: 'sales.region', operator: 'equals', values: ['south'] }];
    await (await as('director', { ...CHIEF, filters: own })).ask('SET ROLE narrow');
    const acting = server.sessions().find(({ identity }) => identity.user === 'narrow')?.identity;
    expect(acting?.context.filters).toEqual([
      { member: 'sales.region', operator: 'equals', values: ['north'] },
      ...own,
    ]);
    await (await as('director', { ...CHIEF, filters: own })).ask('SET ROLE red');
    const filtered = server.sessions().find(({ identity }) => identity.user === 'red')?.identity;
    expect(filtered?.context.filters).toEqual(own);
  });

  test('the settings cannot be set by a query, by options or by SET of another kind', async () => {
    const session = await as('director');
    expect(await session.refusal("SELECT set_config('role', 'red', false)")).toMatch(/^42501 /);
    expect(await session.refusal("SELECT set_config('ROLE', 'none', true)")).toMatch(/^42501 /);
    expect(await session.refusal("SELECT set_config('session_authorization', 'red', false)")).toMatch(/^42501 /);
    expect(await session.ask(COUNT)).toEqual(['5']);
    const password = await token({ sub: 'director', ...CHIEF });
    await expect(signInTo(server, { password, options: '-c role=red' })).rejects.toMatchObject({ code: '55P02' });
  });

  test('limits go by the actor', async () => {
    const limited = await tenants.serve(
      { SEMWIRE_MODEL: folderWith({ 'semwire.config.mjs': HOOK }), SEMWIRE_MAX_CONNECTIONS_PER_USER: '1' },
      { personas: () => PERSONAS },
    );
    const password = await token({ sub: 'director', ...CHIEF });
    await (await signInTo(limited, { password })).ask('SET ROLE red');
    await expect(signInTo(limited, { password })).rejects.toMatchObject({ code: '53300' });
    await signInTo(limited, { password: await token({ sub: 'red' }) });
  });
});

describe('transactions', () => {
  test('ROLLBACK undoes a switch, and ROLLBACK TO', async () => {
    const session = await as('director');
    await session.ask('BEGIN');
    await session.ask('SET ROLE red');
    await session.ask('SAVEPOINT a');
    await session.ask('SET ROLE blue');
    expect(await session.ask(COUNT)).toEqual(['3']);
    await session.ask('ROLLBACK TO a');
    expect(await session.ask(COUNT)).toEqual(['2']);
    await session.ask('ROLLBACK');
    expect(await session.ask(COUNT)).toEqual(['5']);
  });

  test('SET LOCAL ROLE ends with its transaction; what was held open for it ends too', async () => {
    const session = await as('director');
    await session.ask('BEGIN');
    await session.ask('SET LOCAL ROLE red');
    await session.ask('DECLARE held CURSOR WITH HOLD FOR SELECT id FROM sales ORDER BY id');
    expect(await session.ask('FETCH 1 FROM held')).toEqual(['1']);
    await session.ask('COMMIT');
    await givenBack();
    expect(await session.ask(COUNT)).toEqual(['5']);
    expect(await session.refusal('FETCH 1 FROM held')).toBe('34000 cursor "held" does not exist');
  });

  test('RESET ALL leaves the role, DISCARD ALL does not', async () => {
    const session = await as('director');
    await session.ask('SET ROLE red');
    await session.ask('RESET ALL');
    expect(await session.ask(COUNT)).toEqual(['2']);
    await session.ask('DISCARD ALL');
    expect(await session.ask(COUNT)).toEqual(['5']);
  });

  test('a switch that is refused changes nothing', async () => {
    const session = await as('support');
    await session.ask('SET ROLE red');
    expect(await session.refusal('SET ROLE blue')).toBe(DENIED('blue'));
    expect(await session.ask(COUNT)).toEqual(['2']);
  });
});

describe('what was made as one is never used as another', () => {
  test('statements prepared by PREPARE, and by Parse', async () => {
    const session = await as('director');
    await session.ask('PREPARE p AS SELECT count(*), sum(amount) FROM sales');
    const named = { name: 'n', text: 'SELECT count(*) AS n FROM sales WHERE amount > $1', values: ['0'] };
    const byName = async (): Promise<unknown> => (await session.client.query(named)).rows[0]?.n;
    expect([await session.ask('EXECUTE p'), await byName()]).toEqual([['5 1230'], '5']);
    await session.ask('SET ROLE red');
    expect([await session.ask('EXECUTE p'), await byName()]).toEqual([['2 30'], '2']);
    await session.ask('SET ROLE blue');
    expect([await session.ask('EXECUTE p'), await byName()]).toEqual([['3 1200'], '3']);
    await session.ask('RESET ROLE');
    expect([await session.ask('EXECUTE p'), await byName()]).toEqual([['5 1230'], '5']);
  });

  test('a statement over what the other does not see is refused', async () => {
    const session = await as('director');
    await session.ask('PREPARE c AS SELECT max(cost) FROM sales');
    expect(await session.ask('EXECUTE c')).toEqual(['50']);
    await session.ask('SET ROLE red');
    expect(await session.refusal('EXECUTE c')).toBe('42703 column "cost" does not exist');
  });

  test('the same name with another context is another', async () => {
    const hook = `let calls = 0;
      export const canSwitchUser = () => ({ securityContext: { tenant: calls++ === 0 ? 'red' : 'blue', groups: ['seller'] } });`;
    const changing = await tenants.serve({ SEMWIRE_MODEL: folderWith({ 'semwire.config.mjs': hook }) });
    const session = await signInTo(changing, { password: await token() });
    await session.ask('SET ROLE x');
    await session.ask(`PREPARE p AS ${COUNT}`);
    expect(await session.ask('EXECUTE p')).toEqual(['2']);
    await session.ask('SET ROLE x');
    expect(await session.ask('EXECUTE p')).toEqual(['3']);
  });

  test('cursors and portals', async () => {
    const session = await as('director');
    await session.ask('BEGIN');
    await session.ask('DECLARE c CURSOR FOR SELECT id FROM sales ORDER BY id');
    expect(await session.ask('FETCH 1 FROM c')).toEqual(['1']);
    expect(lent()).toBe(1);
    await session.ask('SET ROLE blue');
    await givenBack();
    expect(await session.refusal('FETCH 1 FROM c')).toBe('34000 cursor "c" does not exist');
    await session.ask('ROLLBACK');

    const client = await raw('director');
    const sent = async (...frames: readonly Buffer[]): Promise<string> => exchange(client, ...frames);
    await sent(query('BEGIN'));
    await sent(parse('', 'SELECT id FROM sales ORDER BY id'), bind({ portal: 'p' }), execute('p', 1), SYNC);
    // The portal of the switch itself is bound before: it is closed while it runs, and ends well.
    expect(await sent(parse('', 'SET ROLE blue'), bind(), execute(), execute('p', 1), SYNC)).toBe('12CE34000Z');
    client.close();
  });

  test('a portal that is bound before a switch and run after it', async () => {
    const client = await raw('director');
    const frames = [
      parse('s', COUNT),
      parse('r', 'SET ROLE red'),
      bind({ portal: 'p', statement: 's' }),
      bind({ portal: 'q', statement: 'r' }),
      execute('q'),
      execute('p'),
      SYNC,
    ];
    expect(await exchange(client, ...frames)).toBe('1122CE34000Z');
    client.close();
  });

  test('a portal that is still there is nobody else’s', async () => {
    const [one, other] = [identityOf({ sub: 'a' }), identityOf({ sub: 'a' })];
    let owner = one;
    const portals = new Portals(() => owner);
    const planned = {} as PlannedStatement;
    await portals.add(new Portal({ name: 'p', planned, binds: [], kind: 'bound', formats: [], level: 0 }));
    expect(portals.get('p').name).toBe('p');
    owner = other;
    expect(portals.find('p')).toBeUndefined();
    expect(() => portals.get('p')).toThrow('portal "p" does not exist');
  });

  test('many sessions at once, switching to and fro', async () => {
    const sessions = await Promise.all(Array.from({ length: 12 }, () => as('director')));
    const expected: Readonly<Record<string, string>> = { red: '2', blue: '3', none: '5' };
    const steps = ['red', 'blue', 'none', 'blue', 'red', 'none', 'red'];
    await Promise.all(
      sessions.map(async (session, i) => {
        await session.ask(`PREPARE p AS ${COUNT}`);
        for (const [at] of steps.entries()) {
          const role = steps[(at + i) % steps.length] ?? 'none';
          await session.ask(`SET ROLE ${role}`);
          expect([await session.ask(COUNT), await session.ask('EXECUTE p')]).toEqual([
            [expected[role]],
            [expected[role]],
          ]);
        }
      }),
    );
  });
});

test('what is told of it: who did it, and as whom', async () => {
  events.length = 0;
  const session = await as('director');
  await session.ask('SET ROLE red');
  await session.ask(COUNT);
  await session.refusal('SET ROLE nobody');
  const told = events.map((event) => {
    if (event.kind === 'switch') return `${event.doer.persona} → ${event.to}: ${event.code}`;
    if (event.kind === 'statement')
      return `${event.doer.subject} as ${event.doer.persona}: ${event.text}: ${event.code}`;
    return event.kind;
  });
  expect(told).toEqual([
    'sign-in',
    'undefined → red: 00000',
    'director as undefined: SET ROLE red: 00000',
    `director as red: ${COUNT}: 00000`,
    'red → nobody: 42501',
    'director as red: SET ROLE nobody: 42501',
  ]);
});

/** Connections of the warehouse that statements hold. */
function lent(): number {
  const { open, idle } = tenants.gateway.warehouse.pool();
  return open - idle;
}

async function givenBack(): Promise<void> {
  while (lent() > 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function raw(subject: string): Promise<RawClient> {
  return signedIn(server.address.port, await token({ sub: subject, ...CHIEF }));
}

/** Types of the messages up to ReadyForQuery, rows and notices left out; an error with its SQLSTATE. */
async function exchange(client: RawClient, ...frames: readonly Buffer[]): Promise<string> {
  client.send(...frames);
  let types = '';
  for (;;) {
    const message = await client.message();
    if (message === undefined) return `${types}.`;
    if (!'DNST'.includes(message.type)) types += message.type;
    if (message.type === 'E') types += /\0C([0-9A-Z]{5})/.exec(message.body.toString('utf8'))?.[1] ?? '';
    if (message.type === 'Z') return types;
  }
}
