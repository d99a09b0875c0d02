import { env, runInDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { id } from '../test/ids.ts';
import { Alarm } from './alarm.ts';

/** Far from the time of any alarm that fires, to which the runtime would lose it. */
test('an alarm for what is overdue is set to a moment that is still to come', async () => {
  const stub = env.TEAM.getByName(id('team'));
  await runInDurableObject(stub, async (_instance, { storage }) => {
    const before = Date.now();
    new Alarm(storage).arm(before - 60_000);
    expect(await storage.getAlarm()).toBeGreaterThan(before);
    await storage.deleteAlarm();
  });
});

test('an alarm that is armed early enough stays where it is', async () => {
  const stub = env.TEAM.getByName(id('team'));
  await runInDurableObject(stub, async (_instance, { storage }) => {
    const alarm = new Alarm(storage);
    const soon = Date.now() + 60_000;
    alarm.arm(soon);
    alarm.arm(soon + 60_000);
    expect(await storage.getAlarm()).toBe(soon);
    alarm.fired();
    alarm.arm(soon + 60_000);
    expect(await storage.getAlarm()).toBe(soon + 60_000);
    await storage.deleteAlarm();
  });
});
