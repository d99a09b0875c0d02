/** Uploads that break off, and the rules that a team has for files. */
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { expect, type Page } from '@playwright/test';
import { z } from 'zod';
import { open, openSignedIn, test } from './dashboard.ts';
import { faultsOf } from './page-checks.ts';

const MEBIBYTE = 1024 * 1024;
/** Two whole parts and a shorter one. */
const SIZE = 2 * 16 * MEBIBYTE + 1000;

const Uploads = z.object({ items: z.array(z.object({ filename: z.string(), received_bytes: z.int() })) });
const Files = z.object({ items: z.array(z.object({ filename: z.string(), sha256: z.string() })) });

const receivedOf = async (page: Page, filename: string): Promise<number | undefined> => {
  const { items } = Uploads.parse(await (await page.request.get('/api/files/uploads')).json());
  return items.find((upload) => upload.filename === filename)?.received_bytes;
};

const partsSent = (page: Page): string[] => {
  const parts: string[] = [];
  page.on('request', (request) => {
    const part = /\/parts\/(\d+)$/.exec(request.url())?.[1];
    if (part !== undefined) parts.push(part);
  });
  return parts;
};

test('an upload that a reload broke off goes on with the parts that are missing', async ({ page }, testInfo) => {
  const content = randomBytes(SIZE);
  const path = testInfo.outputPath('big.iso');
  writeFileSync(path, content);
  // The page asks before it is left in the middle of an upload.
  page.on('dialog', (dialog) => void dialog.accept());

  await openSignedIn(page, '/files');
  const lastPart = '**/api/files/uploads/*/parts/3';
  await page.route(lastPart, () => {});
  await page.getByLabel('Files to upload').setInputFiles(path);
  await expect.poll(() => receivedOf(page, 'big.iso')).toBe(2 * 16 * MEBIBYTE);
  await open(page, '/files');
  await page.unroute(lastPart);

  const unfinished = page.getByRole('region', { name: 'Unfinished uploads' });
  await expect(unfinished).toContainText('33.6 MB of 33.6 MB have arrived · started by admin');
  await expect(unfinished.getByRole('button', { name: 'Go on with big.iso' })).toBeVisible();
  expect(await faultsOf(page)).toEqual([]);
  const parts = partsSent(page);
  await page.getByLabel('Files to upload').setInputFiles(path);
  await expect(page.getByRole('region', { name: 'Uploads', exact: true })).toContainText('33.6 MB, uploaded');
  expect(parts).toEqual(['3']);
  await expect(unfinished).toHaveCount(0);
  await expect(page.getByRole('link', { name: 'Deploy big.iso' })).toBeVisible();
  const { items } = Files.parse(await (await page.request.get('/api/files?q=big.iso')).json());
  expect(items[0]?.sha256).toBe(createHash('sha256').update(content).digest('hex'));
});

test('an upload is paused, goes on, and is gone from the server when it is canceled', async ({ page }, testInfo) => {
  const path = testInfo.outputPath('paused.iso');
  writeFileSync(path, randomBytes(SIZE));
  await openSignedIn(page, '/files');
  const lastPart = '**/api/files/uploads/*/parts/3';
  await page.route(lastPart, () => {});
  await page.getByLabel('Files to upload').setInputFiles(path);
  await expect.poll(() => receivedOf(page, 'paused.iso')).toBe(2 * 16 * MEBIBYTE);
  await page.getByRole('button', { name: 'Pause paused.iso' }).click();
  const uploads = page.getByRole('region', { name: 'Uploads', exact: true });
  await expect(uploads).toContainText('paused');
  await page.getByRole('button', { name: 'Resume paused.iso' }).click();
  await expect(uploads).toContainText('that had arrived');
  await page.getByRole('button', { name: 'Cancel paused.iso' }).click();
  await expect(uploads).toContainText('Canceled');
  await expect.poll(() => receivedOf(page, 'paused.iso')).toBeUndefined();
});

test('a file that arrives while the page fetches its list is in the list', async ({ page }) => {
  await openSignedIn(page, '/files');
  const { promise: stored, resolve: goOn } = Promise.withResolvers<void>();
  // The server answers before the file is there; the answer arrives after.
  const isList = (url: URL): boolean => url.pathname === '/api/files' && url.searchParams.get('q') === 'late';
  await page.route(isList, async (route) => {
    const answer = await route.fetch();
    await stored;
    await route.fulfill({ response: answer });
  });
  const asked = page.waitForRequest((request) => isList(new URL(request.url())));
  await page.getByLabel('Search files').fill('late');
  await asked;
  const file = { name: 'late.txt', mimeType: 'text/plain', buffer: Buffer.from('late') };
  await page.getByLabel('Files to upload').setInputFiles(file);
  await expect(page.getByRole('link', { name: 'Deploy late.txt' })).toBeVisible();
  goOn();
  await page.waitForURL(/q=late/);
  await expect(page.getByRole('link', { name: 'Deploy late.txt' })).toBeVisible();
});

test('a file that the rules of the team refuse is refused before it is sent', async ({ page }) => {
  await openSignedIn(page, '/settings/files');
  const refused = page.getByRole('textbox', { name: 'Refused extensions' });
  await refused.fill('.EXE, tar.gz');
  await page.getByRole('button', { name: 'Save rules' }).click();
  await expect(refused).toHaveValue('exe tar.gz');
  try {
    const sent: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST') sent.push(request.url());
    });
    await open(page, '/files');
    await expect(page.getByText('No .exe, .tar.gz.')).toBeVisible();
    const file = { name: 'setup.exe', mimeType: 'application/octet-stream', buffer: Buffer.from('x') };
    await page.getByLabel('Files to upload').setInputFiles(file);
    await expect(page.getByRole('alert')).toContainText('The rules of the team do not let it in');
    await expect(page.getByText('must not end with .exe')).toBeVisible();
    expect(sent).toEqual([]);
  } finally {
    await open(page, '/settings/files');
    await refused.fill('');
    await page.getByRole('button', { name: 'Save rules' }).click();
    await expect(page.getByText('The rules for files are saved')).toBeVisible();
  }
});
