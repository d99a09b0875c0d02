/** Sockets of a person who watches: a dashboard's events and a target's output. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { LiveEvent, TailEvent } from '#protocol/live/events.ts';
import type { System } from '#test-support/whole-system/system.ts';

const open = async (system: System, path: string): Promise<WebSocket> => {
  const socket = new WebSocket(`${system.url.replace(/^http/, 'ws')}/api${path}`, {
    headers: { authorization: `Bearer ${system.token}` },
  });
  await once(socket, 'open');
  return socket;
};

/** Follows a target's output to its end. */
export const readTail = async (
  system: System,
  deployment: string,
  target: string,
): Promise<{ text: string; offsets: number[] }> => {
  const socket = await open(system, `/deployments/${deployment}/targets/${target}/tail?offset=0`);
  let text = '';
  const offsets: number[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    socket.on('message', (data) => {
      const frame = TailEvent.parse(JSON.parse(data.toString()));
      if (frame.event === 'end') return resolve();
      offsets.push(frame.offset);
      text += frame.text;
    });
    socket.on('close', () => reject(new Error('the tail closed before its end')));
  });
  await ended;
  socket.close();
  return { text, offsets };
};

export type Watcher = { events: LiveEvent[]; close: () => void };

export const watch = async (system: System): Promise<Watcher> => {
  const events: LiveEvent[] = [];
  const socket = new WebSocket(`${system.url.replace(/^http/, 'ws')}/api/live`, {
    headers: { authorization: `Bearer ${system.token}` },
  });
  socket.on('message', (data) => events.push(LiveEvent.parse(JSON.parse(data.toString()))));
  await once(socket, 'open');
  return { events, close: () => socket.close() };
};
