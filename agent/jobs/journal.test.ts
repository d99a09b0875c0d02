import { appendFileSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { outcome } from '../test/scripted-action.ts';
import { temporaryDirectory } from '../test/test-agent.ts';
import { testJob } from '../test/test-ids.ts';
import { resultOf } from './job-results.ts';
import { Journal, type JournalOptions } from './journal.ts';
import { type JournalRecord, keyOf } from './journal-records.ts';

const accepted = (job = testJob()): JournalRecord => ({ type: 'accepted', at: 1, job });

const open = async (path: string, options: Partial<JournalOptions> = {}): Promise<Journal> => {
  const journal = await Journal.open({ path, log: () => undefined, now: () => 42, ...options });
  onTestFinished(() => journal.close());
  return journal;
};

const newPath = (): string => join(temporaryDirectory(), 'journal.ndjson');

test('JOB1 what was appended is there after a restart', async () => {
  const path = newPath();
  const journal = await open(path);
  const job = testJob({ idempotent: true, command: 'echo "ü\n"' });
  await journal.append([accepted(job), { type: 'started', at: 2, target_id: job.target_id, attempt: 1 }]);
  // Not closed: a killed process closes nothing either.
  const again = await open(path);
  expect(again.state.live.get(keyOf(job))).toEqual({
    state: 'started',
    job,
    acceptedAt: 1,
    firstStartedAt: 2,
    starts: 1,
  });
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('JOB1 nothing is part of the state before it is on disk', async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const journal = await open(newPath(), { sync: () => held });
  const done = journal.append([accepted()]);
  expect(journal.state.live.size).toBe(0);
  release();
  await done;
  expect(journal.state.live.size).toBe(1);
});

test('a secret is gone from the file once its job is acknowledged, also when that was before a restart', async () => {
  const path = newPath();
  const job = testJob({ command: 'true' });
  if (job.action.kind !== 'command') throw new Error('a command');
  const secret = { ...job, action: { ...job.action, env: { TOKEN: 'very-secret-value' }, secret_env: ['TOKEN'] } };
  const result = resultOf(job, outcome(), 0);
  const journal = await open(path);
  await journal.append([accepted(secret)]);
  expect(readFileSync(path, 'utf8')).toContain('very-secret-value');
  await journal.append([{ type: 'acknowledged', at: 3, target_id: job.target_id, attempt: 1, result }]);
  await vi.waitFor(() => expect(readFileSync(path, 'utf8')).not.toContain('very-secret-value'));
  appendFileSync(path, `${JSON.stringify(accepted({ ...secret, attempt: 2 }))}\n`);
  appendFileSync(
    path,
    `${JSON.stringify({ type: 'acknowledged', at: 4, target_id: job.target_id, attempt: 2, result: { ...result, attempt: 2 } })}\n`,
  );
  const again = await open(path);
  await again.append([accepted(testJob())]);
  await vi.waitFor(() => expect(readFileSync(path, 'utf8')).not.toContain('very-secret-value'));
});

test('appends that come while the disk is busy share one sync', async () => {
  let syncs = 0;
  const journal = await open(newPath(), {
    sync: async (handle) => {
      syncs += 1;
      await handle.datasync();
    },
  });
  await Promise.all(Array.from({ length: 50 }, () => journal.append([accepted()])));
  expect(syncs).toBe(2);
  expect(journal.state.live.size).toBe(50);
});

test('what is noted costs no sync, and is in the file all the same', async () => {
  const path = newPath();
  let syncs = 0;
  const journal = await open(path, {
    sync: async () => {
      syncs += 1;
    },
  });
  journal.note([accepted()]);
  expect(journal.state.live.size).toBe(1);
  await journal.close();
  expect(syncs).toBe(0);
  expect((await open(path)).state.live.size).toBe(1);
});

test('JOB6 a record that a filling disk takes only a part of is not in the journal, and those after it are whole', async () => {
  const path = newPath();
  const handles: FileHandle[] = [];
  const journal = await open(path, { sync: async (handle) => void handles.push(handle) });
  await journal.append([accepted()]);
  const [handle] = handles;
  if (handle === undefined) throw new Error('the journal is open');
  const write = vi.spyOn(handle, 'write');
  write.mockImplementationOnce(async () => {
    appendFileSync(path, '{"type":"acc');
    return { bytesWritten: 12, buffer: '' };
  });
  write.mockRejectedValueOnce(new Error('ENOSPC'));
  await expect(journal.append([accepted()])).rejects.toThrow('ENOSPC');
  const last = testJob();
  await journal.append([accepted(last)]);
  const damaged = vi.fn();
  const again = await open(path, { log: damaged });
  expect([...again.state.live.keys()]).toContain(keyOf(last));
  expect(again.state.live.size).toBe(2);
  expect(damaged).not.toHaveBeenCalled();
});

test('a last line that a crash tore is dropped, wherever it was torn', async () => {
  const path = newPath();
  const journal = await open(path);
  await journal.append([accepted()]);
  const whole = statSync(path).size;
  await journal.append([accepted(testJob({ command: 'echo ü' }))]);
  const full = readFileSync(path);
  for (let size = whole; size < full.length; size += 7) {
    writeFileSync(path, full.subarray(0, size));
    const again = await open(path);
    expect(again.state.live.size).toBe(1);
    expect(statSync(path).size).toBe(whole);
    await again.append([accepted()]);
    await again.close();
    expect((await open(path)).state.live.size).toBe(2);
  }
});

test('a damaged journal is set aside, and what can be read of it is kept', async () => {
  const path = newPath();
  const journal = await open(path);
  const [first, second] = [testJob(), testJob()];
  await journal.append([accepted(first)]);
  appendFileSync(path, '\u0000\u0000{"type":"accepted"}\n');
  appendFileSync(path, `${JSON.stringify(accepted(second))}\n`);
  const events: string[] = [];
  const again = await open(path, { log: (_level, event) => events.push(event) });
  expect([...again.state.live.keys()]).toEqual([keyOf(first), keyOf(second)]);
  expect(events).toEqual(['journal.damaged']);
  expect(readdirSync(dirname(path))).toContain('journal.ndjson.damaged-42');
  await again.close();
  const third = await open(path, { log: (_level, event) => events.push(event) });
  expect(third.state.live.size).toBe(2);
  expect(events).toHaveLength(1);
});

test('a file of noise does not keep the agent from starting', async () => {
  const path = newPath();
  writeFileSync(path, Buffer.from(Array.from({ length: 10_000 }, (_, index) => (index * 7919) % 256)));
  const journal = await open(path);
  await journal.append([accepted()]);
  await journal.close();
  expect((await open(path)).state.live.size).toBe(1);
});

test('a failed write leaves nothing behind, and the next one works', async () => {
  const path = newPath();
  let full = true;
  const journal = await open(path, {
    sync: async () => {
      if (full) throw new Error('ENOSPC');
    },
  });
  await expect(journal.append([accepted()])).rejects.toThrow('ENOSPC');
  expect(statSync(path).size).toBe(0);
  expect(journal.state.live.size).toBe(0);
  full = false;
  await journal.append([accepted()]);
  await journal.close();
  expect((await open(path)).state.live.size).toBe(1);
});

test('the file stays small however many jobs go through it', async () => {
  const path = newPath();
  const journal = await open(path, { compactAboveBytes: 20_000, sync: async () => undefined });
  const waiting = testJob();
  await journal.append([accepted(waiting)]);
  for (let index = 0; index < 3000; index++) {
    const job = testJob();
    const result = resultOf(job, outcome(), 0);
    const name = { target_id: job.target_id, attempt: 1 };
    await journal.append([accepted(job), { type: 'finished', at: 1, result }]);
    journal.note([{ type: 'acknowledged', at: index, ...name, result }]);
  }
  await journal.close();
  // A thousand remembered jobs of some 350 bytes, and as much again before it is compacted.
  expect(statSync(path).size).toBeLessThan(1_500_000);
  const again = await open(path);
  expect([...again.state.live.keys()]).toEqual([keyOf(waiting)]);
  expect(again.state.done.size).toBe(1000);
});

test('a journal that was emptied by hand is an empty journal', async () => {
  const path = newPath();
  await (await open(path)).append([accepted()]);
  truncateSync(path, 0);
  expect((await open(path)).state.live.size).toBe(0);
});
