/** Runs before each test file in workerd: storage is shared between files, so every file starts from an empty, migrated one. */
import { applyD1Migrations, type D1Migration, env, reset } from 'cloudflare:test';
import { beforeAll } from 'vitest';

declare global {
  namespace Cloudflare {
    interface Env {
      DB: D1Database;
      TEST_MIGRATIONS: D1Migration[];
    }
  }
}

beforeAll(async () => {
  await reset();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
});
