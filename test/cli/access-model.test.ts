/**
 * The model `access-tests` and its own access tests, by the commands, on both warehouses: those that pass, a twin of
 * them whose every failure is told, and what `check --access` finds in the model, each output whole.
 */
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName } from '../helpers/gateway.ts';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { type Environment, emptyFolder, MODELS, run } from './run.ts';

const MODEL = join(MODELS, 'access-tests');
const SEED = join(MODEL, 'seed.sql');
/** None of these may be in what is printed. */
const SECRETS = ['not-to-be-printed-1-not-to-be-printed', 'not-to-be-printed-2'];

let server: TestPostgres;
let onPostgres: Environment;
beforeAll(async () => {
  server = await startPostgres();
  const database = freshName();
  await server.query(`CREATE DATABASE ${database}`);
  const url = server.url.replace(/postgres$/, database);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(readFileSync(SEED, 'utf8'));
  await client.end();
  onPostgres = { SEMWIRE_WAREHOUSE_URL: url.replace('postgres@', `postgres:${SECRETS[1]}@`) };
});
afterAll(() => server?.stop());

/** The same model with the tests that fail. */
function failingTwin(): string {
  const folder = emptyFolder();
  cpSync(MODEL, folder, { recursive: true });
  rmSync(join(folder, 'tests'), { recursive: true });
  cpSync(join(folder, 'failing'), join(folder, 'tests'), { recursive: true });
  return folder;
}

describe.each(['DuckDB', 'PostgreSQL'])('on %s', (warehouse) => {
  const asked = async (args: readonly string[], model = MODEL) => {
    const of: Environment = warehouse === 'DuckDB' ? { SEMWIRE_WAREHOUSE_INIT: SEED } : onPostgres;
    const [secret = ''] = SECRETS;
    const { code, stdout, stderr } = await run([...args, '--model', model], { ...of, SEMWIRE_JWT_SECRET: secret });
    for (const hidden of SECRETS) expect(`${stdout}${stderr}`).not.toContain(hidden);
    return { code, said: `${stdout}${stderr}` };
  };

  test('every kind of expectation, of personas and of contexts', async () => {
    expect(await asked(['test'])).toEqual({
      code: 0,
      said: `ok   a doctor without a name is refused
ok   no wards, no visits
ok   the beds of one hospital
ok   of which, without a hospital, there is nothing
ok   of who is in no group the patients are all that is there
ok   a doctor reads his own visits, whole
ok   and no other by name
ok   a clerk reads the visits of her wards, without what they cost
ok   nor what they found
ok   what a clerk finds in the catalog
ok   the board adds up, beside the filter of its token
ok   the policy of an auditor grants nothing, so the ledger has no rows
ok   nor the columns that policies would show

13 passed
`,
    });
  });

  test('each failure says which rows, and under which policies', async () => {
    expect(await asked(['test'], failingTwin())).toEqual({
      code: 1,
      said: `FAIL rows of others
     tests/tests.yml:2
     2 rows missing
       ["3", "cuddy"]
       ["2", "wilson"]
     1 row too many
       ["2", "house"]
     read ledger (id, doctor) under visits[0] for doctor
FAIL another order
     tests/tests.yml:7
     row 1 differs
       expected ["1"]
       got      ["2"]
     read ledger (id) under visits[0] for doctor
FAIL a fee that is masked
     tests/tests.yml:12
     1 row missing
       ["100"]
     1 row too many
       ["-1.00"]
     expected 4 rows, got 3
     expected the columns fees
     got          fee
     read ledger (fee) under visits[1] for clerk
FAIL rows that nobody may see
     tests/tests.yml:17
     expected rows, got error 42703: column "id" does not exist
     policies of ledger: none of visits
FAIL the wrong refusal
     tests/tests.yml:22
     expected error 42501, got 42703: column "diagnosis" does not exist
     policies of ledger: visits[1] for clerk
FAIL no refusal
     tests/tests.yml:27
     expected error 42703, got 3 rows
     read ledger (ward, fees) under visits[2] for board
FAIL what is hidden and what is not
     tests/tests.yml:32
     does not see ledger.doctor under visits[2] for board
     does not see beds: security context lacks "hospital"
     does not see nothing
     sees ledger.fees under visits[2] for board
FAIL rows that the token's filter leaves out
     tests/tests.yml:36
     1 row missing
       ["west"]
     read ledger (ward) under visits[2] for board
     filters of the token on visits.ward

0 passed, 8 failed
`,
    });
  });

  test('check --access', async () => {
    expect(await asked(['check', '--access'])).toEqual({
      code: 0,
      said: `cubes/beds.js:5:14: warning: "beds" is not there: security context lacks "hospital" (as Board)
tables that no policy restricts:
  beds
  ledger: the columns of patients, which have none
  patients
policies that grant nothing to anybody:
  cubes/visits.yml:31:9: its conditions ask two values of the claim "level"
members granted by name though made of what the same policy masks:
  cubes/visits.yml:22:9: dear, made of visits.fee
claims that the model reads:
  doctor: cubes/visits.yml:21:63, globals.mjs:11:10
  hospital: cubes/beds.js:2:22
  level: cubes/visits.yml:33:20, cubes/visits.yml:34:20
  wards: cubes/visits.yml:27:57
claims that every statement is decided by:
  filters: security filters
  groups, roles: the groups of policies
text of the authors' own that becomes SQL (sql.raw):
  globals.mjs:8:58 in wards()
  lib/schema.mjs:1:7
3 cubes, 1 view: 1 warning
`,
    });
  });
});
