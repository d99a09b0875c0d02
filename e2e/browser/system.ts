/** The system that the browser tests run against: as `npm start` starts it, on a port and a data folder of its own. */
import { join } from 'node:path';

const PORT = Number(process.env.DEPLOYX_BROWSER_TEST_PORT ?? 8797);
export const BASE_URL = `http://127.0.0.1:${PORT}`;
export const ADMIN = { username: 'admin', password: 'browser-test-password' };
const DATA = join(import.meta.dirname, '../../.cache/browser-test');

const start = `exec node scripts/bootstrap.mjs --build standalone/main.ts --port ${PORT} --data ${DATA}`;

export const SERVER = {
  command: `rm -rf ${DATA} && ${start}`,
  url: `${BASE_URL}/api/health`,
  reuseExistingServer: false,
  // A first build may be part of it, on a machine that has other things to do.
  timeout: 240_000,
  env: { DEPLOYX_ADMIN_USERNAME: ADMIN.username, DEPLOYX_ADMIN_PASSWORD: ADMIN.password },
  gracefulShutdown: { signal: 'SIGTERM' as const, timeout: 10_000 },
};
