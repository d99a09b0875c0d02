/** What pages of schedules say while something goes wrong, and how they hold what does not fit. */
import { expect, type Page } from '@playwright/test';
import { Device } from '#protocol/http/hosts.ts';
import { pageOf } from '#protocol/http/page.ts';
import { CreatedSchedules } from '#protocol/http/schedules.ts';
import { open, openSignedIn, test } from './dashboard.ts';
import { Api } from './lab.ts';
import { faultsOf } from './page-checks.ts';

const LONG =
  'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft in a long sentence of its own';

/** The calendar shows a few a day: what is left here would hide what others look for. */
const made: string[] = [];

const nightly = async (api: Api, name = 'each night'): Promise<string> => {
  const { items } = await api.get('/devices', pageOf(Device));
  const { schedules } = await api.post(
    '/schedules',
    {
      name,
      action: { kind: 'command', command: 'true' },
      device_ids: items.map(({ id }) => id),
      recurrence: { type: 'daily', time: '04:00' },
    },
    CreatedSchedules,
  );
  made.push(...schedules.map(({ id }) => id));
  return String(schedules[0]?.id);
};

const zone = (page: Page) => page.getByRole('combobox', { name: 'Time zone' });
const runs = (page: Page) => page.getByRole('table', { name: 'Next runs' });

let api: Api;
test.beforeAll(async () => {
  api = await Api.signIn();
});
test.afterAll(async () => {
  for (const id of made) await api.delete(`/schedules/${id}`);
  await api.close();
});

test('the page that the server makes names the next runs already', async ({ page }) => {
  const path = `/schedules/${await nightly(api)}`;
  await openSignedIn(page, path);
  const made = await (await page.request.get(path)).text();
  expect(made).toContain('Next runs');
  expect(made).not.toContain('could not be worked out');
});

test('a time zone that was searched for and not chosen is not shown as chosen', async ({ page }) => {
  await openSignedIn(page, '/schedules/new');
  const chosen = await zone(page).inputValue();
  for (const key of ['Escape', 'Tab', 'Escape']) {
    await zone(page).fill('tokyo');
    await expect(page.getByRole('option', { name: /Tokyo/ })).toBeVisible();
    await page.keyboard.press(key);
    await expect(zone(page)).toHaveValue(chosen);
  }
  await zone(page).fill('tokyo');
  await page.getByRole('option', { name: /Tokyo/ }).click();
  await expect(zone(page)).toHaveValue('Asia/Tokyo');
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('option', { name: /Tokyo/ })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(zone(page), 'the one that is chosen stays chosen').toHaveValue('Asia/Tokyo');
});

test('runs that could not be worked out are not those of the recurrence before', async ({ page, errors }) => {
  await openSignedIn(page, '/schedules/new');
  await expect(runs(page)).toBeVisible();
  await page.route('**/api/schedules/preview', (route) => route.fulfill({ status: 503, body: '' }));
  await page.getByText('Weekly', { exact: true }).click();
  await expect(page.getByText('When it runs could not be worked out.')).toBeVisible();
  await expect(runs(page)).toHaveCount(0);
  await page.unroute('**/api/schedules/preview');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByText(/^At 09:00, only on Monday/).first()).toBeVisible();
  expect(errors.splice(0).every((text) => text.includes('503'))).toBe(true);
});

test('a failure is told in the dialog that caused it, and the focus stays', async ({ page, errors }) => {
  await openSignedIn(page, `/schedules/${await nightly(api)}`);
  await page.route('**/execute', (route) => route.fulfill({ status: 500, body: '' }));
  await page.getByRole('button', { name: 'Run now' }).click();
  const dialog = page.getByRole('alertdialog');
  await dialog.getByRole('button', { name: 'Run now' }).click();
  await expect(dialog.getByRole('alert')).toContainText('The server answered 500.');
  await expect(dialog.getByRole('button', { name: 'Run now' })).toBeFocused();
  expect(errors.splice(0)).toHaveLength(1);
});

test('long names stay within a phone', async ({ page }) => {
  const { items } = await api.get('/devices', pageOf(Device));
  const [device] = items;
  if (device === undefined) throw new Error('there is no device');
  await api.patch(`/devices/${device.id}`, { name: LONG }, Device);
  const id = await nightly(api, LONG);
  await page.setViewportSize({ width: 390, height: 844 });
  await openSignedIn(page, '/schedules');
  for (const path of [
    `/schedules/${id}`,
    `/schedules/${id}/edit`,
    `/hosts/${device.host_id}`,
    '/hosts',
    '/schedules',
  ]) {
    await open(page, path);
    expect(await faultsOf(page), path).toEqual([]);
  }
  await api.patch(`/devices/${device.id}`, { name: device.name }, Device);
});
