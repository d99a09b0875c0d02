/** The first admin of a deployed system, written straight into the database: there is no way in from outside that could be abused. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import { Password, Username } from '#protocol/http/auth.ts';
import { newId } from '#protocol/ids.ts';
import { hashPassword } from '#worker/auth/password.ts';
import { fromRoot } from './paths.ts';
import { mustWrangler, wranglerJson } from './wrangler.ts';

const DEFAULT_USERNAME = 'admin';
const PASSWORD_BYTES = 18;
const FIRST_TEAM = 'Default';

export interface FirstAdmin {
  userId: string;
  username: string;
  password: string;
  sql: string;
}

export async function prepareFirstAdmin(env: NodeJS.ProcessEnv, now: Date): Promise<FirstAdmin> {
  const ids = { now: () => now.getTime(), randomBytes };
  const [teamId, userId] = [newId('team', ids), newId('user', ids)];
  const username = Username.parse(env.DEPLOYX_ADMIN_USERNAME || DEFAULT_USERNAME);
  const password = Password.parse(env.DEPLOYX_ADMIN_PASSWORD || randomBytes(PASSWORD_BYTES).toString('base64url'));
  const hash = await hashPassword(password, randomBytes);
  const at = now.toISOString();
  // The user comes last, because the other rows are made only while there is none.
  const sql = [
    insertUnlessUsed('teams', { id: teamId, name: FIRST_TEAM, created_at: at }),
    insertUnlessUsed('memberships', { team_id: teamId, user_id: userId, role: 'owner', created_at: at }),
    insertUnlessUsed('users', { id: userId, username, password_hash: hash, created_at: at }),
  ].join('\n');
  return { userId, username, password, sql };
}

function insertUnlessUsed(table: string, row: Record<string, string>): string {
  const values = Object.values(row).map((value) => `'${value.replaceAll("'", "''")}'`);
  return `INSERT INTO ${table} (${Object.keys(row).join(', ')}) SELECT ${values.join(', ')} WHERE NOT EXISTS (SELECT 1 FROM users);`;
}

const Counted = z.tuple([z.object({ results: z.tuple([z.object({ n: z.number() })]) })]);

/** True when the account was made now; `where` says which database. */
export function applyFirstAdmin(admin: FirstAdmin, where: readonly string[]): boolean {
  const file = fromRoot('.cache/deploy/first-admin.sql');
  writeFileSync(file, admin.sql, { mode: 0o600 });
  mustWrangler(['d1', 'execute', 'DB', ...where, '--yes', '--file', file]);
  const query = `SELECT count(*) AS n FROM users WHERE id = '${admin.userId}'`;
  const [counted] = wranglerJson(Counted, ['d1', 'execute', 'DB', ...where, '--json', '--command', query]);
  return counted.results[0].n === 1;
}
