/** The form of a schedule: taken over from a deployment, filled in with the runs to come in view, and edited. */
import { expect, type Page } from '@playwright/test';
import { chooseDevice, onlineDevice, open, openSignedIn, test } from './dashboard.ts';
import { faultsOf } from './page-checks.ts';

const SECRET = 'hush-4712-hush';

test.use({ timezoneId: 'America/New_York' });

const command = (page: Page) => page.getByRole('textbox', { name: 'Command' });
const expression = (page: Page) => page.getByRole('textbox', { name: 'Cron expression' });
const runs = (page: Page) => page.getByRole('table', { name: 'Next runs' });
const recurring = (page: Page, type: string) => page.getByText(type, { exact: true }).click();

const chooseZone = async (page: Page, search: string, zone: string): Promise<void> => {
  await page.getByLabel('Time zone').fill(search);
  await page.getByRole('option', { name: zone }).click();
};

test('what was typed for a deployment becomes a schedule, whose edit keeps the secrets', async ({ page }) => {
  await openSignedIn(page, '/hosts');
  const device = await onlineDevice(page);
  await open(page, '/deployments/new');
  await command(page).fill('echo "$TOKEN"');
  await page.getByRole('button', { name: 'Add a variable' }).click();
  await page.getByLabel('Name of variable 1').fill('TOKEN');
  await page.getByRole('button', { name: 'TOKEN is secret' }).click();
  await page.getByLabel('Value of TOKEN').fill(SECRET);
  await chooseDevice(page, device.id);
  await page.getByRole('button', { name: 'Schedule it instead' }).click();

  await page.waitForURL('/schedules/new');
  await expect(command(page)).toHaveValue('echo "$TOKEN"');
  await expect(page.getByLabel('Value of TOKEN')).toHaveValue(SECRET);
  await page.getByRole('textbox', { name: /^Name optional/ }).fill('to be edited');
  await page.keyboard.press('Control+Enter');
  await page.waitForURL(/\/schedules\/sch_/);

  await page.getByRole('link', { name: 'Edit' }).click();
  await page.waitForURL(/\/edit$/);
  await expect(page.getByText('Its secret values are kept.')).toBeVisible();
  await expect(page.getByLabel('Value of TOKEN')).toHaveValue('');
  await page.getByRole('textbox', { name: /^Runs at most/ }).fill('7');
  const [sent] = await Promise.all([
    page.waitForRequest((request) => request.method() === 'PATCH'),
    page.getByRole('button', { name: 'Save' }).click(),
  ]);
  expect(sent.postDataJSON()).toEqual({ max_executions: 7 });
  await page.waitForURL(/\/schedules\/sch_\w+$/);
});

test('the next runs show while one types, in both zones, with what a clock change does to them', async ({ page }) => {
  await openSignedIn(page, '/schedules/new');
  await chooseZone(page, 'berlin', 'Europe/Berlin');
  await page.getByLabel('Not before optional', { exact: true }).fill('2027-03-27');
  await recurring(page, 'Cron');
  await expression(page).fill('30 2 * * *');
  await expect(runs(page)).toContainText('Sat, Mar 27, 2027, 02:30 GMT+1');
  await expect(runs(page)).toContainText('Fri, Mar 26, 2027, 21:30 EDT');
  await expect(runs(page)).toContainText('Clock change: 02:30 does not exist on this day');
  expect(await faultsOf(page)).toEqual([]);

  await expression(page).fill('30 24 * * *');
  await expect(page.getByRole('alert')).toContainText('hour');
  await expect(runs(page)).toHaveCount(0);
  await page.getByRole('button', { name: 'Schedule', exact: true }).click();
  await expect(command(page)).toBeFocused();
  expect(await faultsOf(page)).toEqual([]);
});

test('leaving what is not saved asks first', async ({ page }) => {
  await openSignedIn(page, '/schedules/new');
  await command(page).fill('uptime');
  page.once('dialog', (dialog) => dialog.dismiss());
  await page.getByRole('link', { name: 'Cancel' }).click();
  await expect(command(page)).toHaveValue('uptime');
  page.once('dialog', (dialog) => dialog.accept());
  await page.getByRole('link', { name: 'Cancel' }).click();
  await expect(page).toHaveURL('/schedules');
});
