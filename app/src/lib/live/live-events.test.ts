import { expect, test, vi } from 'vitest';
import { dispatch, readFrame } from './live-events.ts';

const hostId = `host_${'0'.repeat(26)}`;
const connected = (seq: number) =>
  JSON.stringify({
    event: 'agent_connected',
    data: { host_id: hostId, last_seen_at: null },
    at: '2026-01-01T00:00:00.000Z',
    seq,
  });

test('an event reaches the handler of its name and no other', () => {
  const frame = readFrame(connected(4));
  if (frame.type !== 'event') throw new Error('expected an event');
  const handlers = { agent_connected: vi.fn(), agent_disconnected: vi.fn() };
  dispatch(handlers, frame.event);
  expect(handlers.agent_connected).toHaveBeenCalledWith({ host_id: hostId, last_seen_at: null }, frame.event);
  expect(handlers.agent_disconnected).not.toHaveBeenCalled();
});

test('an event of a later version is counted and otherwise left alone', () => {
  expect(readFrame('{"event":"schedule_updated","data":{},"at":"2026-01-01T00:00:00.000Z","seq":9}')).toEqual({
    type: 'unknown',
    seq: 9,
  });
});

test.each(['', 'pong', '[]', '{"event":"resync"}'])('%j is malformed', (text) => {
  expect(readFrame(text)).toEqual({ type: 'malformed' });
});
