import { expect, it } from 'vitest';
import { createFairQueue, type FairQueue } from '../../src/catalog/fair-queue.ts';
import { createOffenders } from '../../src/catalog/offenders.ts';

/** Jobs are named by their subject and a number. */
function taken(queue: FairQueue<string>, count: number): readonly (string | undefined)[] {
  return Array.from({ length: count }, () => {
    const [head] = queue.heads();
    return head === undefined ? undefined : queue.shift(head.split(' ')[0] ?? '');
  });
}

it('who asks for much waits behind who asks for little', () => {
  const queue = createFairQueue<string>();
  for (const n of [1, 2, 3, 4]) queue.push('heavy', `heavy ${n}`);
  queue.push('light', 'light 1');
  expect([...queue.heads()]).toEqual(['heavy 1', 'light 1']);
  expect(taken(queue, 3)).toEqual(['heavy 1', 'light 1', 'heavy 2']);
  queue.push('light', 'light 2');
  expect(taken(queue, 4)).toEqual(['heavy 3', 'light 2', 'heavy 4', undefined]);
});

it('who is passed over keeps the place', () => {
  const queue = createFairQueue<string>();
  for (const subject of ['a', 'b', 'c']) for (const n of [1, 2]) queue.push(subject, `${subject} ${n}`);
  expect(queue.shift('b')).toBe('b 1');
  expect([...queue.heads()]).toEqual(['a 1', 'c 1', 'b 2']);
});

it('a job is taken out once', () => {
  const queue = createFairQueue<string>();
  queue.push('a', 'one');
  queue.push('a', 'two');
  expect(queue.remove('a', 'one')).toBe(true);
  expect(queue.remove('a', 'one')).toBe(false);
  expect(queue.size()).toBe(1);
  expect(queue.drain()).toEqual(['two']);
  expect(queue.shift('a')).toBeUndefined();
});

it('three statements that ran too long within a minute bar a subject for the rest of it', () => {
  let now = 0;
  const offenders = createOffenders(() => now);
  for (const time of [0, 10_000, 20_000]) {
    expect(offenders.isBarred('s')).toBe(false);
    now = time;
    offenders.note('s');
  }
  expect(offenders.isBarred('s')).toBe(true);
  expect(offenders.isBarred('other')).toBe(false);
  now = 60_001;
  expect(offenders.isBarred('s')).toBe(false);
});
