/** A team with one of everything, and a picture of all that belongs to it: a test that touches nothing leaves the picture as it was. */
import { env } from 'cloudflare:test';
import { expect, vi } from 'vitest';
import { z } from 'zod';
import { insertNotification } from '#database/notifications.repository.ts';
import { newId } from '#protocol/ids.ts';
import { newHost } from './agent-body.ts';
import type { Caller, TestApi } from './test-api.ts';

const Made = z.looseObject({ id: z.string() });
const MadeDeployment = z.object({ deployment_id: z.string() });
const MadeSchedules = z.object({ schedules: z.array(Made) });
const MadeUpload = z.object({ upload_id: z.string() });
const Targets = z.object({ items: z.array(z.object({ id: z.string() })) });

const WITHIN = { timeout: 10_000, interval: 10 };

export type OtherTeam = { owner: Caller; ids: Record<string, string> };

/** The record follows the object a moment later: a picture taken before would change by itself. */
const untilRecorded = async (deploymentId: string): Promise<void> => {
  const status = env.DB.prepare('select status from deployments where id = ?').bind(deploymentId);
  await vi.waitFor(async () => expect(await status.first('status')).toBe('failed'), WITHIN);
};

/** Its object writes to the record a moment after it was told. */
const untilDefined = async (scheduleId: string): Promise<void> => {
  const version = env.DB.prepare('select defined_version from schedules where id = ?').bind(scheduleId);
  await vi.waitFor(async () => expect(await version.first('defined_version')).toBe(1), WITHIN);
};

export const fillTeam = async (api: TestApi): Promise<OtherTeam> => {
  const owner = await api.newCaller('owner');
  const member = await api.newCaller('viewer', owner.team_id);
  const post = async <Answer>(path: string, body: unknown, schema: z.ZodType<Answer>): Promise<Answer> => {
    const response = await owner.call('POST', `/api${path}`, { body });
    return schema.parse(await response.json());
  };
  const host = await newHost(api, owner);
  const group = await post('/groups', { name: 'Group', device_ids: [host.device_id] }, Made);
  const software = await post('/software', { name: 'nginx', package_type: 'apt' }, Made);
  const script = await post('/scripts', { name: 'Smoke', interpreter: 'sh', content: 'true' }, Made);
  const { upload_id } = await post('/files/uploads', { filename: 'big.bin', size: 20_000_000 }, MadeUpload);
  const token = await post('/tokens', { name: 'CI' }, Made);
  const enrollmentToken = await post('/enrollment-tokens', {}, Made);
  const action = { kind: 'command', command: 'true' };
  const deployment = await post('/deployments', { action, device_ids: [host.device_id] }, MadeDeployment);
  const targets = await owner.call('GET', `/api/deployments/${deployment.deployment_id}/targets`);
  const [target] = Targets.parse(await targets.json()).items;
  await untilRecorded(deployment.deployment_id);
  const recurrence = { type: 'once', at: '2099-01-01T00:00:00Z' };
  const scheduled = await post('/schedules', { action, device_ids: [host.device_id], recurrence }, MadeSchedules);
  const schedule_id = scheduled.schedules[0]?.id ?? '';
  await untilDefined(schedule_id);
  const authorization = { authorization: `Bearer ${owner.token}` };
  const upload = new Request('https://deployx.test/api/files?filename=a.txt', {
    method: 'POST',
    body: 'hello',
    headers: { ...authorization, 'content-type': 'application/octet-stream', 'content-length': '5' },
  });
  const file = Made.parse(await (await api.send(upload)).json());
  const notification_id = newId('ntf', api.ids);
  const told = { title: 'Taken', text: 'Why', kind: 'reservation_taken' as const, link: null, cause: 'a test' };
  await api.db.batch([
    insertNotification(api.db, owner.team_id, {
      ...told,
      id: notification_id,
      user_id: owner.user_id,
      created_at: api.now().toISOString(),
    }),
  ]);
  const ids = {
    host_id: host.host_id,
    device_id: host.device_id,
    group_id: group.id,
    software_id: software.id,
    script_id: script.id,
    // Of no use to anybody who cannot sign one.
    token: 'not-signed',
    path: 'index.html',
    upload_id,
    'tokens.token_id': token.id,
    'enrollment_tokens.token_id': enrollmentToken.id,
    deployment_id: deployment.deployment_id,
    target_id: target?.id ?? '',
    schedule_id,
    file_id: file.id,
    user_id: member.user_id,
    notification_id,
    number: '1',
  };
  return { owner, ids };
};

const Tables = z.array(z.object({ name: z.string() }));

/** Every row of every table, but for the counters of failed sign-ins. */
export const picture = async (): Promise<string> => {
  const tables = await env.DB.prepare(
    "select name from sqlite_master where type = 'table' and name not like '%cf%'",
  ).all();
  const names = Tables.parse(tables.results).map(({ name }) => name);
  const kept = names.filter((name) => !['login_attempts', 'd1_migrations', 'sqlite_sequence'].includes(name));
  const rows = await env.DB.batch(kept.map((name) => env.DB.prepare(`select * from "${name}"`)));
  return JSON.stringify(kept.map((name, index) => [name, rows[index]?.results]));
};
