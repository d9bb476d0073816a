/**
 * `npm run corpus -- FILE…`: recorded statements of BI tools, each through a real socket on both warehouses and by both
 * protocols, beside PostgreSQL's own verdict. Prints each tool's share, then every statement that was not answered alike.
 * With `--goal PERCENT` it exits with 1 when a file's share of answers is less, when a statement fails, or when a question
 * to the catalog is not answered as PostgreSQL does.
 */
import { parseArgs } from 'node:util';
import { type Outcome, outcomeOf } from './outcome.ts';
import { reaches, report } from './report.ts';
import { startCorpus } from './serve.ts';
import { readStatements } from './statements.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { line: { type: 'string' }, compatible: { type: 'boolean', default: false }, goal: { type: 'string' } },
});
if (positionals.length === 0) {
  process.stderr.write('npm run corpus -- FILE… [--line N] [--compatible] [--goal PERCENT]\n');
  process.exit(2);
}
const servers = await startCorpus(values.compatible ? 'compatible' : 'strict');
try {
  for (const path of positionals) {
    const statements = readStatements(path).filter(
      ({ line }) => values.line === undefined || line === Number(values.line),
    );
    const outcomes: Outcome[] = [];
    for (const statement of statements) outcomes.push(await outcomeOf(statement, servers));
    process.stdout.write(`${path}\n${report(outcomes, values.line !== undefined)}\n`);
    if (values.line !== undefined) process.stdout.write(`${servers.log()}\n`);
    if (values.goal !== undefined && !reaches(outcomes, Number(values.goal))) {
      process.stdout.write(
        `less than ${values.goal} % of the valid statements were answered, one failed, or the catalog is not like PostgreSQL's\n`,
      );
      process.exitCode = 1;
    }
  }
} finally {
  await servers.close();
}
