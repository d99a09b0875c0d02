import { env } from 'cloudflare:test';
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { type DeviceId, newId, type TeamId } from '#protocol/ids.ts';
import { openDatabase, statement } from './database.ts';
import { resolveTargets } from './groups.repository.ts';
import { groups } from './groups.tables.ts';

declare global {
  namespace Cloudflare {
    interface Env {
      DB: D1Database;
    }
  }
}

const db = openDatabase(env.DB);
const ids = { now: () => Date.now(), randomBytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };
const created_at = new Date().toISOString();

const newRow = (index: number) => ({
  id: newId('dev', ids),
  host_id: newId('host', ids),
  name: `host-${index}`,
  os: index % 2 === 0 ? 'linux' : 'windows',
  labels: { site: `site-${index % 10}` },
});

/** Two statements for all of them: ten thousand inserts would be most of the test's time. */
const insertDevices = async (team_id: TeamId, total: number): Promise<DeviceId[]> => {
  const rows = Array.from({ length: total }, (_, index) => newRow(index));
  const json = JSON.stringify(rows);
  await db.batch([
    statement(
      db,
      sql`insert into hosts (id, team_id, name, machine_id, public_key, os, arch, platform, hostname, cpus, memory_bytes, labels, created_at)
        select value ->> 'host_id', ${team_id}, value ->> 'name', value ->> 'name', 'key', value ->> 'os', 'x64', 'any',
          value ->> 'name', 4, 1, value -> 'labels', ${created_at} from json_each(${json})`,
    ),
    statement(
      db,
      sql`insert into devices (id, team_id, host_id, key, name, kind, labels, created_at)
        select value ->> 'id', ${team_id}, value ->> 'host_id', 'self', value ->> 'name', 'host', '{}', ${created_at}
        from json_each(${json})`,
    ),
  ]);
  return rows.map(({ id }) => id);
};

test('ten thousand devices are resolved by id and by selector in few reads, not one each', async () => {
  const team_id = newId('team', ids);
  const all = await insertDevices(team_id, 10_000);
  const group = {
    id: newId('grp', ids),
    team_id,
    name: 'Linux',
    description: null,
    selector: 'os=linux,site!=site-4',
    created_at,
  };
  await db.insert(groups).values(group);
  const timed = async (deviceIds: DeviceId[], selected: boolean) => {
    const start = performance.now();
    const resolved = await resolveTargets(db, team_id, deviceIds, selected ? [group.id] : []);
    return { found: resolved.devices.length, ms: Math.round(performance.now() - start) };
  };
  const byId = await timed(all, false);
  const bySelector = await timed([], true);
  expect([byId.found, bySelector.found]).toEqual([10_000, 4000]);
  // Twenty times what it takes on idle cores; a query for each device would take far longer.
  expect(Math.max(byId.ms, bySelector.ms), JSON.stringify([byId, bySelector])).toBeLessThan(2000);
}, 30_000);
