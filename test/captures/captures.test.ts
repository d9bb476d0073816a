/**
 * Whole conversations of BI tools, as they hold them when a database is added and a first question is asked: each
 * `.capture` of this folder is played over a socket against the demo, on both warehouses, as a manager and as support,
 * who sees fewer tables, columns and rows.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Demo, startDemo, WAREHOUSES } from '../clients/demo.ts';
import { type Row, showRows } from '../helpers/golden.ts';
import { type Expectation, readCapture, type Step } from './capture.ts';
import { type Answer, type Conversation, converse, type Remembered } from './conversation.ts';
import { SEEN, SEERS, type Seer } from './seers.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.capture'));

let demo: Demo;
beforeAll(async () => {
  demo = await startDemo();
});
afterAll(() => demo?.stop());

describe.each(FILES)('%s', (file) => {
  const { startup, steps } = readCapture(`${FOLDER}${file}`, SEERS);

  test.each(WAREHOUSES.flatMap((warehouse) => SEERS.map((seer) => [warehouse, seer] as const)))(
    'before %s as %s',
    async (warehouse, seer) => {
      const login = { port: demo.servers[warehouse].port, user: seer, token: demo.tokens[seer], parameters: startup };
      const remembered: Remembered = new Map();
      const conversations = new Map<string | undefined, Conversation>();
      const wrong: string[] = [];
      for (const step of steps.filter(({ only }) => only === undefined || only === seer)) {
        const conversation = conversations.get(step.connection) ?? (await converse(login, remembered));
        conversations.set(step.connection, conversation);
        wrong.push(...(await judged(conversation, step, seer)));
      }
      for (const conversation of conversations.values()) conversation.close();
      expect(wrong.join('\n\n')).toBe('');
    },
  );
});

/** @returns what is not as expected */
async function judged(conversation: Conversation, step: Step, seer: Seer): Promise<readonly string[]> {
  const answer = await conversation.say(step);
  const expected = step.expected(seer);
  if (answer.error !== undefined && !expected.has('error')) {
    return [`== ${step.title}\n${answer.error.code} ${answer.error.message}`];
  }
  const wrong: string[] = [];
  for (const [what, text] of expected) {
    const found = await difference(what, text, answer, seer);
    if (found !== undefined) wrong.push(`== ${step.title}\n-- ${what}, found:\n${found}`);
  }
  return wrong;
}

/** @returns what was found instead, or undefined when the answer is as expected */
async function difference(what: Expectation, text: string, answer: Answer, seer: Seer): Promise<string | undefined> {
  switch (what) {
    case 'error':
      return unequal(answer.error?.code ?? 'no error', text);
    case 'answer':
      return unequal(answer.tags.join(', '), text);
    case 'count':
      return unequal(String(answer.rows.length), text);
    case 'columns':
      return unequal(await showColumns(answer), text);
    case 'rows':
      return unequal(showRows(await asText(answer)), text);
    case 'contains':
    case 'lacks': {
      const shown = (await asText(answer)).map((row) => showRows([row]));
      const wanted = text.split('\n').every((line) => shown.includes(line) === (what === 'contains'));
      return wanted ? undefined : shown.join('\n');
    }
    case 'by hand': {
      const rows = await demo.plain(`WITH ${SEEN[seer]}\n${text}`);
      const inOrder = /^ORDER BY/m.test(text.split('\n').at(-1) ?? '');
      const lines = (all: readonly Row[]): readonly string[] => {
        const each = all.map((row) => showRows([row]));
        return inOrder ? each : each.sort();
      };
      const byHand = lines(rows.map((row) => Object.values(row)));
      if (byHand.length === 0) return 'SQL by hand gives no row, and so proves nothing';
      const difference = unequal(lines(await asText(answer)).join('\n'), byHand.join('\n'));
      return difference === undefined ? undefined : `${difference}\ninstead of\n${byHand.join('\n')}`;
    }
  }
}

const unequal = (found: string, expected: string): string | undefined => (found === expected ? undefined : found);

async function showColumns({ columns }: Answer): Promise<string> {
  if (columns.length === 0) return '(no columns)';
  const types = columns.map(({ typeOid, typmod }) => `format_type(${typeOid}, ${typmod})`);
  const [row = {}] = await demo.plain(`SELECT ${types.map((type, i) => `${type} AS c${i}`).join(', ')}`);
  return columns.map(({ name }, i) => `${name} ${row[`c${i}`]}`).join(', ');
}

/** Binary values are read by PostgreSQL itself, as parameters of their type. */
async function asText({ columns, rows }: Answer): Promise<readonly Row[]> {
  if (!columns.some(({ binary }) => binary))
    return rows.map((row) => row.map((value) => value?.toString('utf8') ?? null));
  const types = Object.values(
    (
      await demo.plain(`SELECT ${columns.map(({ typeOid }, i) => `format_type(${typeOid}, NULL) AS c${i}`).join(', ')}`)
    )[0] ?? {},
  );
  const casts = types.map((type, i) => `$${i + 1}::${type} AS c${i}`).join(', ');
  const texts: Row[] = [];
  for (const row of rows) texts.push(Object.values((await demo.plain(`SELECT ${casts}`, row))[0] ?? {}));
  return texts;
}
