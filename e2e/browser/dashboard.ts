/** The dashboard as a person uses it. A test also fails when any page that it opened had an error in its console. */
import { type BrowserContext, expect, type Locator, type Page, test as playwrightTest } from '@playwright/test';
import { ADMIN } from './system.ts';

const watchErrors = (context: BrowserContext): string[] => {
  const errors: string[] = [];
  context.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      errors.push(`${message.page()?.url()}: ${message.text()}`);
  });
  context.on('weberror', (error) => errors.push(String(error.error())));
  return errors;
};

/** `errors` holds what the consoles said; a test takes out of it what it expects. */
export const test = playwrightTest.extend<{ errors: string[] }>({
  errors: [
    async ({ context }, use) => {
      const errors = watchErrors(context);
      await use(errors);
      expect(errors, 'errors in the console').toEqual([]);
    },
    { auto: true },
  ],
});

/** What is clicked before the page's code runs is lost. */
export const untilReady = (page: Page): Promise<void> => page.locator('body[data-hydrated]').waitFor();

export const open = async (page: Page, path: string): Promise<void> => {
  await page.goto(path);
  await untilReady(page);
};

export const signIn = async (page: Page, password = ADMIN.password, username = ADMIN.username): Promise<void> => {
  await page.getByTestId('login-username').fill(username);
  await page.getByTestId('login-password').fill(password);
  await page.getByTestId('login-submit').click();
};

/** Signs in and ends on the page, which had asked for it. */
export const openSignedIn = async (page: Page, path: string): Promise<void> => {
  await open(page, path);
  await expect(page).toHaveURL(/\/login/);
  await signIn(page);
  await page.waitForURL((url) => url.pathname + url.search === path);
  await untilReady(page);
};

/** This machine in the list of hosts, once its agent is connected. */
export const onlineDevice = async (page: Page): Promise<{ id: string; chip: Locator }> => {
  await expect(page.getByText('online now')).toBeVisible();
  const id = await page.locator('main [data-device-id]').getAttribute('data-device-id');
  if (id === null) throw new Error('the list shows no device');
  return { id, chip: page.locator(`[data-device-id="${id}"]`) };
};

/** In a form for a deployment. */
export const chooseDevice = async (page: Page, id: string): Promise<void> => {
  const row = page.locator(`[data-device-id="${id}"]`);
  await page.locator('label', { has: row }).getByRole('checkbox').check();
};

export const deploy = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'Deploy', exact: true }).click();
  await page.waitForURL(/\/deployments\/dep_/);
};

/** The one target of a deployment's page. */
export const targetStatus = (page: Page): Locator => page.locator('[data-target-id]').getByTestId('target-status');
