/** Schedules through the API with their real objects: made, read, changed, told, copied and removed. */
import { env } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { pageOf } from '#protocol/http/page.ts';
import { Problem } from '#protocol/http/problem.ts';
import { CreatedSchedules, ExecutedSchedule, Schedule, ScheduleSummary } from '#protocol/http/schedules.ts';
import { newId } from '#protocol/ids.ts';
import { newHost } from '../testing/agent-body.ts';
import { read } from '../testing/lab.ts';
import {
  api,
  auditActions,
  create,
  get,
  instant,
  newTeam,
  patch,
  postSchedules,
  requestFor,
  type Team,
  tell,
  untilRecorded,
} from './schedules-fixture.ts';

const Made = z.object({ id: z.string() });

let team: Team;
beforeAll(async () => {
  team = await newTeam();
});

const problem = async (response: Response, status: number) => read(Problem, response, status);

const made = async (path: string, body: unknown): Promise<string> =>
  (await read(Made, await team.caller.call('POST', `/api${path}`, { body }), 201)).id;

const group = (body: Record<string, unknown> = {}) =>
  made('/groups', { name: `Group ${newId('grp', api.ids)}`, ...body });

describe('a new schedule', () => {
  it('is active, knows its next run, and says in words what it does and when', async () => {
    const schedule = await create(team, {
      recurrence: { type: 'daily', time: '02:30' },
      timezone: 'Europe/Berlin',
      max_executions: 3,
    });
    expect(schedule).toMatchObject({
      name: 'Run uptime',
      what: 'Run uptime',
      kind: 'command',
      status: 'active',
      status_reason: null,
      cron_expression: '30 2 * * *',
      timezone: 'Europe/Berlin',
      overlap: 'queue_one',
      if_reserved: 'skip',
      misfire: 'run_once',
      max_executions: 3,
      execution_count: 0,
      is_running: false,
      last_run_at: null,
      target_names: ['rack'],
      device_ids: [team.device_id],
      created_by: team.caller.username,
    });
    expect(schedule.description).toMatch(/02:30/);
    expect(Date.parse(schedule.next_run_at ?? '')).toBeGreaterThan(Date.now());
    expect(await get(team, schedule.id)).toEqual(schedule);
    expect(await auditActions(schedule.id)).toEqual(['schedules.create']);
  });

  it('of a script without a name is called after the script and the time of day', async () => {
    const script_id = await made('/scripts', { name: 'Smoke', interpreter: 'sh', content: 'true' });
    const schedule = await create(team, { action: { kind: 'script', script_id, parameters: '--fast' } });
    expect(schedule.name).toMatch(/^Smoke_\d{6}$/);
    expect(schedule.what).toBe('Run Smoke --fast');
  });

  it('keeps to what a name may be, whatever it is made of', async () => {
    const script_id = await made('/scripts', { name: 's'.repeat(200), interpreter: 'sh', content: 'true' });
    const schedule = await create(team, { action: { kind: 'script', script_id } });
    expect(schedule.name).toMatch(/^s{193}_\d{6}$/);
    const tabbed = await create(team, { action: { kind: 'command', command: 'echo\ta' } });
    expect(tabbed.name).toBe('Run echo a');
    const smiling = await create(team, { name: '🙂'.repeat(100) });
    const copy = await read(Schedule, await tell(team, smiling.id, 'duplicate'), 201);
    expect(copy.name).toBe(`${'🙂'.repeat(97)} copy`);
  });

  it('may name groups that are empty now, but none that is not there', async () => {
    const group_id = await group();
    const schedule = await create(team, { device_ids: [], group_ids: [group_id] });
    expect(schedule.group_ids).toEqual([group_id]);
    expect(schedule.target_names).toHaveLength(1);
    const unknown = await postSchedules(team, { device_ids: [], group_ids: [newId('grp', api.ids)] });
    expect((await problem(unknown, 422)).errors).toEqual([{ path: 'group_ids.0', message: 'is not a known group' }]);
  });

  it('takes the days of its start and end as days of its own zone', async () => {
    const schedule = await create(team, {
      timezone: 'Asia/Tokyo',
      start_date: '2098-01-10',
      end_date: '2098-01-20',
      recurrence: { type: 'daily', time: '00:00' },
    });
    expect(schedule.start_date).toBe('2098-01-09T15:00:00.000Z');
    expect(schedule.end_date).toBe('2098-01-20T14:59:59.999Z');
    expect(schedule.next_run_at).toBe('2098-01-09T15:00:00.000Z');
  });

  it.each([
    [400, 'recurrence.cron_expression', { recurrence: { type: 'cron', cron_expression: '0 0 L * *' } }],
    [400, 'recurrence.cron_expression', { recurrence: { type: 'cron', cron_expression: '0 0 31 2 *' } }],
    [400, 'recurrence.time', { recurrence: { type: 'daily', time: '24:00' } }],
    [400, 'recurrence', { recurrence: { type: 'hourly' } }],
    [400, 'timezone', { timezone: 'Mars/Olympus' }],
    [400, 'start_date', { start_date: 'tomorrow' }],
    [400, 'end_date', { start_date: '2098-01-02', end_date: '2098-01-01' }],
    [400, 'device_ids', { device_ids: [] }],
    [400, 'max_executions', { max_executions: 0 }],
    [422, 'end_date', { end_date: '2020-01-01' }],
    [422, 'recurrence.at', { recurrence: { type: 'once', at: '2020-01-01T00:00:00Z' } }],
    [422, 'recurrence.at', { recurrence: { type: 'once', at: '2099-01-01T00:00:00Z' }, end_date: '2098-01-01' }],
    [422, 'action.script_id', { action: { kind: 'script', script_id: `scr_${'0'.repeat(26)}` } }],
    [422, 'action.software_ids.0', { action: { kind: 'software', software_ids: [`pkg_${'0'.repeat(26)}`] } }],
    [422, 'action.file_ids.0', { action: { kind: 'files', file_ids: [`file_${'0'.repeat(26)}`], destination: '/a' } }],
    [422, 'device_ids.0', { device_ids: [`dev_${'0'.repeat(26)}`] }],
  ])('is refused with %i and the path %s when that is wrong', async (status, path, fields) => {
    const { errors } = await problem(await postSchedules(team, fields), status);
    expect(errors?.some((error) => error.path === path || error.path.startsWith(`${path}.`))).toBe(true);
  });

  it('is made once, however often the request is repeated with its key', async () => {
    const send = () =>
      team.caller.call('POST', '/api/schedules', {
        body: requestFor(team, { name: 'Made once' }),
        headers: { 'idempotency-key': 'made-once' },
      });
    const [first, second] = [await read(CreatedSchedules, await send(), 201), await send()];
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(await read(CreatedSchedules, second, 201)).toEqual(first);
  });
});

describe('one schedule for each device', () => {
  it('is made of all devices and groups together, each named after its device', async () => {
    const other = await newHost(api, team.caller);
    const group_id = await group({ device_ids: [other.device_id, team.device_id] });
    const response = await postSchedules(team, { name: 'Nightly', group_ids: [group_id], per_device: true });
    const { schedules } = await read(CreatedSchedules, response, 201);
    expect(schedules.map(({ name, device_ids, group_ids }) => [name, device_ids, group_ids])).toEqual([
      ['Nightly on rack', [team.device_id], []],
      ['Nightly on rack', [other.device_id], []],
    ]);
    expect(new Set(schedules.map(({ id }) => id)).size).toBe(2);
  });

  it('needs a device now', async () => {
    const response = await postSchedules(team, { device_ids: [], group_ids: [await group()], per_device: true });
    expect((await problem(response, 422)).errors?.[0]?.path).toBe('group_ids');
  });

  it('is made for at most 200 devices', async () => {
    const crowd = await newTeam();
    await env.DB.prepare(
      `with recursive n(i) as (select 1 union all select i + 1 from n where i < 200)
       insert into devices (id, team_id, host_id, key, name, kind, labels, created_at)
       select 'dev_' || printf('%026d', i), team_id, host_id, 'k' || i, 'd' || i, 'phone', '{}', created_at
       from devices, n where id = ?`,
    )
      .bind(crowd.device_id)
      .run();
    const group_id = await read(
      Made,
      await crowd.caller.call('POST', '/api/groups', { body: { name: 'All', selector: 'os=linux' } }),
      201,
    );
    const send = (fields: Record<string, unknown>) =>
      postSchedules(crowd, { group_ids: [group_id.id], per_device: true, ...fields });
    expect((await problem(await send({}), 422)).errors).toEqual([
      { path: 'per_device', message: 'makes at most 200 schedules at once; these are 201 devices' },
    ]);
    await env.DB.prepare("delete from devices where key = 'k200'").run();
    const { schedules } = await read(CreatedSchedules, await send({}), 201);
    expect(schedules).toHaveLength(200);
    expect(new Set(schedules.map(({ status }) => status))).toEqual(new Set(['active']));
  });
});

describe('the list', () => {
  const ids = async (query: string): Promise<string[]> => {
    const page = await read(pageOf(ScheduleSummary), await own.caller.call('GET', `/api/schedules?${query}`));
    return page.items.map(({ id }) => id);
  };
  let own: Team;
  let byDevice: Schedule;
  let byGroup: Schedule;
  let paused: Schedule;
  let group_id: string;
  beforeAll(async () => {
    own = await newTeam();
    const body = { name: 'Mine', device_ids: [own.device_id] };
    group_id = (await read(Made, await own.caller.call('POST', '/api/groups', { body }), 201)).id;
    byDevice = await create(own, { name: 'Alpha 100%' });
    api.pass(0.001);
    byGroup = await create(own, { name: 'Beta', device_ids: [], group_ids: [group_id] });
    api.pass(0.001);
    const { device_id } = await newHost(api, own.caller);
    paused = await create(own, {
      name: 'Gamma',
      device_ids: [device_id],
      action: { kind: 'software', custom_software: [{ name: 'nginx', package_type: 'apt' }] },
    });
    await tell(own, paused.id, 'pause');
    await untilRecorded(paused.id, 'status', 'paused');
  });

  it('shows each without what is to be done in full, newest first and page by page', async () => {
    const first = await read(pageOf(ScheduleSummary), await own.caller.call('GET', '/api/schedules?limit=2'));
    expect(first.items.map(({ id, target_names }) => [id, target_names])).toEqual([
      [paused.id, ['rack']],
      [byGroup.id, ['Mine']],
    ]);
    expect(first.items[0]).not.toHaveProperty('action');
    expect(await ids(`limit=2&cursor=${first.next_cursor}`)).toEqual([byDevice.id]);
  });

  it('is filtered by status, kind, device, group and text', async () => {
    expect(await ids('status=paused')).toEqual([paused.id]);
    expect(await ids('kind=command')).toEqual([byGroup.id, byDevice.id]);
    expect(await ids(`device_id=${own.device_id}`)).toEqual([byGroup.id, byDevice.id]);
    expect(await ids(`group_id=${group_id}`)).toEqual([byGroup.id]);
    expect(await ids('q=nginx')).toEqual([paused.id]);
    expect(await ids('q=0%25')).toEqual([byDevice.id]);
    expect(await ids('q=_')).toEqual([]);
    expect(await ids(`device_id=${own.device_id}&q=bet`)).toEqual([byGroup.id]);
  });
});

describe('an edit', () => {
  it('replaces what it names, and moves the next run at once', async () => {
    const schedule = await create(team, { name: 'Before', start_date: '2026-01-01', max_executions: 7 });
    const body = { name: 'After', recurrence: { type: 'once', at: '2099-05-01T10:00' }, timezone: 'Asia/Tokyo' };
    const edited = await read(Schedule, await patch(team, schedule.id, body));
    expect(edited).toMatchObject({
      name: 'After',
      next_run_at: '2099-05-01T01:00:00.000Z',
      cron_expression: null,
      start_date: '2026-01-01T00:00:00.000Z',
      max_executions: 7,
      device_ids: [team.device_id],
    });
    expect(await get(team, schedule.id)).toEqual(edited);
    expect(await auditActions(schedule.id)).toEqual(['schedules.create', 'schedules.update']);
    await untilRecorded(schedule.id, 'defined_version', 2);
  });

  it('of other targets is found by them', async () => {
    const schedule = await create(team);
    const { device_id } = await newHost(api, team.caller);
    await read(Schedule, await patch(team, schedule.id, { device_ids: [device_id] }));
    const listed = async (id: string) => {
      const page = await team.caller.call('GET', `/api/schedules?device_id=${id}&limit=200`);
      return (await read(pageOf(ScheduleSummary), page)).items.map((one) => one.id);
    };
    expect(await listed(device_id)).toEqual([schedule.id]);
    expect(await listed(team.device_id)).not.toContain(schedule.id);
  });

  it.each([
    [400, 'recurrence.cron_expression', { recurrence: { type: 'cron', cron_expression: '61 * * * *' } }],
    [400, 'timezone', { timezone: 'Nowhere' }],
    [400, 'name', { name: '' }],
    [400, 'device_ids', { device_ids: [] }],
    [400, 'per_device', { per_device: true }],
    [422, 'end_date', { end_date: '2020-01-01' }],
    [422, 'device_ids.0', { device_ids: [`dev_${'0'.repeat(26)}`] }],
  ])('is refused with %i and the path %s when that is wrong, and changes nothing', async (status, path, body) => {
    const schedule = await create(team);
    const { errors } = await problem(await patch(team, schedule.id, body), status);
    expect(errors?.map((error) => error.path)).toContain(path);
    expect(await get(team, schedule.id)).toEqual(schedule);
  });

  it('of one thing is not refused for another that has passed or gone meanwhile', async () => {
    const schedule = await create(team, { recurrence: { type: 'once', at: '2099-01-01T00:00:00Z' } });
    await env.DB.prepare('update schedules set recurrence = ? where id = ?')
      .bind(JSON.stringify({ type: 'once', at: '2020-01-01T00:00:00Z' }), schedule.id)
      .run();
    expect((await patch(team, schedule.id, { timezone: 'Asia/Tokyo' })).status).toBe(422);
    expect((await patch(team, schedule.id, { overlap: 'skip' })).status).toBe(200);
  });

  it('that names nothing changes nothing', async () => {
    const schedule = await create(team);
    expect(await read(Schedule, await patch(team, schedule.id, {}))).toEqual(schedule);
    expect(await auditActions(schedule.id)).toEqual(['schedules.create']);
  });

  it('of a schedule that has ended is refused', async () => {
    const schedule = await create(team);
    await tell(team, schedule.id, 'stop');
    expect(await problem(await patch(team, schedule.id, { name: 'Late' }), 409)).toMatchObject({
      type: 'schedules.conflict',
    });
    expect((await get(team, schedule.id)).name).toBe(schedule.name);
  });

  it('of a paused schedule leaves it paused, without a next run', async () => {
    const schedule = await create(team);
    await tell(team, schedule.id, 'pause');
    await untilRecorded(schedule.id, 'status', 'paused');
    const edited = await read(
      Schedule,
      await patch(team, schedule.id, { recurrence: { type: 'daily', time: '01:00' } }),
    );
    expect(edited).toMatchObject({ status: 'paused', next_run_at: null, cron_expression: '0 1 * * *' });
  });
});

describe('what a person tells a schedule', () => {
  it('pauses, resumes and stops it, each audited', async () => {
    const schedule = await create(team);
    const told = async (what: string) => read(Schedule, await tell(team, schedule.id, what));
    expect(await told('pause')).toMatchObject({ status: 'paused', next_run_at: null });
    expect(await told('resume')).toMatchObject({ status: 'active', next_run_at: schedule.next_run_at });
    expect(await told('stop')).toMatchObject({ status: 'stopped', next_run_at: null });
    const refused = await problem(await tell(team, schedule.id, 'resume'), 409);
    expect(refused).toMatchObject({ type: 'schedules.conflict', detail: 'Schedule is stopped.' });
    const actions = ['create', 'pause', 'resume', 'stop'].map((what) => `schedules.${what}`);
    expect(await auditActions(schedule.id)).toEqual(actions);
  });

  it('starts a run now, whose deployment is there, and leaves the next run where it is', async () => {
    const schedule = await create(team);
    const run = await read(ExecutedSchedule, await tell(team, schedule.id, 'execute'));
    expect(run.schedule).toMatchObject({ id: schedule.id, next_run_at: schedule.next_run_at });
    await expect
      .poll(async () => (await team.caller.call('GET', `/api/deployments/${run.deployment_id}`)).status)
      .toBe(200);
    expect(await auditActions(schedule.id)).toEqual(['schedules.create', 'schedules.execute']);
  });
});

describe('a copy', () => {
  it('has everything of the first one but its history, and is active', async () => {
    const schedule = await create(team, { name: 'Original', max_executions: 4 });
    await tell(team, schedule.id, 'stop');
    const copy = await read(Schedule, await tell(team, schedule.id, 'duplicate'), 201);
    const { id: _id, created_at: _created, updated_at: _updated, ...rest } = schedule;
    expect(copy).toMatchObject({ ...rest, name: 'Original copy', status: 'active' });
    expect(copy.id).not.toBe(schedule.id);
    const named = await read(Schedule, await tell(team, schedule.id, 'duplicate', { name: 'N', paused: true }), 201);
    expect(named).toMatchObject({ name: 'N', status: 'paused', next_run_at: null });
    expect(await auditActions(named.id)).toEqual(['schedules.duplicate']);
  });

  it('of what has passed is refused', async () => {
    const schedule = await create(team, { end_date: '2099-01-01' });
    await env.DB.prepare('update schedules set end_date = ? where id = ?').bind(instant(0), schedule.id).run();
    const { errors } = await problem(await tell(team, schedule.id, 'duplicate'), 422);
    expect(errors?.[0]?.path).toBe('end_date');
  });
});

describe('a schedule that is removed', () => {
  it('is gone with its history, from its object too', async () => {
    const schedule = await create(team);
    const { id } = schedule;
    expect((await team.caller.call('DELETE', `/api/schedules/${id}`)).status).toBe(204);
    for (const call of [`GET /api/schedules/${id}`, `DELETE /api/schedules/${id}`, `POST /api/schedules/${id}/pause`]) {
      const [method = '', path = ''] = call.split(' ');
      expect((await team.caller.call(method, path)).status, call).toBe(404);
    }
    await expect.poll(() => env.SCHEDULE.getByName(id).state()).toBeNull();
    expect(await auditActions(id)).toEqual(['schedules.create', 'schedules.delete']);
    const left = env.DB.prepare('select count(*) as n from schedule_uses where schedule_id = ?').bind(id);
    expect(await left.first('n')).toBe(0);
  });
});
