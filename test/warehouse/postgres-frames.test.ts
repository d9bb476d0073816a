import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FrameReader } from '../../src/warehouse/postgres/frames.ts';

/** A message as the backend sends it. */
function frame(type: string, body: Uint8Array): Buffer {
  const header = Buffer.alloc(5);
  header.write(type);
  header.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}

/** Feeds bytes as a socket does: in pieces, no further than the target reaches, and not while it is paused. */
class Wire {
  readonly seen: string[] = [];
  /** When rows are taken: at once, or when release() says so. */
  readonly #hold: () => boolean;
  #release: (() => void) | undefined;
  #paused = false;
  readonly reader: FrameReader;
  #target: Buffer;

  constructor(hold: () => boolean, limit = 1 << 20) {
    this.#hold = hold;
    this.reader = new FrameReader(
      {
        rows: (frames, count) => {
          if (!this.#hold()) {
            this.seen.push(...split(Buffer.from(frames), count));
            return undefined;
          }
          return new Promise((resolve) => {
            this.#release = () => {
              // Read only now: nothing may have been written over it.
              this.seen.push(...split(Buffer.from(frames), count));
              resolve();
            };
          });
        },
        message: (type, body) => this.seen.push(`${String.fromCharCode(type)}${body.toString('latin1')}`),
        broken: (reason) => this.seen.push(reason),
        resume: () => {
          this.#paused = false;
        },
      },
      limit,
    );
    this.#target = this.reader.target();
  }

  async feed(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const count = bytes.copy(this.#target, 0, at);
      at += count;
      this.#paused = !this.reader.received(count);
      // The runtime asks for the next target at once, and keeps it over the pause.
      this.#target = this.reader.target();
      while (this.#paused && this.#release !== undefined) {
        const release = this.#release;
        this.#release = undefined;
        release();
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }
}

function split(frames: Buffer, count: number): string[] {
  const rows: string[] = [];
  for (let at = 0; at < frames.length; at += 1 + frames.readInt32BE(at + 1)) {
    rows.push(
      frames.toString('latin1', at, at + 1) + frames.toString('latin1', at + 5, at + 1 + frames.readInt32BE(at + 1)),
    );
  }
  expect(rows.length).toBe(count);
  return rows;
}

const TYPICAL = ['2', 'Drow one', 'Drow two', 'Nnotice', 'D', 'Drow three', 'CSELECT 4', 'ZI'];
const bytesOf = (messages: readonly string[]): Buffer =>
  Buffer.concat(messages.map((message) => frame(message.slice(0, 1), Buffer.from(message.slice(1), 'latin1'))));

describe('frames', () => {
  test('cut at every byte', async () => {
    const bytes = bytesOf(TYPICAL);
    for (let cut = 1; cut < bytes.length; cut++) {
      const wire = new Wire(() => cut % 2 === 0);
      await wire.feed(bytes.subarray(0, cut));
      await wire.feed(bytes.subarray(cut));
      expect(wire.seen).toEqual(TYPICAL);
    }
  });

  test('neighbouring rows go to the sink at once', async () => {
    const calls: number[] = [];
    const reader = new FrameReader(
      {
        rows: (_, count) => {
          calls.push(count);
          return undefined;
        },
        message: () => {},
        broken: () => {},
        resume: () => {},
      },
      1 << 20,
    );
    reader.received(bytesOf(TYPICAL).copy(reader.target()));
    expect(calls).toEqual([2, 2]);
  });

  test('of any size, in any pieces, with a sink that now and then makes the socket wait', async () => {
    const message = fc.record({
      type: fc.constantFrom('D', 'D', 'D', 'N', 'C', 'Z'),
      size: fc.oneof({ weight: 8, arbitrary: fc.nat(200) }, { weight: 1, arbitrary: fc.nat(200_000) }),
    });
    const run = fc.asyncProperty(
      fc.array(message, { maxLength: 60 }),
      fc.infiniteStream(fc.oneof(fc.nat(50), fc.nat(100_000))),
      fc.infiniteStream(fc.boolean()),
      async (messages, pieces, holds) => {
        const texts = messages.map(({ type, size }, i) => type + String(i).padEnd(size, String(i % 10)));
        const bytes = bytesOf(texts);
        const wire = new Wire(() => holds.next().value === true);
        for (let at = 0; at < bytes.length; ) {
          const piece = 1 + Number(pieces.next().value);
          await wire.feed(bytes.subarray(at, at + piece));
          at += piece;
        }
        expect(wire.seen).toEqual(texts);
      },
    );
    await fc.assert(run, { numRuns: 200 });
  });

  test('longer than the limit are never assembled', async () => {
    const wire = new Wire(() => false, 1000);
    await wire.feed(bytesOf([`D${'x'.repeat(995)}`]));
    expect(wire.seen.length).toBe(1);
    await wire.feed(bytesOf([`D${'x'.repeat(996)}`]));
    expect(wire.seen.slice(1)).toEqual(['too long']);
  });

  test('that cannot be frames end it', async () => {
    const wire = new Wire(() => false);
    await wire.feed(Buffer.from([0x44, 0, 0, 0, 3]));
    await wire.feed(bytesOf(['ZI']));
    expect(wire.seen).toEqual(['malformed']);
  });
});
