/** What every command has in common: help on stdout, usage errors with code 2. */
import { describe, expect, test } from 'vitest';
import { run } from './run.ts';

const COMMANDS = ['serve', 'token', 'check', 'explain', 'query'];

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

test.each([[[]], [['serv']]])('%j is a usage error', async (args) => {
  expect((await run(args)).code).toBe(2);
});

test('a misspelt variable is told', async () => {
  const { stderr } = await run(['check', '--model', '/nonexistent'], { SEMWIRE_PROT: '1' });
  expect(stderr).toContain('SEMWIRE_PROT is not a variable of semwire');
});
