/** The file as earlier lives of the agent may have left it. */
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { newId } from '#protocol/ids.ts';
import { temporaryDirectory } from '../test/test-agent.ts';
import { testIds } from '../test/test-ids.ts';
import { HostLogFile, type HostLogFileOptions, olderLog } from './host-log-file.ts';
import type { HostLogEntry } from './host-log-text.ts';

const AT = Date.parse('2026-11-28T14:10:00.000Z');
const hostId = newId('host', testIds);
const lines = (from: number, to: number): HostLogEntry[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({
    hostId,
    line: { seq: from + index, at: new Date(AT).toISOString(), level: 'info', text: `line ${from + index}` },
  }));

const scene = (parts: Partial<HostLogFileOptions> = {}) => {
  const directory = temporaryDirectory();
  const path = join(directory, 'deployments.log');
  const statePath = join(directory, 'deployments.log.json');
  const events: string[] = [];
  const open = (more: Partial<HostLogFileOptions> = {}): Promise<HostLogFile> =>
    HostLogFile.open({ path, statePath, log: (_level, event) => events.push(event), ...parts, ...more });
  const read = (file = path): string[] =>
    readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.slice(27));
  return { path, statePath, open, read, events };
};

const crash = (): Promise<void> => Promise.reject(new Error('killed'));

describe('the file', () => {
  test('HLOG3 is private, goes on where the last run ended, and says which line is the last', async () => {
    const { open, read, path, statePath, events } = scene();
    const first = await open();
    expect(first.place).toEqual({ hostId: null, seq: 0, latestMs: 0 });
    await first.append(lines(1, 2));
    await first.append([]);
    const second = await open();
    expect(second.place).toEqual({ hostId, seq: 2, latestMs: AT });
    await second.append(lines(3, 3));
    expect(read()).toEqual(['line 1', 'line 2', 'line 3', '']);
    expect([path, statePath].map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600]);
    expect(events).toEqual([]);
  });

  test('HLOG3 lines that were written and not noted are written again in their place, from the first one on', async () => {
    const { open, read } = scene();
    await expect((await open({ sync: crash })).append(lines(1, 3))).rejects.toThrow('killed');
    expect(read()).toEqual(['line 1', 'line 2', 'line 3', '']);
    const second = await open();
    expect(second.place.seq).toBe(0);
    await second.append(lines(1, 3));
    await expect((await open({ sync: crash })).append(lines(4, 5))).rejects.toThrow('killed');
    const fourth = await open();
    expect(fourth.place.seq).toBe(3);
    await fourth.append(lines(4, 6));
    expect(read()).toEqual(['line 1', 'line 2', 'line 3', 'line 4', 'line 5', 'line 6', '']);
  });

  test('HLOG3 a line that a crash tore is whole again', async () => {
    const { open, read, path } = scene();
    await (await open()).append(lines(1, 1));
    appendFileSync(path, '2026-11-28 14:1');
    await (await open()).append(lines(2, 2));
    expect(read()).toEqual(['line 1', 'line 2', '']);
  });

  test('HLOG3 what another program adds while the agent runs stays', async () => {
    const { open, read, path } = scene();
    const file = await open();
    await file.append(lines(1, 1));
    appendFileSync(path, `${'#'.repeat(27)}here it began\n`);
    await file.append(lines(2, 2));
    expect(read()).toEqual(['line 1', 'here it began', 'line 2', '']);
  });

  test('HLOG3 a file that was put aside or emptied is begun again, and a crash after that doubles nothing', async () => {
    const { open, read, path } = scene();
    const file = await open();
    await file.append(lines(1, 5));
    renameSync(path, `${path}.aside`);
    await file.append(lines(6, 6));
    expect(read()).toEqual(['line 6', '']);
    writeFileSync(path, '');
    await expect((await open({ sync: crash })).append(lines(7, 7))).rejects.toThrow('killed');
    await (await open()).append(lines(7, 7));
    expect(read()).toEqual(['line 7', '']);
  });

  test.each(['{"host_id":', '{"host_id":"../x","seq":1,"latest_ms":0,"bytes":1}', '{"host_id":null,"seq":1}'])(
    'HLOG3 a note that cannot be read (%s) is none, and costs no line',
    async (text) => {
      const { open, read, path, statePath, events } = scene();
      await (await open()).append(lines(1, 2));
      writeFileSync(statePath, text);
      const file = await open();
      expect(file.place).toEqual({ hostId: null, seq: 0, latestMs: 0 });
      await file.append(lines(1, 3));
      expect(read(path)).toEqual(['line 1', 'line 2', 'line 1', 'line 2', 'line 3', '']);
      expect(events).toEqual(['host_log.state_unread']);
    },
  );
});

describe('HLOG6 the bound', () => {
  const LINE = '2026-11-28 14:10:00 [INFO] line 1\n'.length;

  test('one older file is kept, and neither is larger than the bound', async () => {
    const { open, read, path } = scene({ maxBytes: LINE * 3 });
    const file = await open();
    for (let seq = 1; seq <= 8; seq++) await file.append(lines(seq, seq));
    expect(read(olderLog(path))).toEqual(['line 4', 'line 5', 'line 6', '']);
    expect(read()).toEqual(['line 7', 'line 8', '']);
    expect(statSync(olderLog(path)).mode & 0o777).toBe(0o600);
    expect((await open()).place).toEqual({ hostId, seq: 8, latestMs: AT });
  });

  test('a crash around the change of files doubles nothing and loses nothing', async () => {
    const { open, read, path } = scene({ maxBytes: LINE * 3 });
    await (await open()).append(lines(1, 3));
    // The file has its other name, and the first line of the new one is not noted.
    await expect((await open({ sync: crash })).append(lines(4, 5))).rejects.toThrow('killed');
    expect(read()).toEqual(['line 4', 'line 5', '']);
    await (await open()).append(lines(4, 6));
    expect(read(olderLog(path))).toEqual(['line 1', 'line 2', 'line 3', '']);
    expect(read()).toEqual(['line 4', 'line 5', 'line 6', '']);
  });

  test('what was not noted does not go into the older file', async () => {
    const { open, read, path } = scene({ maxBytes: LINE * 3 });
    await (await open()).append(lines(1, 2));
    await expect((await open({ sync: crash })).append(lines(3, 3))).rejects.toThrow('killed');
    await (await open()).append(lines(3, 5));
    expect(read(olderLog(path))).toEqual(['line 1', 'line 2', '']);
    expect(read()).toEqual(['line 3', 'line 4', 'line 5', '']);
  });
});

describe('HLOG6 a path that cannot be written', () => {
  test('takes nothing, and all of it when it can be', async () => {
    const { open, read, path } = scene();
    const file = await open();
    mkdirSync(path);
    await expect(file.append(lines(1, 2))).rejects.toThrow(/EISDIR/);
    expect(file.place.seq).toBe(0);
    rmSync(path, { recursive: true });
    await file.append(lines(1, 2));
    expect(read()).toEqual(['line 1', 'line 2', '']);
  });

  test.runIf(process.platform === 'linux')('on a full disk takes nothing, and goes on when there is room', async () => {
    const { open, read, path } = scene();
    const file = await open();
    symlinkSync('/dev/full', path);
    await expect(file.append(lines(1, 1))).rejects.toThrow(/ENOSPC/);
    rmSync(path);
    await file.append(lines(1, 2));
    expect(read()).toEqual(['line 1', 'line 2', '']);
  });

  test('a number that cannot be noted leaves no line that would be written again', async () => {
    const { open, read, statePath } = scene();
    const file = await open();
    await file.append(lines(1, 1));
    rmSync(statePath);
    mkdirSync(join(statePath, 'in the way'), { recursive: true });
    await expect(file.append(lines(2, 2))).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(file.place.seq).toBe(1);
    rmSync(statePath, { recursive: true });
    await file.append(lines(2, 3));
    expect(read()).toEqual(['line 1', 'line 2', 'line 3', '']);
  });
});
