import { availableParallelism } from 'node:os';
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers';
import { defineConfig } from 'vitest/config';

/**
 * Properties and oracles compute, an eviction waits for the seconds in which an object writes what it put off, and a machine that does
 * other things as well takes its time.
 */
const TIMEOUT_MS = 30_000;

/** What installs for real: the machine has one dpkg, and one lock on it. */
const REAL_PACKAGES = ['agent/actions/software/real-*.test.ts', 'agent/actions/undo/undo-software.test.ts'];

/**
 * One run, three projects: `unit` is what needs no Workers runtime, `packages` what of that installs for real, `workers` runs inside
 * workerd.
 * A worker's storage is shared between the files that it runs, one after the other (one start of workerd for all of them), so the
 * set-up file empties it and applies the migrations before each file.
 */
export default defineConfig({
  test: {
    // Tests wait for processes, timers and evictions as long as they compute: more of them at a time than there are processors.
    maxWorkers: Math.max(3, availableParallelism()),
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          testTimeout: TIMEOUT_MS,
          include: ['{protocol,domain,agent,standalone,scripts,app,bench,test-support}/**/*.test.ts'],
          exclude: REAL_PACKAGES,
        },
      },
      {
        test: {
          name: 'packages',
          environment: 'node',
          testTimeout: TIMEOUT_MS,
          include: REAL_PACKAGES,
          // One file at a time, when all others are done.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      {
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: {
                TEST_MIGRATIONS: await readD1Migrations('./migrations'),
                DEPLOYX_SECRETS_KEY: 'tests-only-tests-only-tests-only-tests-only',
              },
            },
          })),
        ],
        test: {
          name: 'workers',
          isolate: false,
          testTimeout: TIMEOUT_MS,
          include: ['{database,durable-objects,worker}/**/*.test.ts'],
          setupFiles: ['test-support/workers-setup.ts'],
          // Bundled as in the Worker: workerd's `require` of a module of ES, which luxon is to it, answers with its default, and it has none.
          deps: { optimizer: { ssr: { enabled: true, include: ['cron-parser'] } } },
        },
      },
    ],
  },
});
