import { expect, test } from 'vitest';
import { insertNotification } from '#database/notifications.repository.ts';
import { Notifications, UnreadCount } from '#protocol/http/notifications.ts';
import { newId } from '#protocol/ids.ts';
import { type Caller, createTestApi } from '../testing/test-api.ts';

const api = createTestApi();

const told = async (person: Caller, title: string): Promise<string> => {
  api.pass(1);
  const id = newId('ntf', api.ids);
  const row = { id, user_id: person.user_id, title, text: '', link: null, cause: title };
  await api.db.batch([
    insertNotification(api.db, person.team_id, {
      ...row,
      kind: 'reservation_taken',
      created_at: api.now().toISOString(),
    }),
  ]);
  return id;
};

const list = async (person: Caller, search = '') =>
  Notifications.parse(await (await person.call('GET', `/api/notifications${search}`)).json());
const titles = async (person: Caller, search = '') => (await list(person, search)).items.map(({ title }) => title);
const read = (person: Caller, body: object) => person.call('POST', '/api/notifications/read', { body });

test('each person lists their own, the newest first, page by page', async () => {
  const mia = await api.newCaller('viewer');
  const theo = await api.newCaller('owner', mia.team_id);
  for (const title of ['a', 'b', 'c']) await told(mia, title);
  await told(theo, 'not mia’s');
  expect(await titles(mia)).toEqual(['c', 'b', 'a']);
  const first = await list(mia, '?limit=2');
  expect(await titles(mia, `?limit=2&cursor=${first.next_cursor}`)).toEqual(['a']);
  expect(first.unread_count).toBe(3);
});

test('what is read counts no more, once and for good', async () => {
  const mia = await api.newCaller('viewer');
  const [a] = [await told(mia, 'a'), await told(mia, 'b')];
  expect(UnreadCount.parse(await (await read(mia, { ids: [a] })).json())).toEqual({ unread_count: 1 });
  const { read_at } = (await list(mia, '?unread=false')).items[0] ?? {};
  api.pass(60);
  expect((await read(mia, { ids: [a] })).status).toBe(200);
  expect(await list(mia, '?unread=false')).toMatchObject({ items: [{ title: 'a', read_at }] });
  expect(await titles(mia, '?unread=true')).toEqual(['b']);
  expect(UnreadCount.parse(await (await read(mia, {})).json())).toEqual({ unread_count: 0 });
  expect(await titles(mia, '?unread=1')).toEqual([]);
});

test('nobody reads those of another person, and the field that names one is told', async () => {
  const mia = await api.newCaller('viewer');
  const theo = await api.newCaller('owner', mia.team_id);
  const [hers, his] = [await told(mia, 'hers'), await told(theo, 'his')];
  const refused = await read(theo, { ids: [his, hers] });
  expect([refused.status, await refused.json()]).toMatchObject([422, { errors: [{ path: 'ids.1' }] }]);
  await read(theo, {});
  expect((await list(mia)).unread_count).toBe(1);
});

test('of one cause a person is told once', async () => {
  const mia = await api.newCaller('viewer');
  await told(mia, 'a');
  await told(mia, 'a');
  expect(await titles(mia)).toEqual(['a']);
});

test('a filter that is neither yes nor no is refused', async () => {
  const mia = await api.newCaller('viewer');
  const response = await mia.call('GET', '/api/notifications?unread=perhaps');
  expect([response.status, await response.json()]).toMatchObject([400, { errors: [{ path: 'unread' }] }]);
});
