import { env } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { type IdSource, newId } from '#protocol/ids.ts';
import { findActiveColor, recordActiveColor } from './active-colors.repository.ts';
import { openDatabase } from './database.ts';

const db = openDatabase(env.DB);
const ids: IdSource = {
  now: () => Date.now(),
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
};

test('an older switch of blue and green that is recorded once more changes nothing', async () => {
  const team_id = newId('team', ids);
  const [blue_group_id, green_group_id] = [newId('grp', ids), newId('grp', ids)];
  const color = (active: 'blue' | 'green', switched_at: string) => ({
    blue_group_id,
    green_group_id,
    active,
    deployment_id: newId('dep', ids),
    switched_at,
  });
  const first = color('green', '2026-03-01T12:00:00.000Z');
  const second = color('blue', '2026-03-01T12:05:00.000Z');
  for (const one of [first, second, first]) await db.batch([recordActiveColor(db, team_id, one)]);
  expect(await findActiveColor(db, team_id, blue_group_id, green_group_id)).toEqual(second);
});
