import { defineConfig } from 'vitest/config';

/** Whole-system tests: real servers and real agents, so one file at a time. */
export default defineConfig({
  test: {
    name: 'e2e',
    environment: 'node',
    include: ['e2e/**/*.test.ts'],
    fileParallelism: false,
    // A test may build on a fresh clone, start the system and install a package.
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
