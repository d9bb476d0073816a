/** Failed sign-ins wait the longer the more there were; nobody is kept out by another's failures (case D25). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LoginThrottle } from '../../src/session/login-throttle.ts';
import { createTestEngine, type TestEngine } from '../helpers/session-engine.ts';
import { password, startup } from '../wire/frames.ts';
import { RawClient } from '../wire/raw-client.ts';
import { serve, signedIn, type TestServer, token } from './serve.ts';

let engine: TestEngine;
let server: TestServer;
beforeAll(async () => {
  engine = await createTestEngine();
  server = await serve(engine);
});
afterAll(async () => {
  await server?.close();
  await engine?.close();
});

test('from the sixth on, doubling up to five seconds, by address; forgiven with time', () => {
  let now = 0;
  const throttle = new LoginThrottle(() => now);
  const delays = (count: number, address = 'a') =>
    Array.from({ length: count }, () => throttle.delayAfterFailure(address));
  expect(delays(13)).toEqual([0, 0, 0, 0, 0, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  expect(delays(5, 'b')).toEqual([0, 0, 0, 0, 0]);
  now += 3_000 * 12;
  expect(delays(5)).toEqual([0, 0, 0, 0, 100]);
});

test('as many addresses are remembered as there may be, and no more', () => {
  const throttle = new LoginThrottle(() => 0);
  for (let i = 0; i < 6; i++) throttle.delayAfterFailure('first');
  for (let i = 0; i < 10_000; i++) throttle.delayAfterFailure(String(i));
  expect(throttle.delayAfterFailure('first')).toBe(0);
});

test('while failures wait, a good token of the same address is let in at once', async () => {
  const { port } = server.address;
  const guess = async (): Promise<RawClient> => {
    const client = await RawClient.connect(port);
    client.send(startup({ user: 'analyst', database: 'semwire' }), password('guess'));
    return client;
  };
  const guesses = await Promise.all(Array.from({ length: 14 }, guess));
  // Fourteen failures are told of in the log; the last of them wait for seconds.
  while (server.log.text().split('refused').length < 15) await new Promise((resolve) => setTimeout(resolve, 5));
  const answers = guesses.map(async (client) => (await client.rest()).includes('28P01'));
  const first = await Promise.race([
    signedIn(port, await token()).then((client) => {
      client.close();
      return 'let in';
    }),
    Promise.all(answers),
  ]);
  expect(first).toBe('let in');
  for (const client of guesses.slice(9)) client.close();
  expect(await Promise.all(answers.slice(0, 9))).toEqual(Array.from({ length: 9 }, () => true));
});
