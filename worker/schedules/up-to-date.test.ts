/** What was told of a schedule is in lists and history at once, though objects write to the record a moment later. */
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { pageOf } from '#protocol/http/page.ts';
import { LedgerEntry, ListedExecution, ScheduleStats, ScheduleSummary } from '#protocol/http/schedules.ts';
import type { ScheduleId } from '#protocol/ids.ts';
import { read } from '../testing/lab.ts';
import { create, get, newTeam, patch, type Team, tell, WITHIN } from './schedules-fixture.ts';

let team: Team;
beforeAll(async () => {
  team = await newTeam();
});

const statusesIn = async (status: string): Promise<ScheduleId[]> => {
  const response = await team.caller.call('GET', `/api/schedules?status=${status}`);
  return (await read(pageOf(ScheduleSummary), response)).items.map(({ id }) => id);
};

const pausedCount = async (): Promise<number> =>
  (await read(ScheduleStats, await team.caller.call('GET', '/api/schedules/stats'))).paused;

describe('lists and history', () => {
  it('have a schedule as it is after each word of a person', async () => {
    const { id } = await create(team, { name: 'Nightly' });
    await tell(team, id, 'pause');
    expect([await statusesIn('paused'), await pausedCount()]).toEqual([[id], 1]);
    await tell(team, id, 'resume');
    expect([await statusesIn('active'), await pausedCount()]).toEqual([[id], 0]);
    await tell(team, id, 'stop');
    expect([await statusesIn('active'), await statusesIn('stopped')]).toEqual([[], [id]]);
  });

  it('have a run as soon as its schedule says that it is over', async () => {
    const { id } = await create(team, { name: 'Away', max_executions: 5 });
    await tell(team, id, 'execute');
    // Its machine was never online, so it fails at once.
    await vi.waitFor(async () => expect(await get(team, id)).toMatchObject({ is_running: false }), WITHIN);
    const of = (what: string) => team.caller.call('GET', `/api/schedules/${id}/${what}`);
    const executions = await read(pageOf(ListedExecution), await of('executions'));
    expect(executions.items.map(({ status }) => status)).toEqual(['failed']);
    const ledger = await read(pageOf(LedgerEntry), await of('ledger'));
    expect(ledger.items.map(({ outcome }) => outcome)).toEqual(['failed']);
  });

  it('have a schedule that an edit ends', async () => {
    const { id } = await create(team, { name: 'Short' });
    await patch(team, id, { end_date: new Date(Date.now() + 1500).toISOString() });
    await vi.waitFor(async () => expect(await get(team, id)).toMatchObject({ status: 'expired' }), WITHIN);
    expect(await statusesIn('expired')).toEqual([id]);
  });
});
