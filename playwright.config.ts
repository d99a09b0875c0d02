import { execFileSync } from 'node:child_process';
import { defineConfig } from '@playwright/test';
import { BASE_URL, SERVER } from './e2e/browser/system.ts';

function chromium(): string {
  return process.env.CHROMIUM ?? execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim();
}

export default defineConfig({
  testDir: 'e2e/browser',
  testMatch: '**/*.spec.ts',
  outputDir: 'test-results',
  timeout: 60_000,
  // A busy machine takes seconds for what a quiet one does at once.
  expect: { timeout: 15_000 },
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
  webServer: SERVER,
});
