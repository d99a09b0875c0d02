/** Secrets of schedules: sealed in the record, in no answer, and kept by edits that do not give them again. */

import { env } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import { findScheduleRow, specOf } from '#database/schedules.repository.ts';
import { keyFor, openText } from '#durable-objects/secrets.ts';
import { MAX_SECRET_BYTES } from '#protocol/environment.ts';
import { Problem } from '#protocol/http/problem.ts';
import { Schedule } from '#protocol/http/schedules.ts';
import type { ScheduleId } from '#protocol/ids.ts';
import { command, read } from '../testing/lab.ts';
import { api, create, get, newTeam, patch, type Team, tell } from './schedules-fixture.ts';

let team: Team;
beforeAll(async () => {
  team = await newTeam();
});

const secret = (value: string) => ({ secret: true, value });
const withEnv = (environment: Record<string, unknown>, text = 'uptime') => command(text, { env: environment });

/** Each secret as the agent would get it. */
const opened = async (id: ScheduleId): Promise<Record<string, string | null>> => {
  const row = await findScheduleRow(api.db, team.caller.team_id, id);
  if (row === null) throw new Error('the schedule is there');
  const { action } = specOf(row);
  const pairs = Object.entries('env' in action ? action.env : {});
  return Object.fromEntries(
    pairs.map(([name, value]) => [
      name,
      typeof value === 'string' ? value : openText(value.value ?? '', keyFor(env, 'seal')),
    ]),
  );
};

const raw = async (id: ScheduleId): Promise<string> => {
  const row = await findScheduleRow(api.db, team.caller.team_id, id);
  return row?.spec ?? '';
};

describe('a secret of a schedule', () => {
  it('is in no answer, and sealed in the record', async () => {
    const schedule = await create(team, { action: withEnv({ TOKEN: secret('hunter22'), PLAIN: 'a' }) });
    expect(schedule.action).toMatchObject({ env: { TOKEN: { secret: true }, PLAIN: 'a' } });
    for (const path of [`/api/schedules/${schedule.id}`, '/api/schedules'])
      expect(await (await team.caller.call('GET', path)).text()).not.toMatch(/hunter22|sealed/);
    expect(await raw(schedule.id)).not.toContain('hunter22');
    expect(await opened(schedule.id)).toEqual({ TOKEN: 'hunter22', PLAIN: 'a' });
  });

  it('stays when an edit names other things', async () => {
    const schedule = await create(team, { action: withEnv({ TOKEN: secret('hunter22') }) });
    const edited = await read(Schedule, await patch(team, schedule.id, { name: 'Renamed' }));
    expect(JSON.stringify(edited)).not.toContain('sealed');
    expect(await opened(schedule.id)).toEqual({ TOKEN: 'hunter22' });
  });

  it('stays when it comes back as it was shown, is replaced when it is given, and goes when it is left out', async () => {
    const before = { A: secret('aaaa1111'), B: secret('bbbb2222'), C: secret('cccc3333') };
    const schedule = await create(team, { action: withEnv(before) });
    const action = withEnv({ A: { secret: true }, B: secret('new-b-value'), D: 'plain' }, 'id');
    await read(Schedule, await patch(team, schedule.id, { action }));
    expect(await opened(schedule.id)).toEqual({ A: 'aaaa1111', B: 'new-b-value', D: 'plain' });
    expect(await get(team, schedule.id)).toMatchObject({ action: { command: 'id' } });
  });

  it('of the largest size survives edits, though it is larger as it is stored', async () => {
    const value = 'x'.repeat(MAX_SECRET_BYTES);
    const schedule = await create(team, { action: withEnv({ BIG: secret(value) }) });
    await read(Schedule, await patch(team, schedule.id, { name: 'Once' }));
    await read(Schedule, await patch(team, schedule.id, { action: withEnv({ BIG: { secret: true } }) }));
    expect(await opened(schedule.id)).toEqual({ BIG: value });
  });

  it('that is new must be given', async () => {
    const schedule = await create(team);
    const response = await patch(team, schedule.id, { action: withEnv({ NEW: { secret: true } }) });
    expect((await read(Problem, response, 400)).errors).toEqual([
      { path: 'action.env.NEW.value', message: 'give the secret value: it is not kept in readable form' },
    ]);
    const short = await patch(team, schedule.id, { action: withEnv({ NEW: secret('abc') }) });
    expect(short.status).toBe(400);
  });

  it('goes with a copy', async () => {
    const schedule = await create(team, { action: withEnv({ TOKEN: secret('hunter22') }) });
    const copy = await read(Schedule, await tell(team, schedule.id, 'duplicate'), 201);
    expect(JSON.stringify(copy)).not.toMatch(/hunter22|sealed/);
    expect(await opened(copy.id)).toEqual({ TOKEN: 'hunter22' });
  });
});
