/** Opens every page that a link of the dashboard leads to, one of each kind, and judges it. */
import { expect, type Page } from '@playwright/test';
import { open, signIn, test } from './dashboard.ts';
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

/** Faults by the kind of the page, without those that have none. */
const judgeAll = async (page: Page): Promise<{ kinds: string[]; faults: Record<string, string[]> }> => {
  const seen = new Map<string, string>([['/', '/']]);
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
      const judged = await judgeAll(page);
      expect(judged.kinds).toEqual(
        expect.arrayContaining(['/hosts', '/hosts/:id', '/deployments/:id', '/deployments/new', '/files']),
      );
      expect({ ...faults, ...judged.faults }).toEqual({ '/login': [] });
    });
  });
}
