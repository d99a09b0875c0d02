import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers';
import { defineConfig } from 'vitest/config';

/**
 * One run, two projects: `unit` is what needs no Workers runtime, `workers` runs inside workerd.
 * The workers' storage is shared between files (one start of workerd instead of one a file), so the set-up file
 * empties it and applies the migrations before each file.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          // Properties and oracles compute; a machine that does other things as well takes its time.
          testTimeout: 30_000,
          include: ['{protocol,domain,agent,standalone,scripts,app,bench,test-support}/**/*.test.ts'],
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
          // An eviction waits for the seconds in which an object writes what it put off.
          testTimeout: 30_000,
          include: ['{database,durable-objects,worker}/**/*.test.ts'],
          setupFiles: ['test-support/workers-setup.ts'],
          // Bundled as in the Worker: workerd's `require` of a module of ES, which luxon is to it, answers with its default, and it has none.
          deps: { optimizer: { ssr: { enabled: true, include: ['cron-parser'] } } },
        },
      },
    ],
  },
});
