/** What live schedules name stays: files, scripts, catalogue entries and groups. */
import { env } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FileEntry } from '#protocol/http/files.ts';
import { Problem } from '#protocol/http/problem.ts';
import { expireUnusedFiles } from '../files/expire-files.ts';
import { command, read } from '../testing/lab.ts';
import { api, create, newTeam, patch, type Team, tell, untilRecorded } from './schedules-fixture.ts';

const Made = z.object({ id: z.string() });

let team: Team;
beforeEach(async () => {
  team = await newTeam();
});

const post = async (path: string, body: unknown): Promise<string> =>
  (await read(Made, await team.caller.call('POST', `/api${path}`, { body }), 201)).id;

const upload = async (): Promise<string> => {
  const request = new Request('https://deployx.test/api/files?filename=a.txt', {
    method: 'POST',
    body: 'hello',
    headers: {
      authorization: `Bearer ${team.caller.token}`,
      'content-type': 'application/octet-stream',
      'content-length': '5',
    },
  });
  return (await read(Made, await api.send(request), 201)).id;
};

type Fields = Record<string, unknown>;
const copying = (file_id: string): Fields => ({ action: { kind: 'files', file_ids: [file_id], destination: '/tmp/' } });

/** Path of what is made, and what a schedule that needs it asks for. */
const kinds: Record<string, () => Promise<[string, Fields]>> = {
  file: async () => {
    const id = await upload();
    return [`/files/${id}`, copying(id)];
  },
  script: async () => {
    const script_id = await post('/scripts', { name: 'Smoke', interpreter: 'sh', content: 'true' });
    return [`/scripts/${script_id}`, { action: { kind: 'script', script_id } }];
  },
  'catalogue entry': async () => {
    const id = await post('/software', { name: 'nginx', package_type: 'apt' });
    return [`/software/${id}`, { action: { kind: 'software', software_ids: [id] } }];
  },
  'file of a package': async () => {
    const file_id = await upload();
    const custom_software = [{ name: 'tool', package_type: 'deb', file_id }];
    return [`/files/${file_id}`, { action: { kind: 'software', custom_software } }];
  },
  group: async () => {
    const id = await post('/groups', { name: 'Lab', device_ids: [team.device_id] });
    return [`/groups/${id}`, { device_ids: [], group_ids: [id] }];
  },
  'side of blue and green': async () => {
    const blue_group_id = await post('/groups', { name: 'Blue' });
    const green_group_id = await post('/groups', { name: 'Green' });
    const strategy = { type: 'blue_green', blue_group_id, green_group_id };
    return [`/groups/${green_group_id}`, { device_ids: [], strategy }];
  },
};

describe.each(Object.keys(kinds))('a %s that a schedule names', (kind) => {
  const prepare = async (): Promise<[string, Fields]> => {
    const made = await kinds[kind]?.();
    if (made === undefined) throw new Error(`no such kind: ${kind}`);
    return made;
  };
  const remove = (path: string) => team.caller.call('DELETE', `/api${path}`);

  it('stays while the schedule is active or paused, and may go once it has ended', async () => {
    const [path, fields] = await prepare();
    const schedule = await create(team, { ...fields, name: 'Nightly' });
    expect((await read(Problem, await remove(path), 409)).detail).toContain('schedule "Nightly"');
    await tell(team, schedule.id, 'pause');
    await untilRecorded(schedule.id, 'status', 'paused');
    expect((await remove(path)).status).toBe(409);
    await tell(team, schedule.id, 'stop');
    await untilRecorded(schedule.id, 'status', 'stopped');
    expect((await remove(path)).status).toBe(204);
  });

  it('may go once the schedule does not name it any more, or is gone', async () => {
    const [path, fields] = await prepare();
    const schedule = await create(team, fields);
    const other = await create(team, fields);
    const strategy = { type: 'parallel' };
    const edit = { action: command(), device_ids: [team.device_id], group_ids: [], strategy };
    expect((await patch(team, schedule.id, edit)).status).toBe(200);
    expect((await remove(path)).status).toBe(409);
    await team.caller.call('DELETE', `/api/schedules/${other.id}`);
    expect((await remove(path)).status).toBe(204);
  });
});

it('a file that a schedule needs does not expire, and shows that it is in use', async () => {
  const id = await upload();
  const schedule = await create(team, copying(id));
  await team.caller.call('PATCH', '/api/team/file-rules', { body: { unused_files_expire_after_days: 1 } });
  const run = (days: number) =>
    expireUnusedFiles({
      bucket: env.FILES,
      db: api.db,
      ids: api.ids,
      now: new Date(api.now().getTime() + days * 86_400_000),
      log: () => {},
    });
  const status = async () => (await team.caller.call('GET', `/api/files/${id}`)).status;
  await run(3);
  expect(await status()).toBe(200);
  expect(await read(FileEntry, await team.caller.call('GET', `/api/files/${id}`))).toMatchObject({ in_use: true });
  await env.DB.prepare("update schedules set status = 'expired' where id = ?").bind(schedule.id).run();
  await run(6);
  expect(await status()).toBe(404);
});
