/** Deployments in waves as a person plans, watches and steers them, on three real agents. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, type Page } from '@playwright/test';
import { z } from 'zod';
import { Group } from '#protocol/http/groups.ts';
import { chooseDevice, open, openSignedIn, test } from './dashboard.ts';
import { Lab } from './lab.ts';
import { faultsOf } from './page-checks.ts';

let lab: Lab;
test.beforeAll(async () => {
  lab = await Lab.start(['wave-a', 'wave-b', 'wave-c']);
});
test.afterAll(() => lab.stop());

const waves = (page: Page) => page.getByTestId('waves').getByRole('listitem');
const status = (page: Page) => page.getByTestId('deployment-status');
const review = (page: Page) => page.getByRole('dialog');

const fillCommand = async (page: Page, command: string): Promise<void> => {
  await page.getByRole('textbox', { name: 'Command', exact: true }).fill(command);
  for (const id of lab.deviceIds) await chooseDevice(page, id);
};

/** Says it to the deployment of the page, and confirms what the dialog says it will do. */
const tell = async (page: Page, word: string, effect: string | RegExp): Promise<void> => {
  await page.getByRole('button', { name: word, exact: true }).click();
  const dialog = page.getByRole('alertdialog');
  await expect(dialog).toContainText(effect);
  await dialog.getByRole('button', { name: word, exact: true }).click();
  await expect(dialog).toBeHidden();
};

const deployReviewed = async (page: Page): Promise<void> => {
  await review(page).getByRole('button', { name: 'Deploy' }).click();
  await page.waitForURL(/\/deployments\/dep_/);
};

test('a canary is drawn and reviewed before it goes, and lets the others go when a person promotes it', async ({
  page,
}) => {
  await openSignedIn(page, '/deployments/new');
  await fillCommand(page, 'echo went');
  await page.getByText('Canary', { exact: true }).click();
  await page.getByLabel('Canary devices').fill('1');
  await page.getByLabel('Watch them for, seconds').fill('0');
  await page.getByLabel('Promoted').click();
  await page.getByRole('option', { name: 'By a person' }).click();
  await expect(page.getByRole('figure')).toContainText(
    'Canary, 1 device; then a person promotes; then The others, 2 devices. The first failure stops it.',
  );

  await page.getByRole('button', { name: 'Review', exact: true }).click();
  await expect(review(page)).toContainText('3 targets in 2 waves. Nothing has been changed yet.');
  const planned = review(page).getByRole('group');
  await expect(planned.nth(0)).toContainText(/Canary\s+1 device, 1 target/);
  await expect(planned.nth(1)).toContainText(/The others\s+2 devices, 2 targets/);
  expect(await faultsOf(page)).toEqual([]);
  await deployReviewed(page);

  await expect(waves(page).nth(0)).toContainText('Done');
  await expect(waves(page).nth(0)).toContainText('Waits for a person');
  await expect(waves(page).nth(0)).toContainText(/The others goes when somebody promotes it.* in \d+ (min|h|d)/);
  await expect(waves(page).nth(1)).toContainText('Waits');
  await expect(page.locator('[data-target-id] [data-status="completed"]')).toHaveCount(1);
  expect(await faultsOf(page)).toEqual([]);

  await tell(page, 'Promote', 'The others goes now. 2 targets wait for it.');
  await expect(status(page)).toHaveText('Completed');
  await expect(page.locator('[data-target-id] [data-status="completed"]')).toHaveCount(3);
  await expect(waves(page).filter({ hasText: 'Done' })).toHaveCount(2);
});

test('a plan that changed since it was reviewed deploys nothing, says what is different, and offers the new one', async ({
  page,
  errors,
}) => {
  const [first, second] = [lab.at(0), lab.at(1)];
  const group = await lab.api.post('/groups', { name: 'reviewed', device_ids: [first.deviceId] }, Group);
  await openSignedIn(page, `/deployments/new?group=${group.id}`);
  await page.getByRole('textbox', { name: 'Command', exact: true }).fill('echo reviewed');
  await page.getByRole('button', { name: 'Review', exact: true }).click();
  await expect(review(page)).toContainText('1 target in 1 wave');
  await lab.api.post(`/groups/${group.id}/members`, { device_ids: [second.deviceId] }, z.unknown());

  await review(page).getByRole('button', { name: 'Deploy' }).click();
  await expect(review(page)).toContainText('Nothing was deployed: the plan has changed since you looked');
  await expect(review(page).getByRole('listitem').filter({ hasText: 'Devices added' })).toContainText(second.name);
  await expect(review(page)).toContainText('2 targets in 1 wave');
  expect(new URL(page.url()).pathname).toBe('/deployments/new');
  // The browser itself notes every answer of this kind.
  expect(errors.splice(0)).toEqual([expect.stringContaining('409')]);
  await deployReviewed(page);
  await expect(page.locator('[data-target-id] [data-status="completed"]')).toHaveCount(2);
});

test('a deployment that is paused lets nothing further go until it is resumed', async ({ page }, testInfo) => {
  const sign = testInfo.outputPath('go-on');
  mkdirSync(dirname(sign), { recursive: true });
  const id = await lab.api.deploy({
    name: 'paused on the way',
    action: { kind: 'command', command: `until [ -e '${sign}' ]; do sleep 0.1; done` },
    device_ids: lab.deviceIds,
    strategy: { type: 'rolling', batch_size: 1 },
    timeout_seconds: 60,
  });
  await openSignedIn(page, `/deployments/${id}`);
  await expect(page.locator('[data-target-id] [data-status="running"]')).toHaveCount(1);
  await tell(page, 'Pause', /Nothing further goes to a host until somebody resumes it: 2 targets wait/);
  await expect(status(page)).toHaveText('Paused');
  writeFileSync(sign, '');
  await expect(page.locator('[data-target-id] [data-status="completed"]')).toHaveCount(1);
  await expect(waves(page).nth(0)).toContainText('1 / 1');
  await expect(status(page)).toHaveText('Paused');
  await expect(page.locator('[data-target-id] [data-status="pending"]')).toHaveCount(2);

  await tell(page, 'Resume', 'It goes on where it stopped: 2 targets that wait start');
  await expect(status(page)).toHaveText('Completed');
  await expect(page.locator('[data-target-id] [data-status="completed"]')).toHaveCount(3);
});

/** A file that stands on the machine already, and what is deployed over it. */
const fileOver = async (path: string, before: string, after: string): Promise<string> => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, before);
  const stored = await lab.api.upload('app.conf', after);
  return stored.id;
};

test('files that fail their health check are taken back, and the page says why it stopped and leads to what took them back', async ({
  page,
}, testInfo) => {
  const path = testInfo.outputPath('disk', 'app.conf');
  const file = await fileOver(path, 'as it was\n', 'not healthy\n');
  const id = await lab.api.deploy({
    name: 'unhealthy files',
    action: { kind: 'files', file_ids: [file], destination: path },
    health_check: { type: 'command', command: 'false', retries: 0 },
    device_ids: lab.deviceIds,
    strategy: { type: 'rolling', batch_size: 1, max_failures: 0 },
    rollback_on_failure: true,
  });
  await openSignedIn(page, `/deployments/${id}`);
  await expect(status(page)).toHaveText('Failed');
  await expect(page.getByText('Stopped: more than 0 failures.')).toBeVisible();
  await expect(page.locator('[data-target-id] [data-status="skipped"]')).toHaveCount(2);
  const related = page.getByRole('list', { name: 'Related deployments' });
  await expect(related).toContainText('by itself, because it failed');
  await related.getByRole('link').click();
  await expect(page.getByText('Rollback of')).toBeVisible();
  await expect(status(page)).toHaveText('Completed');
  expect(readFileSync(path, 'utf8')).toBe('as it was\n');
});

test('a rollback says what it will do before it is asked for, and puts the file back', async ({ page }, testInfo) => {
  const path = testInfo.outputPath('disk', 'app.conf');
  const file = await fileOver(path, 'as it was\n', 'the new one\n');
  const id = await lab.api.deploy({
    name: 'files to take back',
    action: { kind: 'files', file_ids: [file], destination: path },
    device_ids: [lab.at(0).deviceId],
  });
  await openSignedIn(page, `/deployments/${id}`);
  await expect(status(page)).toHaveText('Completed');
  expect(readFileSync(path, 'utf8')).toBe('the new one\n');

  await page.getByRole('button', { name: 'More for files to take back' }).click();
  await page.getByRole('menuitem', { name: 'Roll back' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText(/Can be taken back\s*1 target/);
  await expect(dialog.getByRole('listitem')).toContainText(lab.at(0).name);
  await expect(dialog.getByRole('listitem')).toContainText('Undone');
  expect(await faultsOf(page)).toEqual([]);
  expect(readFileSync(path, 'utf8')).toBe('the new one\n');
  await dialog.getByRole('button', { name: 'Roll back 1 target' }).click();
  await expect(page.getByText('Rollback of')).toBeVisible();
  await expect(status(page)).toHaveText('Completed');
  expect(readFileSync(path, 'utf8')).toBe('as it was\n');
});

test('a retry repeats what failed, and is compared with what it came from', async ({ page }, testInfo) => {
  const cure = testInfo.outputPath('cure');
  expect(existsSync(cure)).toBe(false);
  mkdirSync(dirname(cure), { recursive: true });
  const id = await lab.api.deploy({
    name: 'sick once',
    action: { kind: 'command', command: `test -e '${cure}'` },
    device_ids: [lab.at(0).deviceId],
  });
  await openSignedIn(page, `/deployments/${id}`);
  await expect(status(page)).toHaveText('Failed');
  writeFileSync(cure, '');
  await page.getByRole('button', { name: 'Retry' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Retry' }).click();
  await expect(page.getByText('Retry of')).toBeVisible();
  await expect(status(page)).toHaveText('Completed');
  await page.getByRole('link', { name: 'what differs' }).click();
  await expect(page.getByText('Two deployments, target by target.')).toBeVisible();
  await expect(page.getByText('The same in both.')).toBeVisible();
  const row = page.getByRole('row').filter({ hasText: lab.at(0).name });
  await expect(row).toContainText('Fixed');
  expect(await faultsOf(page)).toEqual([]);
  await open(page, page.url());
  await expect(row).toContainText('Fixed');
});
