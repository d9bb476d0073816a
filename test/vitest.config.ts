import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Many of them run a PostgreSQL and a server of their own beside themselves.
    maxWorkers: Math.max(2, Math.floor(availableParallelism() / 2)),
  },
});
