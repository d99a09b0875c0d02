import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { defineConfig } from '@playwright/test';

/** The browser tests run against the whole system as `npm start` runs it, on a port and a data folder of its own. */
const PORT = Number(process.env.DEPLOYX_BROWSER_TEST_PORT ?? 8797);
const BASE_URL = `http://127.0.0.1:${PORT}`;
const DATA = join(import.meta.dirname, '.cache/browser-test');

function chromium(): string {
  return process.env.CHROMIUM ?? execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim();
}

export default defineConfig({
  testDir: 'e2e/browser',
  testMatch: '**/*.spec.ts',
  outputDir: 'test-results',
  timeout: 60_000,
  // All tests share one server and one agent, whose device runs one job at a time.
  workers: 1,
  reporter: [['list']],
  use: {
    baseURL: BASE_URL,
    trace: 'off',
    video: 'off',
    launchOptions: {
      executablePath: chromium(),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  webServer: {
    command: `rm -rf ${DATA} && exec node scripts/bootstrap.mjs --build standalone/main.ts --port ${PORT} --data ${DATA}`,
    url: `${BASE_URL}/api/health`,
    reuseExistingServer: false,
    // A first build may be part of it.
    timeout: 120_000,
    env: { DEPLOYX_ADMIN_USERNAME: 'admin', DEPLOYX_ADMIN_PASSWORD: 'browser-test-password' },
    gracefulShutdown: { signal: 'SIGTERM', timeout: 10_000 },
  },
});
