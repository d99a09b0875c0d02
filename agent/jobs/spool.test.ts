import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogPiece } from '#protocol/agent/to-server.ts';
import { temporaryDirectory } from '../test/test-agent.ts';
import { endOfPart, startOfText } from './cut-text.ts';
import { Spool, type SpoolRecord } from './spool.ts';

const newPath = (): string => join(temporaryDirectory(), 'job.log');

const readAll = (spool: Spool, from = spool.start): SpoolRecord[] => {
  const records: SpoolRecord[] = [];
  for (let cursor = from; ; ) {
    const block = spool.read(cursor);
    const last = block.at(-1);
    if (last === undefined) return records;
    records.push(...block);
    cursor = last.next;
  }
};
const textOf = (records: SpoolRecord[]): string => records.map((record) => record.piece.text).join('');

const piece = (text: string, stream: LogPiece['stream'] = 'stdout'): LogPiece => ({ stream, text });

test('LOG1 offsets count the bytes of the text, from where the attempt begins', () => {
  const spool = Spool.create(newPath(), 1000);
  spool.append([piece('grün'), piece('😀', 'stderr')]);
  spool.append([piece('.')]);
  expect(spool.end.offset).toBe(1000 + 5 + 4 + 1);
  expect(spool.read(spool.start).map(({ piece: read, next }) => [read.stream, read.text, next.offset])).toEqual([
    ['stdout', 'grün', 1005],
    ['stderr', '😀', 1009],
    ['stdout', '.', 1010],
  ]);
});

test('LOG2 survives the agent, and goes on where it was', () => {
  const path = newPath();
  const spool = Spool.create(path, 7);
  spool.append([piece('one\n')]);
  const again = Spool.reopen(path, 7);
  expect(again.end).toEqual(spool.end);
  again.append([piece('two\n', 'system')]);
  expect(textOf(readAll(again))).toBe('one\ntwo\n');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('LOG2 a record that a crash tore is cut off', () => {
  const path = newPath();
  Spool.create(path, 0).append([piece('whole'), piece('torn', 'stderr')]);
  const full = readFileSync(path);
  const whole = 5 + 'whole'.length;
  for (let size = whole; size < full.length; size++) {
    writeFileSync(path, full.subarray(0, size));
    const again = Spool.reopen(path, 0);
    expect(again.end).toEqual({ offset: 5, position: whole });
    again.append([piece('!')]);
    expect(textOf(readAll(Spool.reopen(path, 0)))).toBe('whole!');
  }
});

test('LOG2 noise after the last record, as a power cut may leave it, is no output', () => {
  const path = newPath();
  Spool.create(path, 0).append([piece('whole')]);
  appendFileSync(path, Buffer.alloc(4096));
  expect(Spool.reopen(path, 0).end.offset).toBe(5);
});

test('a job without output makes no file, and a removed spool leaves none', () => {
  const path = newPath();
  const spool = Spool.create(path, 3);
  expect(readAll(spool)).toEqual([]);
  expect(Spool.reopen(path, 3).end.offset).toBe(3);
  expect(existsSync(path)).toBe(false);
  spool.append([piece('x')]);
  spool.remove();
  expect(existsSync(path)).toBe(false);
});

test('a place is found by its offset, at a boundary at or before it', () => {
  const spool = Spool.create(newPath(), 100);
  for (let index = 0; index < 5000; index++) spool.append([piece(`line ${index}\n`)]);
  const records = readAll(spool);
  for (const index of [0, 1, 17, 2500, 4998]) {
    const end = records[index]?.next;
    expect(spool.seek(spool.start, end?.offset ?? 0)).toEqual(end);
    expect(spool.seek(spool.start, (end?.offset ?? 0) + 1)).toEqual(end);
  }
  expect(spool.seek(spool.start, Number.POSITIVE_INFINITY)).toEqual(spool.end);
});

test('LOG5 whatever is written comes back whole, in records that split no character', () => {
  const path = newPath();
  const texts = fc.array(
    fc.record({
      stream: fc.constantFrom<LogPiece['stream']>('stdout', 'stderr', 'system'),
      text: fc.oneof(
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: 'binary' }),
        fc.constantFrom('ü'.repeat(20_000), 'a😀'.repeat(9000), ''),
      ),
    }),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(texts, (pieces) => {
      const spool = Spool.create(path, 0);
      spool.append(pieces);
      const records = readAll(spool);
      expect(textOf(records)).toBe(
        pieces
          .map(({ text }) => text)
          .join('')
          .toWellFormed(),
      );
      expect(records.every((record) => record.bytes <= 16 * 1024)).toBe(true);
      expect(spool.end.offset).toBe(Buffer.byteLength(textOf(records)));
      spool.remove();
    }),
    { numRuns: 20 },
  );
});

describe('cutting', () => {
  test.each([
    ['grün', 3, 'gr'],
    ['grün', 4, 'grü'],
    ['a😀b', 4, 'a'],
    ['a😀b', 5, 'a😀'],
    ['abc', 0, ''],
    ['abc', 99, 'abc'],
  ])('the start of %s in %i bytes is %j', (text, bytes, start) => {
    expect(startOfText(text, bytes)).toBe(start);
  });

  test('a part ends at its bound or right before the character that crosses it', () => {
    const bytes = Buffer.from('aü😀');
    expect([1, 2, 3, 4, 6, 7].map((size) => endOfPart(bytes, 0, size))).toEqual([1, 1, 3, 3, 3, 7]);
  });
});
