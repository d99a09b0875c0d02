import { defineConfig } from 'vitest/config';

/** Whole-system tests: real servers and real agents. */
const project = {
  environment: 'node',
  // A test may build on a fresh clone, start the system and install a package.
  testTimeout: 120_000,
  hookTimeout: 180_000,
} as const;

const SCHEDULES = 'e2e/schedules/**/*.test.ts';

export default defineConfig({
  test: {
    projects: [
      // They keep the machine busy: one file at a time.
      {
        test: {
          ...project,
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          exclude: [SCHEDULES],
          maxWorkers: 1,
          sequence: { groupOrder: 0 },
        },
      },
      // They wait for real minutes to pass: all files at a time, each with a system of its own.
      { test: { ...project, name: 'schedules', include: [SCHEDULES], maxWorkers: 5, sequence: { groupOrder: 1 } } },
    ],
  },
});
