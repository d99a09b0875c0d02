import { env, evictDurableObject } from 'cloudflare:test';
import { expect, it } from 'vitest';
import type { ScheduleId, TeamId } from '#protocol/ids.ts';
import { LiveEvent, type TeamEvent } from '#protocol/live/events.ts';
import { id } from '../test/ids.ts';
import { Viewer } from '../test/live-viewer.ts';

const stubOf = (team: TeamId) => env.TEAM.getByName(team);

const watch = async (team: TeamId): Promise<Viewer<LiveEvent>> => {
  const response = await stubOf(team).fetch('https://team/live', { headers: { Upgrade: 'websocket' } });
  return new Viewer(response, (text) => LiveEvent.parse(JSON.parse(text)));
};

const renamed = (schedule: ScheduleId, name: string): TeamEvent => ({
  event: 'schedule_updated',
  data: {
    id: schedule,
    name,
    edited: true,
    removed: false,
    status: 'active',
    status_reason: null,
    next_run_at: null,
    last_run_at: null,
    execution_count: 0,
    is_running: false,
  },
});

const names = (frames: readonly LiveEvent[]): string[] =>
  frames.flatMap((frame) => (frame.event === 'schedule_updated' ? [frame.data.name] : []));

it('events of a source reach dashboards once, whatever is repeated or comes late, also after an eviction', async () => {
  const [team, one, other] = [id('team'), id('sch'), id('sch')];
  const viewer = await watch(team);
  const publish = (source: ScheduleId, version: number | null, name: string) =>
    stubOf(team).publish({ team_id: team, source, version, events: [renamed(source, name)] });
  await publish(one, 2, 'second');
  await publish(one, 2, 'second again');
  await evictDurableObject(stubOf(team), { webSockets: 'hibernate' });
  await publish(one, 1, 'first, late');
  await publish(other, 1, 'another source');
  await publish(one, 3, 'third');
  await viewer.until((frames) => names(frames).includes('third'));
  expect(names(viewer.frames)).toEqual(['second', 'another source', 'third']);
});

it('events without a version are always taken', async () => {
  const [team, one] = [id('team'), id('sch')];
  const viewer = await watch(team);
  for (const name of ['a', 'b'])
    await stubOf(team).publish({ team_id: team, source: one, version: null, events: [renamed(one, name)] });
  await viewer.until((frames) => names(frames).length === 2);
  expect(names(viewer.frames)).toEqual(['a', 'b']);
});
