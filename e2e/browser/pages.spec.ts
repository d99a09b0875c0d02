/** Opens every page that a link of the dashboard leads to, one of each kind, and judges it. */
import { expect, type Page } from '@playwright/test';
import { CreatedDeployment } from '#protocol/http/deployments.ts';
import { Device } from '#protocol/http/hosts.ts';
import { pageOf } from '#protocol/http/page.ts';
import { CreatedSchedules, ExecutedSchedule } from '#protocol/http/schedules.ts';
import { Script } from '#protocol/http/scripts.ts';
import type { SpecInput } from '#protocol/spec.ts';
import { open, signIn, test } from './dashboard.ts';
import { Api } from './lab.ts';
import { faultsOf } from './page-checks.ts';

/** Opening this many takes seconds; there are about twenty kinds. */
const MAX_PAGES = 60;

/** `/hosts/host_…` and its like are one kind; so is a page with any query. */
const kindOf = (path: string): string => path.replace(/\?.*/, '').replaceAll(/\/[a-z]{2,5}_[0-9a-z]+/g, '/:id');

const linksOf = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLAnchorElement>('a[href^="/"]:not([download])')]
      .map((link) => link.getAttribute('href') ?? '')
      .filter((path) => !path.startsWith('/api/') && !path.includes('#')),
  );

const scheduleThatRan = async (api: Api, action: SpecInput['action'], devices: readonly Device[]): Promise<string> => {
  const request = {
    name: 'each night',
    action,
    device_ids: devices.map(({ id }) => id),
    recurrence: { type: 'daily', time: '04:00' },
  };
  const id = (await api.post('/schedules', request, CreatedSchedules)).schedules[0]?.id;
  const { deployment_id } = await api.post(`/schedules/${id}/execute`, {}, ExecutedSchedule);
  await api.untilEnded(deployment_id);
  return String(id);
};

/** A script, and a deployment with its retry: what some kinds of pages show, and no link leads to without. */
const pagesWithContent = async (): Promise<string[]> => {
  const api = await Api.signIn();
  const script = await api.post('/scripts', { name: 'to look at', interpreter: 'sh', content: 'exit 1\n' }, Script);
  const { items } = await api.get('/devices', pageOf(Device));
  const action = { kind: 'script' as const, script_id: script.id };
  const failed = await api.deploy({ action, device_ids: items.map(({ id }) => id) });
  await api.untilEnded(failed);
  const { deployment_id: retry } = await api.post(`/deployments/${failed}/retry`, {}, CreatedDeployment);
  await api.untilEnded(retry);
  const schedule = await scheduleThatRan(api, action, items);
  await api.close();
  return [
    `/schedules/${schedule}`,
    '/schedules/calendar',
    '/settings/history',
    `/scripts/${script.id}`,
    `/deployments/${retry}`,
    `/deployments/${retry}/compare?with=${failed}`,
  ];
};

/** Faults by the kind of the page, without those that have none. */
const judgeAll = async (
  page: Page,
  paths: readonly string[],
): Promise<{ kinds: string[]; faults: Record<string, string[]> }> => {
  const seen = new Map(paths.map((path) => [kindOf(path), path]));
  const faults: Record<string, string[]> = {};
  for (const [kind, path] of seen) {
    await open(page, path);
    const found = await faultsOf(page);
    if (found.length > 0) faults[kind] = found;
    for (const link of await linksOf(page))
      if (!seen.has(kindOf(link)) && seen.size < MAX_PAGES) seen.set(kindOf(link), link);
  }
  return { kinds: [...seen.keys()], faults };
};

let content: string[];
test.beforeAll(async () => {
  content = await pagesWithContent();
});

for (const [name, options] of [
  ['on a desk', { viewport: { width: 1280, height: 800 } }],
  [
    'on a phone, in the dark',
    { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, colorScheme: 'dark' as const },
  ],
] as const) {
  test.describe(name, () => {
    test.use(options);

    test('every page can be read, heard and found one’s way in', async ({ page }) => {
      await open(page, '/');
      const faults = { '/login': await faultsOf(page) };
      await signIn(page);
      await page.waitForURL('/');
      const judged = await judgeAll(page, ['/', ...content]);
      expect(judged.kinds).toEqual(
        expect.arrayContaining([
          '/hosts',
          '/hosts/:id',
          '/deployments/:id',
          '/schedules/:id',
          '/schedules/calendar',
          '/deployments/:id/compare',
          '/deployments/new',
          '/files',
          '/scripts',
          '/scripts/:id',
          '/scripts/new',
        ]),
      );
      expect({ ...faults, ...judged.faults }).toEqual({ '/login': [] });
    });
  });
}
