/** An open dashboard: the socket of `GET /api/live`, with the moment at which each awaited event came. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { now } from './measure.ts';

/** No benchmark awaits a single event for longer. */
const EVENT_WITHIN_MS = 120_000;

/** The fields that benchmarks look at; whole events would cost time in the process that measures. */
const Event = z.object({
  event: z.string(),
  data: z.object({
    deployment_id: z.string().optional(),
    device_id: z.string().optional(),
    has_running_deployment: z.boolean().nullish(),
    lock: z.object({ holder: z.string() }).nullish(),
    status: z.string().optional(),
    success_count: z.int().optional(),
  }),
});
export type Event = z.infer<typeof Event>;
export type Seen = { at: number; event: Event };

type Waiter = { matches: (event: Event) => boolean; resolve: (seen: Seen) => void; reject: (error: Error) => void };

export type Dashboard = {
  /** The next such event; ask before you cause it. */
  next: (matches: (event: Event) => boolean) => Promise<Seen>;
  /** The end of a deployment, whether it is still to come or has come already. */
  ended: (deploymentId: string) => Promise<Seen>;
  close: () => void;
};

const bounded = async (seen: Promise<Seen>): Promise<Seen> => {
  const timer = new AbortController();
  const late = sleep(EVENT_WITHIN_MS, null, { signal: timer.signal }).catch(() => null);
  try {
    const first = await Promise.race([seen, late]);
    if (first === null) throw new Error(`an event did not come within ${EVENT_WITHIN_MS / 1000} s`);
    return first;
  } finally {
    timer.abort();
  }
};

export const openDashboard = async (url: string, token: string): Promise<Dashboard> => {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/api/live`, {
    headers: { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
  });
  const waiters = new Set<Waiter>();
  const ends = new Map<string, Seen>();

  socket.on('message', (data) => {
    const at = now();
    const event = Event.parse(JSON.parse(data.toString()));
    const seen = { at, event };
    if (event.event === 'deployment_completed' && event.data.deployment_id !== undefined)
      ends.set(event.data.deployment_id, seen);
    for (const waiter of waiters) {
      if (!waiter.matches(event)) continue;
      waiters.delete(waiter);
      waiter.resolve(seen);
    }
  });
  const next = (matches: Waiter['matches']): Promise<Seen> =>
    bounded(
      new Promise((resolve, reject) => {
        waiters.add({ matches, resolve, reject });
      }),
    );
  socket.once('close', () => {
    for (const { reject } of waiters) reject(new Error('the server closed the socket of the dashboard'));
  });

  // The first frame says that the socket is registered: from then on nothing is missed.
  const ready = next(() => true);
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.on('error', reject);
  });
  await ready;
  return {
    next,
    ended: async (id) =>
      ends.get(id) ?? (await next(({ event, data }) => event === 'deployment_completed' && data.deployment_id === id)),
    close: () => socket.close(),
  };
};
