/** Scripts from the library: versions, secrets that stay secret, and reports that open without harm. */
import { expect, type Page } from '@playwright/test';
import { Script } from '#protocol/http/scripts.ts';
import { chooseDevice, deploy, onlineDevice, open, openSignedIn, targetStatus, test } from './dashboard.ts';
import { Api } from './lab.ts';
import { faultsOf } from './page-checks.ts';

const SECRET = 'hush-4711-hush';
/** A report that shows what it was given, and tries to leave its sandbox. */
const REPORTING = `echo "the token is $TOKEN"
cat > "$DEPLOYX_REPORT_DIR/index.html" <<'END'
<!doctype html><html lang="en"><title>Report</title><h1>All well</h1>
<p id="origin">unset</p><script>document.getElementById('origin').textContent = 'origin ' + self.origin;</script></html>
END
`;

const contentOf = async (page: Page): Promise<string> => `${await page.content()}${page.url()}`;

test('a secret shows nowhere in what its script leaves, and the report opens in a sandbox of its own', async ({
  page,
  context,
}) => {
  const api = await Api.signIn();
  const script = await api.post('/scripts', { name: 'reporting', interpreter: 'sh', content: REPORTING }, Script);
  await openSignedIn(page, '/hosts');
  const device = await onlineDevice(page);
  await open(page, `/deployments/new?script=${script.id}`);
  await page.getByRole('button', { name: 'Add a variable' }).click();
  await page.getByLabel('Name of variable 1').fill('TOKEN');
  await page.getByRole('button', { name: 'TOKEN is secret' }).click();
  await page.getByLabel('Value of TOKEN').fill(SECRET);
  await expect(page.getByLabel('Value of TOKEN')).toHaveAttribute('type', 'password');
  await chooseDevice(page, device.id);
  await deploy(page);

  await expect(targetStatus(page)).toHaveAttribute('data-status', 'completed');
  await expect(page.getByTestId('target-log')).toContainText('the token is ***');
  await page.getByText('Details', { exact: true }).click();
  await expect(page.getByText('TOKEN', { exact: false }).first()).toBeVisible();
  expect(await contentOf(page)).not.toContain(SECRET);
  expect(await faultsOf(page)).toEqual([]);
  await open(page, page.url());
  await expect(page.getByTestId('target-log')).toContainText('the token is ***');
  expect(await contentOf(page)).not.toContain(SECRET);

  const [report] = await Promise.all([
    context.waitForEvent('page'),
    page.getByRole('link', { name: 'index.html' }).click(),
  ]);
  await expect(report.getByRole('heading', { name: 'All well' })).toBeVisible();
  // Of no origin, it reaches neither the session nor the API of the dashboard.
  await expect(report.locator('#origin')).toHaveText('origin null');
  await open(page, page.url().replace(/\/deployments\/(dep_\w+).*/, '/deployments/new?from=$1'));
  await expect(page.getByText('Its secret values are not kept in readable form: type them again.')).toBeVisible();
  expect(await contentOf(page)).not.toContain(SECRET);
  await api.close();
});

test('an edited script is a new version, whose difference to the one before is shown', async ({ page }) => {
  await openSignedIn(page, '/scripts/new');
  await page.getByLabel('Name').fill('edited');
  const text = page.getByLabel('Script', { exact: true });
  await text.fill('echo one\necho two\n');
  await page.getByRole('button', { name: 'Add script' }).click();
  await page.waitForURL(/\/scripts\/scr_/);
  await expect(page.getByRole('listitem').filter({ hasText: 'Version 1' })).toBeVisible();

  await text.fill('echo one\necho three\nexit 0\n');
  await expect(page.getByText('Saving makes version 2.')).toBeVisible();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('listitem').filter({ hasText: 'Version 2' })).toBeVisible();
  await page.getByRole('button', { name: 'What version 2 changed' }).click();
  const difference = page.getByRole('figure', { name: 'From version 1 to version 2' });
  await expect(difference).toContainText('2 lines added, 1 line removed');
  await expect(difference).toContainText('removed: echo two');
  await expect(difference).toContainText('added: echo three');
  expect(await faultsOf(page)).toEqual([]);
});
