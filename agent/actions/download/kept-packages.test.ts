import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Policy } from '../../policy/policy.ts';
import type { JobRun } from '../job-run.ts';
import type { Machine } from '../machine.ts';
import { type FileServer, startFileServer } from '../test/file-server.ts';
import { makeFolder, makeRun, softwareAction, storedFile } from '../test/make-run.ts';
import { pruneCache } from './cache.ts';
import { DISK_RESERVE_BYTES } from './disk-space.ts';
import { downloadFile } from './download.ts';
import { keptPath } from './kept-packages.ts';

const content = randomBytes(700_001);
let server: FileServer;
let folder: string;
let cache: string;
let kept: string;

beforeEach(async () => {
  server = await startFileServer(content);
  folder = makeFolder();
  cache = join(folder, 'cache');
  kept = keptPath(cache, server.sha256);
});
afterEach(() => server.close());

const packageRun = async (options: { machine?: Partial<Machine>; policy?: Partial<Policy> } = {}) => {
  const made = await makeRun(softwareAction({ package_type: 'sh' }), {
    openFile: server.openFile,
    folder,
    ...options,
  });
  const run: JobRun = { ...made.context, machine: made.machine, user: null, mask: null, env: {}, timeoutSeconds: 60 };
  return { ...made, run };
};

const stored = () => ({ type: 'file' as const, file: storedFile('a.sh', content.length, server.sha256) });

const install = async (options: Parameters<typeof packageRun>[0] = {}) => {
  const made = await packageRun(options);
  const result = await downloadFile(made.run, stored());
  if (!result.ok) throw new Error(result.outcome.message);
  expect(readFileSync(result.path).equals(content)).toBe(true);
  return made;
};

describe('FILE4 a package that the agent has', () => {
  it('is not downloaded again', async () => {
    await install();
    const second = await install();
    expect(server.requests).toHaveLength(1);
    expect(second.text('system')).toContain('not downloaded again');
    expect(second.statuses.at(-1)).toEqual({ status: 'downloading', percent: 100 });
  });

  it('is not downloaded again under an address either, when its hash is given', async () => {
    await install();
    const made = await packageRun();
    const result = await downloadFile(made.run, { type: 'url', url: 'http://127.0.0.1:1/x', sha256: server.sha256 });
    expect(result).toMatchObject({ ok: true, sha256: server.sha256, size: content.length });
  });

  it('is downloaded again when the kept copy has changed or was cut off', async () => {
    await install();
    for (const wrong of [content.subarray(0, 1000), Buffer.alloc(content.length)]) {
      writeFileSync(kept, wrong);
      server.requests.length = 0;
      const made = await install();
      expect(server.requests).toHaveLength(1);
      expect(made.text('system')).toContain('damaged');
      expect(readFileSync(kept).equals(content)).toBe(true);
    }
  });

  it('does not change with what a job does to its file', async () => {
    const first = await install();
    writeFileSync(join(first.run.workDirectory, 'download'), 'changed');
    await install();
    expect(server.requests).toHaveLength(1);
  });

  it('two jobs at once get it from one download', async () => {
    await Promise.all([install(), install(), install()]);
    expect(server.requests).toHaveLength(1);
    expect(readdirSync(cache)).toEqual([`${server.sha256}.package`]);
  });

  it('is given away, not kept, where there is no room for two', async () => {
    const tight = { machine: { freeBytes: async () => content.length + DISK_RESERVE_BYTES - 1 } };
    // Enough for what is still to come, too little for a copy of all of it.
    mkdirSync(cache);
    writeFileSync(join(cache, `${server.sha256}.partial`), content.subarray(0, 100));
    await install(tight);
    expect(readdirSync(cache)).toEqual([]);
    await install();
    await install(tight);
    expect(existsSync(kept)).toBe(false);
  });

  it('is kept only as the policy allows', async () => {
    await install({ policy: { cache: { max_bytes: content.length - 1, max_age_days: 30 } } });
    await install({ policy: { cache: { max_bytes: content.length, max_age_days: 0 } } });
    expect(readdirSync(cache)).toEqual([]);
  });

  it('JOB8 a cancel while it is copied ends the job', async () => {
    await install();
    const made = await packageRun();
    const result = downloadFile(made.run, stored());
    made.controller.abort('canceled');
    expect(await result).toMatchObject({ ok: false, outcome: { outcome: 'canceled' } });
  });
});

describe('bounds of the cache', () => {
  const keep = (name: string, bytes: number, ageDays: number) => {
    mkdirSync(cache, { recursive: true });
    const path = join(cache, name);
    writeFileSync(path, Buffer.alloc(bytes));
    const at = Date.now() / 1000 - ageDays * 86_400;
    utimesSync(path, at, at);
  };
  const [a, b, c] = ['a', 'b', 'c'].map((letter) => letter.repeat(64));

  it('what was not of use for the longest time goes first', async () => {
    keep(`${a}.package`, 600, 3);
    keep(`${a}.about.json`, 10, 3);
    keep(`${b}.package`, 300, 2);
    keep(`${c}.package`, 100, 1);
    await pruneCache(cache, { max_bytes: 500, max_age_days: 30 }, Date.now());
    expect(readdirSync(cache)).toEqual([`${b}.package`, `${c}.package`]);
  });

  it('what is too old goes, and what is known of it', async () => {
    keep(`${a}.package`, 1, 31);
    keep(`${a}.about.json`, 1, 0);
    keep(`${b}.package`, 1, 29);
    await pruneCache(cache, { max_bytes: 500, max_age_days: 30 }, Date.now());
    expect(readdirSync(cache)).toEqual([`${b}.package`]);
  });

  it('use makes it young', async () => {
    await install();
    const longAgo = Date.now() / 1000 - 29 * 86_400;
    utimesSync(kept, longAgo, longAgo);
    await install();
    await pruneCache(cache, { max_bytes: content.length, max_age_days: 1 }, Date.now());
    expect(existsSync(kept)).toBe(true);
  });
});

describe('bandwidth', () => {
  const slowed = async (limits: { job: number | null; owner: number | null }) => {
    const clock = { ms: 0 };
    const made = await packageRun({
      policy: { max_download_bytes_per_second: limits.owner },
      machine: {
        now: () => clock.ms,
        sleep: async (ms) => {
          clock.ms += ms;
        },
      },
    });
    const run: JobRun = { ...made.run, job: { ...made.run.job, bandwidth_limit: limits.job } };
    const result = await downloadFile(run, stored());
    expect(result.ok).toBe(true);
    return clock.ms / 1000;
  };
  const seconds = content.length / 100_000;

  it.each([
    ['the job’s limit', { job: 100_000, owner: null }],
    ['the owner’s limit', { job: null, owner: 100_000 }],
    ['the job’s, where it is the lower', { job: 100_000, owner: 200_000 }],
    ['the owner’s, where it is the lower', { job: 900_000, owner: 100_000 }],
  ])('a download takes as long as its bytes at %s', async (_which, limits) => {
    const took = await slowed(limits);
    expect(took).toBeGreaterThanOrEqual(seconds - 0.01);
    expect(took).toBeLessThanOrEqual(seconds + 0.01);
  });

  it('without a limit nothing waits', async () => {
    expect(await slowed({ job: null, owner: null })).toBe(0);
  });

  it('the owner’s limit holds for all jobs together', async () => {
    const clock = { ms: 0 };
    const made = await packageRun({
      policy: { max_download_bytes_per_second: 100_000 },
      machine: {
        now: () => clock.ms,
        sleep: async (ms) => {
          clock.ms += ms;
        },
      },
    });
    const other = await packageRun({ policy: { max_download_bytes_per_second: 100_000 } });
    for (const context of [made.context, other.context]) {
      const run: JobRun = { ...made.run, ...context, cacheDirectory: join(context.workDirectory, 'own-cache') };
      expect((await downloadFile(run, stored())).ok).toBe(true);
    }
    expect(clock.ms / 1000).toBeGreaterThanOrEqual(2 * seconds - 0.01);
  });

  it('a wait for the limit is no stall', async () => {
    server.content = content;
    const made = await packageRun({ machine: { downloadStallMs: 50 } });
    const run: JobRun = { ...made.run, job: { ...made.run.job, bandwidth_limit: content.length * 3 } };
    expect((await downloadFile(run, stored())).ok).toBe(true);
    expect(server.requests).toHaveLength(1);
  });
});
