/** The model test/models/acting, served on both warehouses, and who signs in to it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import type { TestPostgres } from '../helpers/postgres.ts';
import { token } from '../session/serve.ts';
import { leaveAll, type Session, signInTo } from '../session/tenants.ts';
import { type Claims, type Gateway, modelFolder, onDuckdb, onPostgres, startPostgres } from './gateway.ts';

const MODEL = modelFolder('acting');
const SEED = readFileSync(join(MODEL, 'seed.sql'), 'utf8');

// Personas of the model.
export const [ACME, GLOBEX, NORTH, BOSS] = ['"Acme seller"', '"Globex seller"', '"North only"', '"Boss"'];

export const IDS = 'SELECT id FROM deals ORDER BY id';
export const ALL = ['1', '2', '3', '4', '5'];
export const NO_COST = '42703 column "cost" does not exist';
export const NO_PAYROLL = '42P01 relation "payroll" does not exist';

export const MANAGER: Claims = { groups: ['manager'] };
/** Sees everything, and may be anybody but the boss. */
export const SUPPORT: Claims = { ...MANAGER, desk: 'support' };
/** May be any tenant's seller, by a context that the hook makes. */
export const AUDIT: Claims = { ...MANAGER, desk: 'audit' };
/** Of SEMWIRE_ADMINS. */
export const ROOT: Claims = { ...MANAGER, sub: 'root' };

export type Actors = {
  readonly warehouse: string;
  readonly gateway: () => Gateway;
  /** Each subject is new, unless the claims name one: connections are counted by it. */
  readonly signIn: (claims: Claims) => Promise<Session>;
  /** Lines of the audit log so far. */
  readonly audit: () => readonly string[];
};

/** The same tests on each warehouse. */
export function onBothWarehouses(tests: (actors: Actors) => void): void {
  let postgres: TestPostgres;
  const folder = mkdtempSync(join(tmpdir(), 'semwire-acting-'));
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterEach(leaveAll);
  afterAll(async () => {
    await postgres?.stop();
    rmSync(folder, { recursive: true });
  });
  describe.each([
    ['DuckDB', (env) => onDuckdb(MODEL, SEED, env)],
    ['PostgreSQL', (env) => onPostgres(postgres, 'acting', 'public', MODEL, SEED, env)],
  ] satisfies readonly [string, (env: Readonly<Record<string, string>>) => Promise<Gateway>][])(
    'on %s',
    (warehouse, start) => {
      const auditLog = join(folder, `${warehouse}.jsonl`);
      let gateway: Gateway;
      beforeAll(async () => {
        gateway = await start({
          SEMWIRE_ADMINS: 'root',
          SEMWIRE_AUDIT_LOG: auditLog,
          SEMWIRE_MAX_CONNECTIONS_PER_USER: '2',
        });
      });
      afterAll(() => gateway?.close());
      let subjects = 0;
      tests({
        warehouse,
        gateway: () => gateway,
        signIn: async (claims) => {
          subjects += 1;
          return signInTo(gateway.server, { user: 'me', password: await token({ sub: `s${subjects}`, ...claims }) });
        },
        audit: () => readFileSync(auditLog, 'utf8').trim().split('\n'),
      });
    },
  );
}
