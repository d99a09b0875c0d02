/** Which schedules the log of a host names when its agent starts. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { listSchedulesOfHost } from '#database/host-schedules.repository.ts';
import { Device } from '#protocol/http/hosts.ts';
import { read } from '../testing/lab.ts';
import { api, create, newTeam } from './schedules-fixture.ts';

/** D1 binds a hundred values in a statement. */
const MORE_THAN_D1_BINDS = 101;

it('are those that reach it by a selector too, however many they are', async () => {
  const team = await newTeam();
  const path = `/api/devices/${team.device_id}`;
  await read(Device, await team.caller.call('PATCH', path, { body: { labels: { rack: 'a' } } }));
  const body = { name: 'Rack', selector: 'rack=a' };
  const made = await team.caller.call('POST', '/api/groups', { body });
  const group = await read(z.object({ id: z.string() }), made, 201);
  const reaching = { device_ids: [], group_ids: [group.id] };
  await Promise.all(Array.from({ length: MORE_THAN_D1_BINDS }, () => create(team, reaching)));
  const { host_id } = await read(Device, await team.caller.call('GET', path));
  const { active, listed } = await listSchedulesOfHost(api.db, team.caller.team_id, host_id);
  expect([active, listed.length]).toEqual([MORE_THAN_D1_BINDS, MORE_THAN_D1_BINDS]);
});
