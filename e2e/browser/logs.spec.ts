/** Output of a million lines, in a real browser, from a real agent. */
import type { Locator, Page } from '@playwright/test';
import { expect } from '@playwright/test';
import { chooseDevice, deploy, onlineDevice, open, openSignedIn, targetStatus, test } from './dashboard.ts';

const LINES = 1_000_000;
/** From the last line up, so that no two lines look alike, and with colors. */
const COMMAND = `awk 'BEGIN { for (i = 1; i <= ${LINES}; i++) printf "line %d \\033[3%dmcolor\\033[0m\\n", i, i % 8 }'`;
/** A second is the target, which a quiet machine keeps with room to spare; this one may be busy with other tests. */
const OPENS_WITHIN_MS = 3_000;

/** Waits in the page itself, so that the time is the page's. */
const untilShown = (page: Page, text: string): Promise<number> =>
  page.evaluate(async (wanted) => {
    const begun = performance.now();
    const shows = () => document.querySelector('[data-testid="target-log"]')?.textContent?.includes(wanted) === true;
    while (!shows()) {
      if (performance.now() - begun > 20_000) throw new Error(`${wanted} did not show`);
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    return performance.now();
  }, text);

const lineNumbers = (log: Locator): Promise<number[]> =>
  log.locator('[data-line]').evaluateAll((cells) => cells.map((cell) => Number(cell.getAttribute('data-line'))));

test('a million lines open at once, scroll, are searched, and are linked to', async ({ page }, testInfo) => {
  test.setTimeout(240_000);
  await openSignedIn(page, '/hosts');
  const device = await onlineDevice(page);
  await open(page, '/deployments/new');
  await page.getByRole('textbox', { name: 'Command' }).fill(COMMAND);
  await chooseDevice(page, device.id);
  await deploy(page);
  await expect(targetStatus(page)).toHaveAttribute('data-status', 'completed', { timeout: 120_000 });
  const log = page.getByTestId('target-log');
  await expect(log).toContainText(`line ${LINES} color`);

  const address = page.url();
  await page.goto(address, { waitUntil: 'commit' });
  const openedMs = await untilShown(page, `line ${LINES} color`);
  testInfo.annotations.push({ type: 'opened', description: `${Math.round(openedMs)} ms after the navigation` });
  expect(openedMs).toBeLessThan(OPENS_WITHIN_MS);
  await expect(page.getByText('1,000,000 lines')).toBeVisible();

  // The scroll bar, to the middle and to both ends.
  for (const [fraction, line] of [
    [0.5, 500_000],
    [0, 1],
    [1, LINES],
  ] as const) {
    const before = await page.evaluate(() => performance.now());
    await log.evaluate((box, to) => {
      box.scrollTop = (box.scrollHeight - box.clientHeight) * to;
    }, fraction);
    const numbers = await log.evaluate(async (box, near) => {
      const read = () => [...box.querySelectorAll('[data-line]')].map((cell) => Number(cell.getAttribute('data-line')));
      while (!read().some((number) => Math.abs(number - near) < 50))
        await new Promise((resolve) => requestAnimationFrame(resolve));
      return read();
    }, line);
    const shown = await untilShown(page, `line ${numbers[2]} color`);
    testInfo.annotations.push({ type: `to ${fraction}`, description: `${Math.round(shown - before)} ms` });
    expect(shown - before).toBeLessThan(OPENS_WITHIN_MS);
  }

  // The wheel moves by what it turns, without holes or repeats, whatever the scroll bar stands for.
  await log.evaluate((box) => {
    box.scrollTop = box.scrollHeight / 3;
  });
  await page.waitForTimeout(400);
  const [first = 0] = await lineNumbers(log);
  await log.hover();
  for (let turn = 0; turn < 10; turn++) await page.mouse.wheel(0, 200);
  await expect.poll(async () => (await lineNumbers(log))[0]).toBe(first + 100);
  const numbers = await lineNumbers(log);
  expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));

  // Keys and search.
  await log.focus();
  await page.keyboard.press('g');
  await expect(log).toContainText('line 1 color');
  await page.keyboard.press('/');
  await page.keyboard.type('line 87654');
  await expect(page.getByText('1 of 11')).toBeVisible({ timeout: 20_000 });
  await expect(log).toContainText('line 87654 color');
  await log.focus();
  await page.keyboard.press('n');
  await expect(log).toContainText('line 876540 color');
  await page.keyboard.press('N');
  await expect(log).toContainText('line 87654 color');
  await page.keyboard.press('G');
  await expect(log).toContainText(`line ${LINES} color`);

  // A link to a line.
  await page.getByLabel('Go to line').fill('123,456');
  await page.getByLabel('Go to line').press('Enter');
  await expect(log).toContainText('line 123456 color');
  await expect(page).toHaveURL(/line=123456/);
  await open(page, page.url());
  await expect(log).toContainText('line 123456 color');
});
