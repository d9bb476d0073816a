/** A connection that says exactly what a tool says, message by message, and hears all of the answer. */
import { strict as assert } from 'node:assert';
import { bind, cstring, describe, execute, frame, parse, password, query, SYNC, startup } from '../wire/frames.ts';
import { RawClient } from '../wire/raw-client.ts';
import type { Mode, Parameter, Step } from './capture.ts';

export type AnsweredColumn = {
  readonly name: string;
  readonly typeOid: number;
  readonly typmod: number;
  readonly binary: boolean;
};
export type Answer = {
  /** Of the last statement that had any. */
  readonly columns: readonly AnsweredColumn[];
  readonly rows: readonly (readonly (Buffer | null)[])[];
  /** CommandComplete, of each statement. */
  readonly tags: readonly string[];
  readonly error: { readonly code: string; readonly message: string } | undefined;
};

export type Conversation = {
  readonly say: (step: Step) => Promise<Answer>;
  readonly close: () => void;
};

/** Values of earlier answers, by name: what one connection hears another may say. */
export type Remembered = Map<string, string>;

export type Login = {
  readonly port: number;
  readonly user: string;
  readonly token: string;
  readonly parameters: Readonly<Record<string, string>>;
};

/** OIDs that drivers write into Parse; `unknown` leaves it to the server. */
const TYPES: Readonly<Record<string, number>> = {
  unknown: 0,
  text: 25,
  varchar: 1043,
  int4: 23,
  int8: 20,
  numeric: 1700,
  float8: 701,
  bool: 16,
  timestamp: 1114,
  timestamptz: 1184,
  date: 1082,
};

/** @throws AssertionError when the server does not let the tool in */
export async function converse(
  { port, user, token, parameters }: Login,
  remembered: Remembered,
): Promise<Conversation> {
  const client = await RawClient.connect(port);
  client.send(startup({ user, database: 'semwire', ...parameters }));
  const asked = await client.message();
  assert.equal(asked?.type, 'R', 'the server asks for a password');
  client.send(password(token));
  const welcome = await untilReady(client);
  assert.equal(welcome.error, undefined);
  return {
    say: async (step) => {
      const statements = step.statements.map((sql) =>
        sql.replace(/\{(\w+)\}/g, (all, name: string) => remembered.get(name) ?? all),
      );
      client.send(...messagesOf(step, statements));
      const first = await untilReady(client);
      const answer = step.mode.kind === 'portal' ? await restOfPortal(client, first, step.mode.size) : first;
      if (step.remember !== undefined) remembered.set(step.remember, answer.rows[0]?.[0]?.toString() ?? '');
      return answer;
    },
    close: () => client.close(),
  };
}

function messagesOf({ mode, parameters }: Step, statements: readonly string[]): readonly Buffer[] {
  if (mode.kind === 'simple') return statements.map(query);
  return [...statements.flatMap((sql) => extended(sql, mode, parameters)), SYNC];
}

function extended(
  sql: string,
  mode: Exclude<Mode, { kind: 'simple' }>,
  parameters: readonly Parameter[],
): readonly Buffer[] {
  const types = parameters.map(({ type }) => {
    const oid = TYPES[type];
    assert.notEqual(oid, undefined, `no OID is known for ${type}`);
    return oid ?? 0;
  });
  const values = parameters.map(({ value }) => (value === null ? null : Buffer.from(value)));
  switch (mode.kind) {
    case 'describe':
      return [parse('', sql, types), describe('S')];
    case 'extended':
      return [parse('', sql, types), bind({ values, results: mode.binary ? [1] : [] }), describe('P'), execute()];
    case 'portal':
      return [
        parse('S_1', sql, types),
        bind({ portal: 'C_1', statement: 'S_1', values }),
        describe('P', 'C_1'),
        execute('C_1', mode.size),
      ];
  }
}

async function restOfPortal(client: RawClient, first: Answer, size: number): Promise<Answer> {
  let answer = first;
  while (answer.error === undefined && answer.tags.length === 0) {
    client.send(execute('C_1', size), SYNC);
    const next = await untilReady(client);
    answer = { ...next, columns: first.columns, rows: [...answer.rows, ...next.rows] };
  }
  client.send(frame('C', Buffer.from('P'), cstring('C_1')), frame('C', Buffer.from('S'), cstring('S_1')), SYNC);
  await untilReady(client);
  return answer;
}

async function untilReady(client: RawClient): Promise<Answer> {
  let columns: readonly AnsweredColumn[] = [];
  let rows: (readonly (Buffer | null)[])[] = [];
  const tags: string[] = [];
  let error: Answer['error'];
  for (;;) {
    const message = await client.message();
    assert.ok(message !== undefined, 'the server has closed the connection');
    const { type, body } = message;
    if (type === 'Z') return { columns, rows, tags, error };
    if (type === 'T') {
      columns = readColumns(body);
      rows = [];
    }
    if (type === 'D') rows.push(readRow(body));
    if (type === 'C') tags.push(body.toString('utf8', 0, body.length - 1));
    if (type === 'E') error = readError(body);
  }
}

function readColumns(body: Buffer): readonly AnsweredColumn[] {
  let at = 2;
  return Array.from({ length: body.readUInt16BE() }, () => {
    const end = body.indexOf(0, at);
    const name = body.toString('utf8', at, end);
    at = end + 19;
    return {
      name,
      typeOid: body.readUInt32BE(end + 7),
      typmod: body.readInt32BE(end + 13),
      binary: body.readUInt16BE(end + 17) === 1,
    };
  });
}

function readRow(body: Buffer): readonly (Buffer | null)[] {
  let at = 2;
  return Array.from({ length: body.readUInt16BE() }, () => {
    const length = body.readInt32BE(at);
    at += 4;
    if (length < 0) return null;
    at += length;
    return body.subarray(at - length, at);
  });
}

function readError(body: Buffer): { readonly code: string; readonly message: string } {
  const fields = new Map<string, string>();
  for (const field of body.toString('utf8').split('\0')) fields.set(field.slice(0, 1), field.slice(1));
  return { code: fields.get('C') ?? '', message: fields.get('M') ?? '' };
}
