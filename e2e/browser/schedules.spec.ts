/** A schedule of every minute from its form to its calendar, on a real agent: real minutes pass. */
import { writeFileSync } from 'node:fs';
import { expect, type Locator, type Page } from '@playwright/test';
import { chooseDevice, onlineDevice, open, openSignedIn, test } from './dashboard.ts';
import { faultsOf } from './page-checks.ts';

const NAME = 'every minute in a browser';
/** Until a minute begins, and what it starts is seen. */
const MINUTE = { timeout: 80_000 };

/** The first run says something and goes on until the file is there; later ones find it. */
const waitFor = (file: string): string => `echo started; until [ -e '${file}' ]; do sleep 0.1; done; echo ended`;

const status = (page: Page): Locator => page.getByTestId('schedule-status');
const overview = (page: Page, term: string): Locator =>
  page.locator('dl > div', { has: page.getByRole('term').filter({ hasText: new RegExp(`^${term}$`) }) }).first();
const executions = (page: Page): Locator => page.locator('[data-execution-id]');
/** The oldest is the last one. */
const firstExecution = (page: Page): Locator => executions(page).last().getByTestId('execution-status');

const create = async (page: Page, command: string): Promise<void> => {
  await openSignedIn(page, '/hosts');
  const device = await onlineDevice(page);
  await page.getByRole('link', { name: 'Schedules', exact: true }).first().click();
  await page.getByRole('link', { name: 'New schedule' }).first().click();
  await page.waitForURL('/schedules/new');
  await page.getByRole('textbox', { name: 'Command' }).fill(command);
  await chooseDevice(page, device.id);
  await page.getByText('Cron', { exact: true }).click();
  await page.getByRole('textbox', { name: 'Cron expression' }).fill('* * * * *');
  await expect(page.getByRole('table', { name: 'Next runs' }).getByRole('row')).toHaveCount(6);
  await page.getByRole('textbox', { name: /^Name optional/ }).fill(NAME);
  await page.getByRole('button', { name: 'Schedule', exact: true }).click();
  await page.waitForURL(/\/schedules\/sch_\w+$/);
};

test('a person makes a schedule, sees it count down and run, pauses and edits it, and finds it in the calendar', async ({
  page,
  context,
}, testInfo) => {
  test.setTimeout(240_000);
  const sign = testInfo.outputPath('go-on');
  await create(page, waitFor(sign));
  const address = page.url();
  const openedAt = await page.evaluate(() => performance.timeOrigin);
  await expect(status(page)).toHaveText('Active');

  const next = overview(page, 'Next run').getByRole('time');
  const before = await next.textContent();
  await expect(next).toHaveText(/^(?:in \d+ (?:s|min.*)|due now)$/);
  await expect(next).not.toHaveText(before ?? '');

  await expect(page.getByText('Running', { exact: true }).first()).toBeVisible(MINUTE);
  await expect(firstExecution(page)).toHaveText('Running');
  await expect(next).toHaveText(/^in /);
  const log = await context.newPage();
  await open(log, new URL(await linkOf(executions(page).last(), 'Log'), address).href);
  await expect(log.getByTestId('target-log')).toContainText('started');
  await expect(log.locator('[data-target-id]').getByTestId('target-status')).toHaveAttribute('data-status', 'running');

  writeFileSync(sign, '');
  await expect(log.getByTestId('target-log')).toContainText('ended');
  await log.close();
  await expect(firstExecution(page)).toHaveText('Completed');
  await expect(overview(page, 'Runs')).toContainText(/[12]\/∞/);
  expect(await page.evaluate(() => performance.timeOrigin), 'all of it came by itself').toBe(openedAt);

  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(status(page)).toHaveText('Paused');
  await expect(overview(page, 'Next run')).toContainText('when resumed');
  expect(await faultsOf(page)).toEqual([]);

  await page.getByRole('link', { name: 'Edit', exact: true }).click();
  await page.waitForURL(/\/edit$/);
  await page.getByText('Daily', { exact: true }).click();
  await page.getByLabel('At', { exact: true }).fill('04:30');
  await page.getByRole('textbox', { name: /^Runs at most/ }).fill('7');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.waitForURL(address);
  await expect(overview(page, 'Runs')).toContainText(/[12]\/7/);
  await expect(status(page)).toHaveText('Paused');
  await page.getByRole('button', { name: 'Resume', exact: true }).click();
  await expect(status(page)).toHaveText('Active');
  await expect(next).toHaveText(/^in .+/);
  await expect(page.getByText('30 4 * * *', { exact: true })).toBeVisible();

  await page.getByRole('link', { name: 'Schedules', exact: true }).first().click();
  const row = page.locator('[data-schedule-id]', { hasText: NAME });
  await expect(row.getByTestId('schedule-status')).toHaveText('Active');
  await expect(row.getByRole('time').first()).toHaveText(/^in /);
  await page.getByRole('link', { name: 'Calendar' }).click();
  await page.waitForURL(/\/schedules\/calendar/);
  const past = page.getByRole('link', { name: new RegExp(`${NAME}.*completed`, 'i') });
  await expect(past.first()).toBeVisible();
  await expect(page.getByRole('link', { name: new RegExp(`${NAME}.*to come`, 'i') }).first()).toBeVisible();
  expect(await faultsOf(page)).toEqual([]);
  await past.first().click();

  await open(page, address);
  await page.getByRole('button', { name: `More for ${NAME}` }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('button', { name: 'Delete schedule' }).click();
  await page.waitForURL('/schedules');
  await expect(page.locator('[data-schedule-id]', { hasText: NAME })).toHaveCount(0);
});

const linkOf = async (row: Locator, name: string): Promise<string> => {
  const href = await row.getByRole('link', { name, exact: true }).getAttribute('href');
  if (href === null) throw new Error(`the row has no link ${name}`);
  return href;
};
