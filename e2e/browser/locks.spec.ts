/** Two people and one device: reserved by one, taken over by the other, who sees what waits for it. */
import { type Browser, expect, type Page } from '@playwright/test';
import { onlineDevice, open, openSignedIn, signIn, test, untilReady } from './dashboard.ts';

const MIA = { username: 'mia', password: 'mia has a long one' };

/** The admin makes her an account, and she signs in beside. */
const openAsMia = async (browser: Browser, admin: Page, path: string): Promise<Page> => {
  const made = await admin.request.post('/api/members', {
    data: { ...MIA, role: 'operator' },
    headers: { origin: new URL(admin.url()).origin },
  });
  expect([201, 409]).toContain(made.status());
  const page = await (await browser.newContext()).newPage();
  await open(page, path);
  await signIn(page, MIA.password, MIA.username);
  await page.waitForURL((url) => url.pathname === path);
  await untilReady(page);
  return page;
};

test('a reservation that an admin takes over is told to its holder at once, and the lock says who has it and who waits', async ({
  page,
  browser,
}) => {
  await openSignedIn(page, '/hosts');
  const { id, chip } = await onlineDevice(page);
  const mia = await openAsMia(browser, page, '/hosts');
  const hers = mia.locator(`[data-device-id="${id}"]`);

  await hers.getByTestId('device-free').click();
  await mia.getByLabel('Reason').fill('Debugging');
  await mia.getByRole('button', { name: 'Reserve', exact: true }).click();
  await expect(hers.getByTestId('device-lock')).toBeVisible();

  await page.request.post('/api/deployments', {
    data: { name: 'Waits here', action: { kind: 'command', command: 'true' }, device_ids: [id] },
    headers: { origin: new URL(page.url()).origin },
  });
  const lock = chip.getByTestId('device-lock');
  await expect(lock).toHaveAccessibleName(/Reserved by mia, 1 job waiting/);
  // By the keyboard, as everything.
  await lock.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText('Debugging')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Waits here' })).toBeVisible();
  await page.getByRole('button', { name: 'Take over' }).click();
  await page.getByLabel('Reason').fill('Demo');
  await page.getByRole('dialog').getByRole('button', { name: 'Take over' }).click();

  await expect(mia.getByText(/^admin took over /).first()).toBeVisible();
  await expect(mia.getByTestId('notification-bell').first()).toHaveAccessibleName('Notifications, 1 unread');
  await mia.getByTestId('notification-bell').first().click();
  await mia.getByRole('button', { name: 'Mark all as read' }).click();
  await expect(mia.getByTestId('notification-bell').first()).toHaveAccessibleName('Notifications');
  await expect(hers.getByTestId('device-lock')).toHaveAccessibleName(/Reserved by admin/);

  await lock.click();
  await page.getByRole('button', { name: 'Release' }).click();
  await expect(chip.getByTestId('device-lock')).toHaveCount(0);
  await expect(hers.getByTestId('device-lock')).toHaveCount(0);
  await mia.context().close();
});
