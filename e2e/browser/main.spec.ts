/** The main paths through the dashboard, in a real browser, against the whole system with a real agent. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from '@playwright/test';
import { chooseDevice, deploy, onlineDevice, open, openSignedIn, signIn, targetStatus, test } from './dashboard.ts';

const PHONE = { width: 390, height: 844 };

/** Says something, and goes on to its end when the file is there. */
const waitFor = (file: string): string => `echo started; until [ -e '${file}' ]; do sleep 0.1; done; echo ended`;

test('a wrong password says so and signs nobody in', async ({ page, errors }) => {
  await open(page, '/');
  await signIn(page, 'not-the-password');
  await expect(page.getByRole('alert')).toContainText('password is not right');
  await expect(page).toHaveURL(/\/login/);
  // The browser itself notes every answer of this kind.
  expect(errors.splice(0)).toEqual([expect.stringContaining('401')]);
});

for (const [name, options] of [
  ['', {}],
  [' on a phone, in the dark', { viewport: PHONE, hasTouch: true, colorScheme: 'dark' as const }],
] as const) {
  test.describe(`a command${name}`, () => {
    test.use(options);

    test('locks its device while it runs, and shows its output as it comes', async ({ page, context }, testInfo) => {
      await openSignedIn(page, '/hosts');
      const hosts = page;
      const device = await onlineDevice(hosts);
      await expect(device.chip.getByTestId('device-lock')).toHaveCount(0);
      const openedAt = await hosts.evaluate(() => performance.timeOrigin);

      const sign = testInfo.outputPath('go-on');
      const deployment = await context.newPage();
      await open(deployment, '/deployments/new');
      await deployment.getByRole('textbox', { name: 'Command' }).fill(waitFor(sign));
      await chooseDevice(deployment, device.id);
      await deploy(deployment);

      await expect(device.chip.getByTestId('device-lock')).toBeVisible();
      const log = deployment.getByTestId('target-log');
      await expect(log).toContainText('started');
      await expect(targetStatus(deployment)).toHaveAttribute('data-status', 'running');

      writeFileSync(sign, '');
      await expect(targetStatus(deployment)).toHaveAttribute('data-status', 'completed');
      await expect(targetStatus(deployment)).toHaveText('Completed');
      await expect(log).toContainText('ended');
      await expect(device.chip.getByTestId('device-lock')).toHaveCount(0);
      expect(await hosts.evaluate(() => performance.timeOrigin)).toBe(openedAt);
    });
  });
}

test('a file goes up through the page and arrives on the machine', async ({ page }, testInfo) => {
  const content = `made at ${testInfo.outputDir}\n`;
  await openSignedIn(page, '/files');
  await page
    .getByLabel('Files to upload')
    .setInputFiles({ name: 'motd.txt', mimeType: 'text/plain', buffer: Buffer.from(content) });
  await page.getByRole('link', { name: 'Deploy motd.txt' }).click();

  const destination = testInfo.outputPath('delivered', 'motd.txt');
  await page.getByRole('textbox', { name: 'Destination' }).fill(destination);
  const device = await page.locator('main [data-device-id]').getAttribute('data-device-id');
  await chooseDevice(page, device ?? 'none');
  await deploy(page);
  await expect(targetStatus(page)).toHaveAttribute('data-status', 'completed');
  expect(readFileSync(destination, 'utf8')).toBe(content);
});

test('who has signed out gets in nowhere without signing in again', async ({ page }) => {
  await openSignedIn(page, '/deployments');
  await page.getByRole('button', { name: 'Account of admin' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.waitForURL(/\/login/);
  await open(page, '/hosts');
  await expect(page).toHaveURL(/\/login\?next=%2Fhosts/);
  await expect(page.getByTestId('login-submit')).toBeVisible();
});
