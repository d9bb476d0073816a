/** A model of templates that is changed while it is served. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { problemText } from '../../src/model/problems.ts';
import { type Gateway, modelFolder, onDuckdb } from '../security/gateway.ts';
import { asked } from './gateways.ts';

let folder: string;
let gateway: Gateway;

beforeAll(async () => {
  folder = join(mkdtempSync(join(tmpdir(), 'semwire-reload-')), 'model');
  cpSync(modelFolder('dynamic-public'), folder, { recursive: true });
  gateway = await onDuckdb(folder, readFileSync(join(folder, 'seed.sql'), 'utf8'));
});

afterAll(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});

function change(file: string, from: string, to: string): void {
  const text = readFileSync(join(folder, file), 'utf8');
  if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
  writeFileSync(join(folder, file), text.replaceAll(from, to));
}

const errors = async (): Promise<readonly string[]> => (await gateway.assembly.reload()).map(problemText);
const names = 'SELECT name, count FROM customers ORDER BY 1';
const marketing = { team: 'marketing' };

it('is served as it is now, its functions too; a broken one leaves the old', async () => {
  const rows = [
    ['Ann', '1'],
    ['Bob', '1'],
  ];
  const missing = '42P01 relation "customers" does not exist';
  expect(await asked(gateway, marketing, names)).toEqual([rows]);
  expect(await asked(gateway, { team: 'press' }, names)).toEqual([missing]);

  change('views/customers.yml', 'marketing', 'press');
  expect(await asked(gateway, marketing, names)).toEqual([rows]);
  expect(await errors()).toEqual([]);
  expect(await asked(gateway, marketing, names)).toEqual([missing]);
  expect(await asked(gateway, { team: 'press' }, names)).toEqual([rows]);

  change('globals.ts', '=== (securityContext.team', '!== (securityContext.team');
  expect(await errors()).toEqual([]);
  expect(await asked(gateway, marketing, names)).toEqual([rows]);
  expect(await asked(gateway, { team: 'press' }, names)).toEqual([missing]);

  change('views/customers.yml', 'is_accessible_by_team', 'is_accessible');
  expect(await errors()).toEqual(['views/customers.yml:3:17: error: "is_accessible" is not defined']);
  expect(await asked(gateway, marketing, names)).toEqual([rows]);

  change('views/customers.yml', 'is_accessible(', 'is_accessible_by_team(');
  change('globals.ts', 'export function is_accessible_by_team', 'export function {');
  expect((await errors()).join()).toMatch(/^globals\.ts:6:17: error: invalid TypeScript: unexpected token/);
  expect(await asked(gateway, marketing, names)).toEqual([rows]);
});
