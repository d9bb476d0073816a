/** What every command has in common: help on stdout, usage errors with code 2. */
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { emptyFolder, PACKAGE, run, runBuilt } from './run.ts';

const COMMANDS = ['serve', 'token', 'check', 'explain', 'test', 'query'];

test('semwire --help names every command', async () => {
  const { code, stdout } = await run(['--help']);
  for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} +\\w`, 'm'));
  expect(code).toBe(0);
});

describe.each(COMMANDS)('semwire %s --help', (command) => {
  test('shows how it is called, with examples', async () => {
    const { code, stdout, stderr } = await run([command, '--help']);
    expect(stdout).toContain(`Usage: semwire ${command}`);
    expect(stdout).toContain('--model DIR');
    expect(stdout).toMatch(new RegExp(`Examples?:\\n  .*semwire ${command}`));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

/** Nothing that takes time to load is needed for them: they are there where no package is. */
describe('without any package', () => {
  const folder = emptyFolder();
  cpSync(join(PACKAGE, 'dist'), join(folder, 'dist'), { recursive: true });
  cpSync(join(PACKAGE, 'package.json'), join(folder, 'package.json'));

  test.each([['--help'], ['-h'], ['help'], ...COMMANDS.map((command) => [command, '--help'])])(
    'semwire %s %s',
    async (...args) => {
      const { code, stdout } = await runBuilt(folder, args);
      expect(stdout).toContain('Usage: semwire');
      expect(code).toBe(0);
    },
  );

  test('semwire --version is that of the package', async () => {
    const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as { readonly version: string };
    expect(await runBuilt(folder, ['--version'])).toEqual({ code: 0, stdout: `semwire ${version}\n`, stderr: '' });
  });

  test('a command that needs one does not run', async () => {
    expect((await runBuilt(folder, ['check'])).stderr).toContain('ERR_MODULE_NOT_FOUND');
  });
});

test.each([[[]], [['serv']]])('%j is a usage error', async (args) => {
  expect((await run(args)).code).toBe(2);
});

test('a misspelt variable is told', async () => {
  const { stderr } = await run(['check', '--model', '/nonexistent'], { SEMWIRE_PROT: '1' });
  expect(stderr).toContain('SEMWIRE_PROT is not a variable of semwire');
});
