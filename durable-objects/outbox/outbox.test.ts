import { env, runInDurableObject } from 'cloudflare:test';
import { expect, test, vi } from 'vitest';
import { id } from '../test/ids.ts';
import { Outbox, YIELDS_AT_MOST_MS } from './outbox.ts';

/** Longer than a look at whether the others are done. */
const SOON = { timeout: 3000, interval: 20 };

type Yielding = { outbox: Outbox; delivered: () => number; othersAreDone: () => void; pass: (ms: number) => void };

const withYielding = (test: (yielding: Yielding) => Promise<void>): Promise<void> =>
  runInDurableObject(env.TEAM.getByName(id('team')), async (_instance, { storage }) => {
    let [deliveries, passed, othersFirst] = [0, 0, true];
    const channel = {
      name: 'news',
      delayMs: 0,
      intervalMs: 0,
      urgent: () => true,
      yields: () => othersFirst,
      pending: () => deliveries === 0,
      deliver: async () => {
        deliveries += 1;
      },
    };
    const outbox = new Outbox([channel], {
      storage,
      now: () => Date.now() + passed,
      random: () => 0,
      waitUntil: () => {},
      rearm: () => {},
    });
    await test({
      outbox,
      delivered: () => deliveries,
      othersAreDone: () => {
        othersFirst = false;
      },
      pass: (ms) => {
        passed += ms;
      },
    });
  });

test('a delivery that lets others go first comes when they are done, however often it is asked for', () =>
  withYielding(async ({ outbox, delivered, othersAreDone }) => {
    outbox.kick();
    outbox.kick();
    expect(delivered()).toBe(0);
    othersAreDone();
    await vi.waitFor(() => expect(delivered()).toBe(1), SOON);
  }));

test('it goes all the same in the end, and until then the alarm stands by for no longer', () =>
  withYielding(async ({ outbox, delivered, pass }) => {
    outbox.kick();
    const wakesIn = (outbox.nextWake() ?? 0) - Date.now();
    expect(wakesIn).toBeGreaterThan(YIELDS_AT_MOST_MS - 1000);
    expect(wakesIn).toBeLessThanOrEqual(YIELDS_AT_MOST_MS);
    expect(delivered()).toBe(0);
    pass(YIELDS_AT_MOST_MS);
    await vi.waitFor(() => expect(delivered()).toBe(1), SOON);
  }));
