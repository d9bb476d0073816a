/**
 * PostgreSQL itself as the oracle: the same bytes go to it and to semwire, and the answers must be the same messages in
 * the same order with the same tags, SQLSTATEs, texts and positions.
 */
import { afterAll, beforeAll, expect, describe as group, test } from 'vitest';
import { loadParser } from '../../src/sql/libpg.ts';
import { traceBackend } from '../../src/wire/trace.ts';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { createTestEngine, type TestEngine } from '../helpers/session-engine.ts';
import {
  bind,
  close,
  describe,
  execute,
  FLUSH,
  frame,
  parse,
  query,
  SYNC,
  startup,
  TERMINATE,
} from '../wire/frames.ts';
import { RawClient } from '../wire/raw-client.ts';
import { serve, signedIn, type TestServer, token } from './serve.ts';

const text = (value: string): Buffer => Buffer.from(value);
const extended = (sql: string): Buffer[] => [parse('', sql), bind(), describe('P'), execute(), SYNC];

const CONVERSATIONS: Readonly<Record<string, readonly Buffer[]>> = {
  // Simple
  'one query': [query('SELECT 1 AS a, NULL AS b')],
  'no statement at all': [query(''), query(' ;; -- nothing')],
  'several statements': [query("SELECT 1; SELECT 'two'; SHOW server_encoding")],
  'an error stops the rest of a message': [query('SELECT 1; SELECT 1/0; SELECT 3'), query('SELECT 4')],
  'a syntax error, with a position in characters': [query("SELECT 'äöü€😀', FROM")],
  'an unknown column, with a position': [query("SELECT 'é', nope")],
  'a parameter in a simple query': [query('SHOW nope'), query('SELECT 1')],
  'VALUES and an empty result': [query('VALUES (1), (2)'), query('SELECT 1 WHERE false')],

  // Transactions
  'a block that commits': [query('BEGIN'), query('SELECT 1'), query('COMMIT')],
  'a block in one message': [query('BEGIN; SELECT 1; COMMIT; SELECT 2')],
  'a failed block takes only its end': [
    query('BEGIN'),
    query('SELECT 1/0'),
    query('SELECT 1'),
    query('SHOW TimeZone'),
    query('SAVEPOINT a'),
    query('COMMIT'),
    query('SELECT 2'),
  ],
  'a failed block that is rolled back': [query('BEGIN'), query('nonsense'), query('ROLLBACK')],
  'no block to end': [query('COMMIT'), query('ROLLBACK'), query('BEGIN; BEGIN'), query('END')],
  savepoints: [
    query('BEGIN'),
    query('SAVEPOINT a'),
    query('SELECT 1/0'),
    query('ROLLBACK TO a'),
    query('SELECT 1'),
    query('RELEASE a'),
    query('RELEASE a'),
    query('ROLLBACK'),
  ],
  'savepoints outside a block': [query('SAVEPOINT a'), query('RELEASE a'), query('ROLLBACK TO a')],
  'nested savepoints of one name': [
    query('BEGIN; SAVEPOINT s; SET application_name = one; SAVEPOINT s; SET application_name = two'),
    query('ROLLBACK TO s; SHOW application_name'),
    query('RELEASE s; ROLLBACK TO s; SHOW application_name'),
    query('COMMIT'),
  ],
  'a chained block': [query('BEGIN'), query('COMMIT AND CHAIN'), query('ROLLBACK AND CHAIN'), query('ROLLBACK')],
  'AND CHAIN outside a block': [query('COMMIT AND CHAIN')],
  'isolation levels': [
    query('BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY'),
    query('SHOW transaction_isolation'),
    query('COMMIT'),
    query('SHOW transaction_isolation'),
    query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ'),
    query('SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ'),
    query('BEGIN'),
    query('SHOW transaction_isolation'),
    query('COMMIT'),
  ],

  // Settings
  'a setting, shown and reset': [
    query("SET application_name = 'Excel é'"),
    query('SHOW application_name'),
    query('RESET application_name'),
    query('SHOW APPLICATION_NAME'),
  ],
  'a setting is rolled back with its transaction': [
    query("BEGIN; SET TIME ZONE 'Europe/Berlin'"),
    query('SHOW TIME ZONE'),
    query('ROLLBACK'),
    query('SHOW TIME ZONE'),
  ],
  'SET LOCAL ends with the transaction': [
    query("BEGIN; SET LOCAL TimeZone = 'Asia/Kolkata'; SHOW TimeZone"),
    query('COMMIT; SHOW TimeZone'),
    query("SET LOCAL TimeZone = 'Asia/Kolkata'"),
    query('SHOW TimeZone'),
  ],
  'SET then SET LOCAL': [
    query('BEGIN; SET work_mem = 2048; SET LOCAL work_mem = 65536; SHOW work_mem'),
    query('COMMIT; SHOW work_mem'),
  ],
  'a setting is undone when a later statement of its message fails': [
    query("SET application_name = 'kept'"),
    query("SET application_name = 'undone'; SELECT 1/0"),
    query('SHOW application_name'),
  ],
  'settings that do not exist, or not so': [
    query('SET nope = 1'),
    query('SET "a.b-c" = 1'),
    query('RESET "a.b-c"'),
    query('SHOW "a.b-c"'),
    query('SHOW nope'),
    query('RESET nope'),
    query("SET TimeZone = 'Mars/Olympus'"),
    query("SET client_encoding = 'KLINGON'"),
    query('SET server_version = 1'),
    query('SET work_mem = 1, 2'),
    query('SET extra_float_digits = 7'),
    query("SET jit = 'maybe'"),
  ],
  "settings of the client's own": [
    query('SHOW my.thing'),
    query("SET my.thing = 'x'"),
    query('SHOW my.thing'),
    query('RESET my.thing'),
    query('SHOW my.thing'),
  ],
  'units of time and memory': [
    query("SET lock_timeout = '90s'; SHOW lock_timeout"),
    query('SET lock_timeout = 1500; SHOW lock_timeout'),
    query("SET lock_timeout = '1 h'; SHOW lock_timeout"),
    query("SET lock_timeout = '1 fortnight'"),
    query("SET work_mem = '1GB'; SHOW work_mem"),
  ],
  'lists of names': [query('SET search_path TO public, "Odd Name"'), query('SHOW search_path'), query('RESET ALL')],

  // Extended
  'parse, bind, describe, execute': [
    parse('', 'SELECT $1::int4 + 1 AS n, $2::text AS t'),
    describe('S'),
    bind({ values: [text('41'), null] }),
    describe('P'),
    execute(),
    SYNC,
  ],
  'binary parameters and results': [
    parse('', 'SELECT $1 AS n', [23]),
    bind({ formats: [1], values: [Buffer.from([0, 0, 0, 7])], results: [1] }),
    describe('P'),
    execute(),
    SYNC,
  ],
  'named statements and portals': [
    parse('s', 'SELECT 1'),
    bind({ portal: 'p', statement: 's' }),
    bind({ portal: 'q', statement: 's' }),
    execute('p'),
    execute('q'),
    SYNC,
    bind({ statement: 's' }),
    execute(),
    close('S', 's'),
    close('S', 's'),
    close('P', 'none'),
    SYNC,
    bind({ statement: 's' }),
    SYNC,
  ],
  'names that are taken': [
    parse('s', 'SELECT 1'),
    parse('s', 'SELECT 2'),
    SYNC,
    query('BEGIN'),
    bind({ portal: 'p', statement: 's' }),
    bind({ portal: 'p', statement: 's' }),
    SYNC,
    query('ROLLBACK'),
  ],
  'portions of a portal': [
    query('BEGIN'),
    parse('', 'SELECT generate_series(1, 5) AS n'),
    bind(),
    execute('', 2),
    SYNC,
    execute('', 2),
    execute('', 2),
    execute('', 2),
    SYNC,
    query('COMMIT'),
  ],
  'a portion that is the last': [
    query('BEGIN'),
    parse('', 'SELECT generate_series(1, 2) AS n'),
    bind(),
    execute('', 2),
    execute('', 2),
    SYNC,
    query('END'),
  ],
  'a portal ends at Sync': [parse('', 'SELECT 1'), bind({ portal: 'p' }), SYNC, execute('p'), SYNC],
  'a portal ends with its block': [
    query('BEGIN'),
    parse('', 'SELECT 1'),
    bind({ portal: 'p' }),
    SYNC,
    execute('p', 1),
    SYNC,
    query('COMMIT'),
    execute('p'),
    SYNC,
  ],
  'an error skips to Sync, even a Query': [
    parse('', 'SELECT nope'),
    bind(),
    execute(),
    query('SELECT 1'),
    SYNC,
    query('SELECT 2'),
  ],
  'an error within a block': [
    query('BEGIN'),
    ...extended('SELECT 1/n FROM generate_series(0, 0) n'),
    ...extended('SELECT 1'),
    ...extended('ROLLBACK'),
  ],
  'nothing by that name': [
    bind({ statement: 'none' }),
    SYNC,
    execute('none'),
    SYNC,
    describe('S', 'none'),
    SYNC,
    describe('P', 'none'),
    SYNC,
  ],
  'a wrong number of parameters': [parse('', 'SELECT $1::int4'), bind(), SYNC],
  'a wrong number of result formats': [parse('', 'SELECT 1, 2, 3'), bind({ results: [0, 1] }), SYNC],
  'two statements in Parse': [parse('', 'SELECT 1; SELECT 2'), SYNC],
  'an empty statement': [...extended(''), parse('e', ' -- nothing'), describe('S', 'e'), SYNC],
  'session statements by Parse': [
    ...extended('BEGIN'),
    ...extended('SET LOCAL application_name = x'),
    ...extended('SHOW application_name'),
    ...extended('COMMIT'),
  ],
  'a statement that cannot run twice': [parse('', 'BEGIN'), bind(), execute(), execute(), SYNC, query('ROLLBACK')],
  'a select portal that is done': [parse('', 'SELECT 1'), bind(), execute(), execute(), SYNC],
  'Flush instead of Sync': [parse('', 'SELECT 1'), FLUSH, bind(), FLUSH, execute(), SYNC],
  'settings made in a pipeline that fails': [
    parse('', 'SET application_name = piped'),
    bind(),
    execute(),
    parse('', 'SELECT nope'),
    SYNC,
    query('SHOW application_name'),
  ],
  'copy messages outside COPY': [frame('d', text('x')), frame('c'), frame('f', text('y\0')), query('SELECT 1')],

  // Prepared statements of SQL
  'PREPARE, EXECUTE, DEALLOCATE': [
    query('PREPARE p (int, text) AS SELECT $1 + 1 AS n, $2 AS t'),
    query("EXECUTE p(41, 'a''b')"),
    query('EXECUTE p(-1, NULL)'),
    query('EXECUTE p(1)'),
    query('PREPARE p AS SELECT 1'),
    bind({ statement: 'p', values: [text('1'), text('x')] }),
    describe('P'),
    execute(),
    SYNC,
    query('DEALLOCATE p'),
    query('DEALLOCATE p'),
    query('EXECUTE p(1, 2)'),
    query('DEALLOCATE ALL'),
  ],
  'EXECUTE by Parse': [query('PREPARE p AS SELECT 1 AS one'), ...extended('EXECUTE p')],

  // Cursors
  'a cursor': [
    query('BEGIN'),
    query('DECLARE c CURSOR FOR SELECT generate_series(1, 7) AS n'),
    query('FETCH c'),
    query('FETCH 2 FROM c'),
    query('MOVE 1 IN c'),
    query('FETCH RELATIVE 2 FROM c'),
    query('FETCH ALL FROM c'),
    query('FETCH NEXT FROM c'),
    query('CLOSE c'),
    query('FETCH c'),
    query('ROLLBACK'),
  ],
  'a scrollable cursor': [
    query('BEGIN; DECLARE c SCROLL CURSOR FOR SELECT generate_series(1, 9) AS n'),
    query('FETCH LAST FROM c; FETCH PRIOR FROM c; FETCH FIRST FROM c; FETCH BACKWARD 1 FROM c'),
    query('FETCH ABSOLUTE 5 FROM c; FETCH ABSOLUTE -3 FROM c; FETCH RELATIVE -2 FROM c; FETCH FORWARD 0 FROM c'),
    query('FETCH 3 FROM c; FETCH BACKWARD 2 FROM c; MOVE FORWARD ALL IN c; FETCH BACKWARD ALL FROM c'),
    query(
      'MOVE ABSOLUTE 4 IN c; FETCH BACKWARD 10 FROM c; FETCH NEXT FROM c; FETCH ABSOLUTE 99 FROM c; FETCH PRIOR FROM c',
    ),
    query('COMMIT'),
  ],
  'a cursor that cannot go back': [
    query('BEGIN; DECLARE c NO SCROLL CURSOR FOR SELECT 1'),
    query('FETCH BACKWARD FROM c'),
    query('ROLLBACK'),
  ],
  'no row of a cursor that is on none': [
    query('BEGIN; DECLARE c NO SCROLL CURSOR FOR SELECT generate_series(1, 3) AS n'),
    query('FETCH 0 FROM c; MOVE 0 IN c; FETCH RELATIVE 0 FROM c; FETCH 2 FROM c'),
    query('FETCH ALL FROM c; FETCH FORWARD 0 FROM c; FETCH RELATIVE 0 FROM c; MOVE 0 IN c; FETCH BACKWARD 0 FROM c'),
    query('ROLLBACK'),
  ],
  'no row of a cursor that is on one and cannot go back': [
    query('BEGIN; DECLARE c NO SCROLL CURSOR FOR SELECT generate_series(1, 3) AS n; FETCH 3 FROM c'),
    query('FETCH 0 FROM c'),
    query('ROLLBACK'),
  ],
  'a cursor outside a block': [
    query('DECLARE c CURSOR FOR SELECT 1'),
    query('DECLARE c CURSOR FOR SELECT 1; FETCH c'),
    query('FETCH c'),
  ],
  'a cursor WITH HOLD': [
    query('BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT generate_series(1, 3) AS n; FETCH c'),
    query('COMMIT'),
    query('FETCH c'),
    query('BEGIN; FETCH c; ROLLBACK'),
    query('FETCH c'),
    query('CLOSE ALL'),
    query('FETCH c'),
    query('BEGIN; DECLARE d CURSOR WITH HOLD FOR SELECT 1'),
    query('ROLLBACK'),
    query('FETCH d'),
  ],
  'a cursor of a savepoint': [
    query('BEGIN; DECLARE a CURSOR FOR SELECT 1 AS a; SAVEPOINT s; DECLARE b CURSOR FOR SELECT 2 AS b'),
    query('FETCH b; ROLLBACK TO s; FETCH a'),
    query('FETCH b'),
    query('ROLLBACK'),
  ],
  'a cursor by Parse, with a parameter and portions': [
    query('BEGIN'),
    parse('', 'DECLARE c CURSOR FOR SELECT generate_series(1, $1) AS n', [23]),
    describe('S'),
    bind({ values: [text('5')] }),
    execute(),
    parse('', 'FETCH FORWARD 4 FROM c'),
    describe('S'),
    bind(),
    execute('', 3),
    execute('', 3),
    SYNC,
    query('COMMIT'),
  ],
  'a binary cursor': [query('BEGIN; DECLARE c BINARY CURSOR FOR SELECT 258 AS n; FETCH c; COMMIT')],
  'a name that is taken by a cursor': [
    query('BEGIN; DECLARE c CURSOR FOR SELECT 1'),
    query('DECLARE c CURSOR FOR SELECT 2'),
    query('ROLLBACK'),
  ],

  // COPY
  'COPY as text': [query("COPY (SELECT 1 AS a, E'x\\ty\\\\\\n' AS b, NULL AS c) TO STDOUT")],
  'COPY as CSV': [
    query(
      `COPY (VALUES (1, 'plain', NULL), (2, 'a "quoted", one', ''), (3, E'two\\nlines', 'x')) TO STDOUT WITH (FORMAT csv, HEADER)`,
    ),
  ],
  'COPY with other marks': [
    query("COPY (SELECT 'a|b' AS x, NULL AS y, 'q' AS z) TO STDOUT (DELIMITER '|', NULL 'nil', HEADER)"),
    query(
      "COPY (SELECT 'a*b' AS x, NULL AS y, 'q' AS z) TO STDOUT (FORMAT csv, DELIMITER ';', QUOTE '*', ESCAPE '!', FORCE_QUOTE (z))",
    ),
    query('COPY (SELECT 1 AS x) TO STDOUT (FORMAT csv, FORCE_QUOTE *)'),
    query('COPY (SELECT 1 AS x) TO STDOUT (FORMAT csv, FORCE_QUOTE (nope))'),
  ],
  'COPY in binary': [query("COPY (SELECT 1 AS a, NULL AS b, 'x' AS c) TO STDOUT (FORMAT binary)")],
  'COPY by Parse, and between statements': [
    ...extended('COPY (SELECT 1) TO STDOUT'),
    query('SELECT 1; COPY (SELECT 2) TO STDOUT; SELECT 3'),
  ],
  'COPY of a query that fails': [query('COPY (SELECT nope) TO STDOUT'), query('SELECT 1')],

  // The rest
  'DISCARD ALL': [
    query('SET application_name = x'),
    query('PREPARE p AS SELECT 1'),
    query('DISCARD ALL'),
    query('EXECUTE p'),
    query('DISCARD PLANS; DISCARD TEMP'),
    query('BEGIN; DISCARD ALL'),
    query('ROLLBACK'),
  ],
  'UNLISTEN and CLOSE ALL, as pools send them': [
    query('UNLISTEN *'),
    query('CLOSE ALL'),
    query('SET CONSTRAINTS ALL DEFERRED'),
  ],
};

/** What semwire says of itself. */
const SETTINGS = ['default_transaction_read_only=on', 'timezone=UTC', 'jit=on'];

/** Writes: PostgreSQL says this of them when it is read only. */
const WRITES = ['INSERT INTO t VALUES (1)', 'CREATE TABLE t ()', 'DROP TABLE t', 'TRUNCATE t'];

group('the same conversation as PostgreSQL', () => {
  let engine: TestEngine;
  let server: TestServer;
  let postgres: TestPostgres;
  let secret: string;

  beforeAll(async () => {
    await loadParser();
    [engine, postgres, secret] = await Promise.all([
      createTestEngine(),
      startPostgres({ settings: SETTINGS }),
      token(),
    ]);
    server = await serve(engine);
  });
  afterAll(async () => {
    await server?.close();
    await Promise.all([engine?.close(), postgres?.stop()]);
  });

  async function askPostgres(messages: readonly Buffer[]): Promise<readonly string[]> {
    const client = await RawClient.connect(postgres.port);
    client.send(startup({ user: 'postgres', database: 'postgres' }));
    for (let message = await client.message(); message?.type !== 'Z'; message = await client.message()) {
      if (message === undefined) throw new Error('PostgreSQL closed the connection');
    }
    return converse(client, messages);
  }

  async function askSemwire(messages: readonly Buffer[]): Promise<readonly string[]> {
    return converse(await signedIn(server.address.port, secret), messages);
  }

  test.each(Object.entries(CONVERSATIONS))('%s', async (_, messages) => {
    const [expected, actual] = [await askPostgres(messages), await askSemwire(messages)];
    expect(actual).toEqual(expected);
    expect(engine.open()).toBe(0);
  });

  test.each(WRITES)('%s', async (sql) => {
    const actual = await askSemwire([query(sql)]);
    expect(actual[0]).toContain('C "25006"');
    expect(actual.at(-1)).toBe('ReadyForQuery I');
  });
});

async function converse(client: RawClient, messages: readonly Buffer[]): Promise<readonly string[]> {
  client.send(...messages, TERMINATE);
  const answer = await client.rest();
  client.close();
  return traceBackend(answer).map(comparable);
}

/** A line without lengths, physical columns and the parts of an error that only PostgreSQL sends. */
function comparable(line: string): string {
  const [, name = '', , ...fields] = line.split('\t');
  switch (name) {
    case 'RowDescription':
      return [name, ...fields.map((field) => field.replace(/" \d+ -?\d+ /, '" 0 0 '))].join(' ');
    case 'ErrorResponse':
    case 'NoticeResponse':
      return [name, ...fields.filter((field) => /^[VCMDHP] /.test(field))].join(' ');
    default:
      return [name, ...fields].join(' ');
  }
}
