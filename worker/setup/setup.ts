/**
 * What the standalone system does on its first start. An entrypoint of its own, not an HTTP route: only a program that holds a
 * service binding to it (the supervisor on the same machine) can call it.
 */
import { WorkerEntrypoint } from 'cloudflare:workers';
import { z } from 'zod';
import { anyUserExists, findFirstTeam, insertMembership, insertTeam, insertUser } from '#database/teams.repository.ts';
import type { Env } from '#durable-objects/env.ts';
import { Password, Username } from '#protocol/http/auth.ts';
import { newId, type TeamId, type UserId } from '#protocol/ids.ts';
import { Name } from '#protocol/text.ts';
import { hashPassword } from '../auth/password.ts';
import { dependencies } from '../dependencies.ts';
import { auditBySystem, createEnrollmentToken } from '../enrollment/create-token.ts';

const Admin = z.strictObject({ username: Username, password: Password });

/** An hour is enough for the agent of the same machine, which enrolls within seconds. */
const SETUP_TOKEN_SECONDS = 3600;

const FIRST_TEAM = 'Default';

export type EnsuredAdmin =
  | { created: true; team_id: TeamId; user_id: UserId }
  | { created: false; team_id: null; user_id: null };

export class Setup extends WorkerEntrypoint<Env> {
  #wiring() {
    const now = dependencies.clock();
    const ids = { now: () => now.getTime(), randomBytes: dependencies.randomBytes };
    return { db: dependencies.database(this.env), ids, now };
  }

  /** Makes the first team and its owner; does nothing once any user exists. */
  async ensureAdmin(request: { username: string; password: string }): Promise<EnsuredAdmin> {
    const { username, password } = Admin.parse(request);
    const { db, ids, now } = this.#wiring();
    if (await anyUserExists(db)) return { created: false, team_id: null, user_id: null };
    const created_at = now.toISOString();
    const [team_id, user_id] = [newId('team', ids), newId('user', ids)];
    const password_hash = await hashPassword(password, ids.randomBytes);
    await db.batch([
      insertTeam(db, { id: team_id, name: FIRST_TEAM, created_at }),
      insertUser(db, { id: user_id, username, password_hash, created_at }),
      insertMembership(db, { team_id, user_id, role: 'owner', created_at }),
    ]);
    return { created: true, team_id, user_id };
  }

  /** For the first team, good for one agent. */
  async createEnrollmentToken(request: { name: string }): Promise<{ token: string }> {
    const wiring = this.#wiring();
    const teamId = await findFirstTeam(wiring.db);
    if (teamId === null) throw new Error('no team exists yet: call ensureAdmin first');
    const fields = {
      name: Name.parse(request.name),
      expires_in_seconds: SETUP_TOKEN_SECONDS,
      max_uses: 1,
      labels: {},
      group_ids: [],
    };
    const { token } = await createEnrollmentToken(wiring, teamId, fields, auditBySystem(wiring, teamId));
    return { token };
  }
}
