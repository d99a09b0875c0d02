import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { encodeToServer, parseToServer } from '#protocol/agent/frames.ts';
import type { JobLog, ToServer } from '#protocol/agent/to-server.ts';
import { MAX_AGENT_FRAME_BYTES, MAX_LOG_FRAME_BYTES, MAX_UNACKED_LOG_BYTES } from '#protocol/limits.ts';
import type { Link } from '../connection/link.ts';
import { temporaryDirectory } from '../test/test-agent.ts';
import { testJob } from '../test/test-ids.ts';
import { LogSender } from './log-sender.ts';
import { Spool } from './spool.ts';

const { target_id } = testJob();
let spool: Spool;
let sender: LogSender;
let sent: JobLog[];
let congested: boolean;
const link: Link = {
  send: (message: ToServer) => void (message.type === 'job.log' && sent.push(message)),
  congested: () => congested,
};

const bytesOf = (frame: JobLog | undefined): number =>
  (frame?.pieces ?? []).reduce((sum, piece) => sum + Buffer.byteLength(piece.text), 0);
const offsets = (): number[] => sent.map((frame) => frame.offset);
const write = (text: string): void => spool.append([{ stream: 'stdout', text }]);
/** Text of `count` frames: what does not fit into one is a record of 16 KiB. */
const writeFrames = (count: number): void => write('x'.repeat(MAX_LOG_FRAME_BYTES * count));

beforeEach(() => {
  spool = Spool.create(join(temporaryDirectory(), 'job.log'), 0);
  sender = new LogSender(target_id, spool);
  sent = [];
  congested = false;
});

describe('frames', () => {
  test('LOG1 follow each other without a gap', () => {
    writeFrames(3);
    write('end');
    sender.pump(link);
    let at = 0;
    for (const frame of sent) {
      expect(frame.offset).toBe(at);
      at += bytesOf(frame);
    }
    expect(at).toBe(spool.end.offset);
  });

  test('LOG5 hold 64 KiB at most', () => {
    writeFrames(4);
    sender.pump(link);
    expect(sent.map(bytesOf)).toEqual(Array(4).fill(MAX_LOG_FRAME_BYTES));
  });

  test('LOG5 BAD1 stay below the bound of a frame even when every byte is escaped', () => {
    write('\u0001'.repeat(MAX_LOG_FRAME_BYTES * 2));
    sender.pump(link);
    expect(sent.map((frame) => encodeToServer(frame).length).every((size) => size < MAX_AGENT_FRAME_BYTES)).toBe(true);
    expect(sent.every((frame) => parseToServer(encodeToServer(frame)).ok)).toBe(true);
    expect(sent.reduce((sum, frame) => sum + bytesOf(frame), 0)).toBe(spool.end.offset);
  });

  test('join what one stream says, and keep the order of streams', () => {
    for (const stream of ['stdout', 'stdout', 'stderr', 'stdout'] as const) spool.append([{ stream, text: 'a' }]);
    sender.pump(link);
    expect(sent[0]?.pieces).toEqual([
      { stream: 'stdout', text: 'aa' },
      { stream: 'stderr', text: 'a' },
      { stream: 'stdout', text: 'a' },
    ]);
  });

  test('hold as many pieces as the protocol takes', () => {
    for (let index = 0; index < 5000; index++)
      spool.append([{ stream: index % 2 === 0 ? 'stdout' : 'stderr', text: 'a' }]);
    sender.pump(link);
    expect(sent.every((frame) => parseToServer(encodeToServer(frame)).ok)).toBe(true);
    expect(sent.reduce((sum, frame) => sum + bytesOf(frame), 0)).toBe(5000);
  });
});

describe('the window', () => {
  test('LOG5 never holds more than 1 MiB, and moves with each acknowledgement', () => {
    writeFrames(40);
    sender.pump(link);
    expect(offsets()).toHaveLength(MAX_UNACKED_LOG_BYTES / MAX_LOG_FRAME_BYTES);
    sender.acknowledge(3 * MAX_LOG_FRAME_BYTES);
    sender.pump(link);
    expect(offsets()).toHaveLength(16 + 3);
    expect(sender.allSent).toBe(false);
    for (let acked = 4; acked <= 40; acked++) {
      sender.acknowledge(acked * MAX_LOG_FRAME_BYTES);
      sender.pump(link);
    }
    expect(offsets()).toEqual(Array.from({ length: 40 }, (_, index) => index * MAX_LOG_FRAME_BYTES));
    expect(sender.allAcknowledged).toBe(true);
  });

  test('nothing is sent into a congested socket', () => {
    congested = true;
    writeFrames(1);
    sender.pump(link);
    expect(sent).toEqual([]);
    congested = false;
    sender.pump(link);
    expect(sent).toHaveLength(1);
  });
});

describe('after a reconnect', () => {
  test('LOG4 goes on from the last acknowledged offset', () => {
    writeFrames(4);
    sender.pump(link);
    sender.acknowledge(2 * MAX_LOG_FRAME_BYTES);
    sender.restart();
    sent = [];
    sender.pump(link);
    sender.acknowledge(3 * MAX_LOG_FRAME_BYTES);
    sender.pump(link);
    expect(offsets()).toEqual([2 * MAX_LOG_FRAME_BYTES, 3 * MAX_LOG_FRAME_BYTES]);
  });

  test('LOG3 a server that has more already is believed, and the rest follows from there', () => {
    writeFrames(40);
    sender.pump(link);
    sent = [];
    for (let frame = 0; frame < 16; frame++) sender.acknowledge(30 * MAX_LOG_FRAME_BYTES);
    sender.pump(link);
    expect(offsets()[0]).toBe(30 * MAX_LOG_FRAME_BYTES);
    expect(offsets()).toHaveLength(10);
  });

  test('LOG3 a server that has less than it acknowledged gets it again, once', () => {
    writeFrames(8);
    sender.pump(link);
    sender.acknowledge(4 * MAX_LOG_FRAME_BYTES);
    sent = [];
    for (let frame = 4; frame < 8; frame++) {
      sender.acknowledge(MAX_LOG_FRAME_BYTES);
      sender.pump(link);
    }
    expect(offsets()).toEqual([1, 2, 3, 4, 5, 6, 7].map((frame) => frame * MAX_LOG_FRAME_BYTES));
  });

  test('LOG3 LOG7 one frame is sent and answered before more, because the server may have taken what it did not acknowledge', () => {
    write('one');
    sender.pump(link);
    sender.restart();
    write('two');
    writeFrames(2);
    sent = [];
    sender.pump(link);
    expect(offsets()).toEqual([0]);
    expect(sender.allSent).toBe(false);
    // It begins before the server's end, so none of it is taken.
    sender.acknowledge(3);
    sender.pump(link);
    expect(offsets().slice(0, 2)).toEqual([0, 3]);
    expect(sender.allSent).toBe(true);
  });

  test('LOG7 output of an earlier run of the agent is answered before the result', () => {
    write('all of it');
    const restored = new LogSender(target_id, spool, true);
    restored.pump(link);
    expect(restored.allSent).toBe(false);
    restored.acknowledge(9);
    expect(restored.allSent).toBe(true);
    expect(new LogSender(target_id, Spool.create('/nowhere', 5), true).allSent).toBe(true);
  });

  test('a server that answers nothing is not waited for any longer than it deserves', () => {
    writeFrames(2);
    const restored = new LogSender(target_id, spool, true);
    restored.pump(link);
    restored.stopWaitingForCertainty();
    restored.pump(link);
    expect(restored.allSent).toBe(true);
  });

  test('a server that refuses the same again and again is not asked for ever', () => {
    write('abcdef');
    for (let round = 0; round < 100; round++) {
      sender.pump(link);
      sender.acknowledge(3);
    }
    expect(sent.length).toBeLessThan(10);
    expect(sender.allSent).toBe(true);
    sender.restart();
    sent = [];
    sender.pump(link);
    expect(sent).toHaveLength(1);
  });

  test('LOG7 output that the disk does not give back does not keep the result back', () => {
    const path = join(temporaryDirectory(), 'damaged.log');
    const damaged = Spool.create(path, 0);
    damaged.append([{ stream: 'stdout', text: 'a' }]);
    damaged.append([{ stream: 'stdout', text: 'lost' }]);
    truncateSync(path, 6);
    const attempt = new LogSender(target_id, damaged);
    attempt.pump(link);
    expect(sent.map(bytesOf)).toEqual([1]);
    expect(attempt.allSent).toBe(true);
  });

  test('BAD3 an acknowledgement beyond the end or before the beginning breaks nothing', () => {
    const later = Spool.create(join(temporaryDirectory(), 'later.log'), 500);
    later.append([{ stream: 'stdout', text: 'abc' }]);
    const attempt = new LogSender(target_id, later);
    attempt.pump(link);
    attempt.acknowledge(3);
    expect(attempt.allSent).toBe(true);
    attempt.acknowledge(1e15);
    expect(attempt.allAcknowledged).toBe(true);
    attempt.acknowledge(501);
    attempt.pump(link);
    expect(offsets()).toEqual([500, 500]);
  });
});
