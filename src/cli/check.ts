/** `semwire check` */

import type { Identity } from '../access/context.ts';
import { loadPersonas } from '../access/personas.ts';
import type { Config } from '../config.ts';
import { type ServingModel, serveModel } from '../engine/serving-model.ts';
import { SqlError } from '../errors.ts';
import { loadModel } from '../model/load.ts';
import { problemText } from '../model/problems.ts';
import type { Model, ModelProblem } from '../model/types.ts';
import { createLog } from '../operate/log.ts';
import { createAuthenticator } from '../session/auth.ts';
import { loadParser } from '../sql/libpg.ts';
import { openWarehouse } from './assemble.ts';
import { type Command, complain, print } from './command.ts';
import { userOfToken } from './mint.ts';
import { configFrom, parseOptions } from './options.ts';
import { unservedFiles } from './unserved-files.ts';

export const checkCommand: Command = {
  name: 'check',
  summary: 'says what is wrong with a model, or with a token',
  help: `Usage: semwire check [--token JWT] [OPTIONS]

Loads the model and asks the warehouse whether it accepts the SQL in it. Prints each problem as
file:line:column: error|warning: message, the file relative to the model folder.

  --token JWT   says why the token is refused, or whose it is, when it ends, and which tables it sees
  --model DIR   the model folder (default ./model)

Exit code: 0, or 1 when there is an error (warnings are none) or the token is refused.

Examples:
  semwire check
  semwire check --model ../reports/model --warehouse-url postgres://me@localhost/shop
  semwire check --token "$TOKEN"`,
  run: async (args) => {
    const parsed = parseOptions(args, ['token']);
    const { token } = parsed.own;
    const config = await configFrom(parsed, token === undefined ? 'any' : 'read');
    for (const warning of config.warnings) complain(`warning: ${warning}`);
    const identity = token === undefined ? undefined : await authenticate(token, config);
    if (identity === 'refused') return 1;
    const { model, serving, problems } = await checkModel(config);
    for (const problem of problems) print(problemText(problem));
    if (model === undefined || serving === undefined) return 1;
    if (identity === undefined) print(summary(model, problems));
    else for (const line of tokenLines(identity, serving)) print(line);
    return problems.some(isError) ? 1 : 0;
  },
};

type Checked = {
  readonly model: Model | undefined;
  readonly serving: ServingModel | undefined;
  readonly problems: readonly ModelProblem[];
};

/** @throws CommandFailed when an embedded warehouse cannot be filled */
async function checkModel(config: Config): Promise<Checked> {
  await loadParser();
  const { model, problems: found } = await loadModel(config.model);
  const personas = await loadPersonas(config.model);
  const problems = [...found, ...personas.problems, ...(await unservedFiles(config.model))];
  if (model === undefined) return { model, serving: undefined, problems };
  const { serving, refused } = await describe(model, config);
  return { model, serving, problems: [...problems, ...refused] };
}

/** What the warehouse refuses is an error here: the server would start, and not show that member. */
async function describe(
  model: Model,
  config: Config,
): Promise<{ readonly serving: ServingModel; readonly refused: readonly ModelProblem[] }> {
  const options = { expose: config.expose, ignorePublic: config.dev };
  const { warehouse, dialect } = await openWarehouse(config, createLog('silent'));
  try {
    const { serving, problems } = await serveModel(model, dialect, (sql) => warehouse.describe(sql, []), options);
    return { serving, refused: problems.map((problem) => ({ ...problem, severity: 'error' as const })) };
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    const reason = error.cause instanceof Error ? error.cause.message : error.message;
    complain(`warning: the warehouse was not asked, so its SQL is not checked: ${reason}`);
    return { serving: (await serveModel(model, dialect, async () => [], options)).serving, refused: [] };
  } finally {
    await warehouse.close();
  }
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

function tokenLines(identity: Identity, serving: ServingModel): readonly string[] {
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
    `expires: ${expiresAt === undefined ? 'never' : new Date(expiresAt * 1_000).toISOString()}`,
    tables.length + denied.length === 0 ? 'tables: none' : 'tables:',
    ...tables,
    ...denied,
  ];
}
