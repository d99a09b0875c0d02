import { expect, test } from 'vitest';
import type { HostLogLine } from '#protocol/agent/to-agent.ts';
import { type HostId, newId } from '#protocol/ids.ts';
import { testIds } from '../test/test-ids.ts';
import { type HostLogEntry, hostLogText } from './host-log-text.ts';

const [hostId, other] = [newId('host', testIds), newId('host', testIds)];
const entry = (seq: number, id: HostId = hostId): HostLogEntry => {
  const line: HostLogLine = { seq, at: '2026-11-28T14:10:00.000Z', level: 'info', text: `line ${seq}` };
  return { hostId: id, line };
};
/** Without times. */
const texts = (entries: HostLogEntry[], seq: number, id: HostId | null = hostId): string[] =>
  hostLogText(entries, { hostId: id, seq, latestMs: 0 })
    .split('\n')
    .map((line) => line.slice(20));

const missing = (text: string): string => `[WARN] ${text} missing here: more was missed than the server sends again`;

test('HLOG3 lines that follow each other are written as they are', () => {
  expect(texts([entry(8), entry(9)], 7)).toEqual(['[INFO] line 8', '[INFO] line 9', '']);
});

test('HLOG4 where numbers are left out, one line says how many', () => {
  expect(texts([entry(10), entry(12)], 7)).toEqual([
    missing('2 lines before this one are'),
    '[INFO] line 10',
    missing('1 line before this one is'),
    '[INFO] line 12',
    '',
  ]);
  expect(texts([entry(3)], 0, null)[0]).toBe(missing('2 lines before this one are'));
});

test('HLOG5 numbers of another host, and of a log that began anew, leave nothing out', () => {
  expect(texts([entry(1, other), entry(2, other)], 7)).toEqual(['[INFO] line 1', '[INFO] line 2', '']);
  expect(texts([entry(8), entry(3), entry(4)], 7)).toEqual(['[INFO] line 8', '[INFO] line 3', '[INFO] line 4', '']);
});
