/**
 * `npm run oracle -- --cases N --seed S`: random queries over random models against the brute-force evaluator.
 * Prints what was refused and how often; every difference with its model, data, SQL and both answers.
 */
import { parseArgs } from 'node:util';
import { runOracle } from './run.ts';
import { startHost } from './serve.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    failures: { type: 'string', default: '1000' },
  },
});
const host = await startHost();
const write = (text: string): void => void process.stdout.write(`${text}\n`);
try {
  write(`seed ${values.seed}`);
  const report = await runOracle(host, Number(values.cases), Number(values.seed), Number(values.failures), write);
  for (const [message, { count, example }] of [...report.refusals].sort((a, b) => b[1].count - a[1].count))
    write(`refused ${count} times: ${message}\n    ${example}`);
  write(
    `seed ${values.seed}: ${report.cases} cases in ${report.worlds} models, ${report.refused} refused, ${report.differences} different`,
  );
  process.exitCode = report.differences === 0 ? 0 : 1;
} finally {
  await host.close();
}
