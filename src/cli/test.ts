/** `semwire test` */
import { type AccessTest, loadAccessTests } from '../access/access-tests.ts';
import type { Identity } from '../access/context.ts';
import { loadPersonas, type Persona } from '../access/personas.ts';
import type { Config } from '../config.ts';
import { SqlError } from '../errors.ts';
import { problemText } from '../model/problems.ts';
import type { ModelProblem } from '../model/types.ts';
import { createLog } from '../operate/log.ts';
import { answerOf } from './access-answer.ts';
import { verdict } from './access-verdict.ts';
import { type Assembly, assemble } from './assemble.ts';
import { identityOf } from './bearer.ts';
import { print } from './command.ts';
import { personaBearer } from './mint.ts';
import { configFrom, parseOptions } from './options.ts';

export async function runTest(args: readonly string[]): Promise<number> {
  const config = await configFrom(parseOptions(args, []), 'any');
  const { tests, problems } = await loadAccessTests(config.model);
  const { personas, problems: ofPersonas } = await loadPersonas(config.model);
  const unknown = unknownPersonas(tests, personas);
  const all = [...problems, ...ofPersonas, ...unknown];
  for (const problem of all) print(problemText(problem));
  if (all.some(({ severity }) => severity === 'error')) return 1;
  if (tests.length === 0) {
    print(`there are no access tests in ${config.model}/tests`);
    return 0;
  }
  const assembly = await assemble(config, createLog('silent'));
  try {
    return await runAll(tests, personas, assembly, config);
  } finally {
    await assembly.close();
  }
}

function unknownPersonas(tests: readonly AccessTest[], personas: readonly Persona[]): readonly ModelProblem[] {
  return tests.flatMap(({ as, at }): ModelProblem[] =>
    'persona' in as && !personas.some(({ name }) => name === as.persona)
      ? [{ at, severity: 'error', message: `there is no persona "${as.persona}"` }]
      : [],
  );
}

/** One after the other: what fails stands where its author looks for it. */
async function runAll(
  tests: readonly AccessTest[],
  personas: readonly Persona[],
  assembly: Assembly,
  config: Config,
): Promise<number> {
  let failed = 0;
  for (const test of tests) {
    const lines = await runOne(test, personas, assembly, config);
    if (lines.length > 0) failed += 1;
    print(`${lines.length === 0 ? 'ok  ' : 'FAIL'} ${test.name}`);
    if (lines.length === 0) continue;
    print(`     ${test.at.file}:${test.at.line}`);
    for (const line of lines) print(`     ${line}`);
  }
  print(`\n${tests.length - failed} passed${failed === 0 ? '' : `, ${failed} failed`}`);
  return failed === 0 ? 0 : 1;
}

async function runOne(
  test: AccessTest,
  personas: readonly Persona[],
  { engine, serving }: Assembly,
  config: Config,
): Promise<readonly string[]> {
  try {
    const identity = await bearerOfTest(test, personas, config);
    const decision = (await serving(identity)).decisionFor(identity);
    return verdict(test, test.sql === undefined ? undefined : await answerOf(engine, test.sql, identity), decision);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    return [`error ${error.code}: ${error.message}`];
  }
}

function bearerOfTest({ as }: AccessTest, personas: readonly Persona[], config: Config): Promise<Identity> {
  if ('context' in as) return identityOf({ context: as.context, subject: undefined }, config);
  const persona = personas.find(({ name }) => name === as.persona);
  if (persona === undefined) throw new Error(`there is no persona ${as.persona}`);
  return identityOf(personaBearer(persona), config);
}
