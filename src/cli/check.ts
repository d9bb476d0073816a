/** `semwire check` */

import type { Identity } from '../access/context.ts';
import { heldRight, type Rights } from '../access/rights/rights.ts';
import type { Config } from '../config.ts';
import type { ServingModel } from '../engine/serving-model.ts';
import { SqlError } from '../errors.ts';
import { problemText } from '../model/problems.ts';
import type { Model, ModelProblem } from '../model/types.ts';
import { createAuthenticator } from '../session/auth.ts';
import { accessReport, type SignInClaims } from './access-report.ts';
import { checkModel } from './check-model.ts';
import { complain, print } from './command.ts';
import { userOfToken } from './mint.ts';
import { configFrom, parseOptions } from './options.ts';
import { rightsReport } from './rights-report.ts';

export async function runCheck(args: readonly string[]): Promise<number> {
  const parsed = parseOptions(args, ['token'], [], ['access']);
  const { token } = parsed.own;
  const config = await configFrom(parsed, token === undefined ? 'any' : 'read');
  for (const warning of config.warnings) complain(`warning: ${warning}`);
  const identity = token === undefined ? undefined : await authenticate(token, config);
  if (identity === 'refused') return 1;
  const { model, serving, rights, problems, reads } = await checkModel(config, identity?.context);
  for (const problem of problems) print(problemText(problem));
  if (model === undefined || serving === undefined) return 1;
  if (identity === undefined && rights !== undefined)
    for (const line of rightsReport(rights, model, serving.publicTables)) print(line);
  if (parsed.on.has('access')) {
    const signIn = signInClaims(config, rights);
    const { tables } = serving.publicTables;
    for (const line of await accessReport({ model, tables, folder: config.model, reads, signIn })) print(line);
  }
  if (identity === undefined) print(summary(model, problems));
  else for (const line of tokenLines(identity, serving, rights)) print(line);
  return problems.some(isError) ? 1 : 0;
}

function signInClaims({ jwt, hooks }: Config, rights: Rights | undefined): SignInClaims {
  const byHook = hooks.some(({ name }) => name === 'contextToGroups' || name === 'contextToRoles');
  return { groups: byHook ? 'hook' : jwt.groupsClaims, identity: rights === undefined ? undefined : jwt.identityClaim };
}

function isError({ severity }: ModelProblem): boolean {
  return severity === 'error';
}

function summary({ cubes, views }: Model, problems: readonly ModelProblem[]): string {
  const errors = problems.filter(isError).length;
  const counts = [count(errors, 'error'), count(problems.length - errors, 'warning')].filter((text) => text !== '');
  const verdict = counts.length === 0 ? 'no problems' : counts.join(', ');
  return `${count(cubes.size, 'cube') || '0 cubes'}, ${count(views.size, 'view') || '0 views'}: ${verdict}`;
}

function count(number: number, noun: string): string {
  return number === 0 ? '' : `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Prints why a token is refused, as the server's log has it and its client has not. */
async function authenticate(token: string, config: Config): Promise<Identity | 'refused'> {
  try {
    return await createAuthenticator(config).authenticate(userOfToken(token, config), token);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    print(`token refused: ${error.cause instanceof Error ? error.cause.message : error.message}`);
    return 'refused';
  }
}

function tokenLines(identity: Identity, serving: ServingModel, rights: Rights | undefined): readonly string[] {
  const { subject, issuer, groups, expiresAt, admin } = identity;
  const { model, policies } = serving.decisionFor(identity);
  const tables = [...model.tables.values()].map((table) => {
    const applied = policies(table.name).join(', ');
    return `  ${table.name}: ${count(table.columns.length, 'column')}${applied === '' ? '' : `; policies ${applied}`}`;
  });
  const denied = [...model.denied].map(([name, { message }]) => `  ${name}: refused, ${message}`);
  return [
    'token accepted',
    `subject: ${subject ?? 'none'}${admin ? ' (an admin)' : ''}`,
    ...(issuer === undefined ? [] : [`issuer: ${issuer}`]),
    `groups: ${groups.length === 0 ? 'none' : groups.join(', ')}`,
    ...(rights === undefined ? [] : [`rights: ${heldRight(rights, subject).right?.name ?? 'none'}`]),
    `expires: ${expiresAt === undefined ? 'never' : new Date(expiresAt * 1_000).toISOString()}`,
    tables.length + denied.length === 0 ? 'tables: none' : 'tables:',
    ...tables,
    ...denied,
  ];
}
