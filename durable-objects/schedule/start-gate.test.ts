import { expect, it } from 'vitest';
import { StartGate } from './start-gate.ts';

const clock = () => {
  let now = 0;
  const sleepers: { at: number; wake: () => void }[] = [];
  const gate = new StartGate({
    now: () => now,
    random: () => 1,
    sleep: (ms) => new Promise((wake) => sleepers.push({ at: now + ms, wake })),
  });
  /** Time passes, and whoever sleeps until then wakes in order. */
  const pass = async (ms: number): Promise<void> => {
    const until = now + ms;
    for (;;) {
      const next = sleepers.toSorted((left, right) => left.at - right.at).find(({ at }) => at <= until);
      if (next === undefined) break;
      sleepers.splice(sleepers.indexOf(next), 1);
      now = next.at;
      next.wake();
      await Promise.resolve();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    now = until;
  };
  return { gate, pass };
};

const run = (gate: StartGate, count: number) => {
  const started: number[] = [];
  const ends: (() => void)[] = [];
  const all = Array.from({ length: count }, (_, index) =>
    gate.pass(() => {
      started.push(index);
      return new Promise<void>((resolve) => ends.push(resolve));
    }),
  );
  return { started, ends, all };
};

it('lets some start at once, the others as places come free, and everybody in the end', async () => {
  const { gate, pass } = clock();
  const { started, ends } = run(gate, 30);
  await pass(1);
  expect(started).toHaveLength(24);
  expect(gate.isBusy()).toBe(true);
  for (const end of ends.splice(0, 4)) end();
  await pass(1000);
  expect(started).toHaveLength(28);
  for (const end of ends.splice(0)) end();
  await pass(1000);
  expect(new Set(started).size).toBe(30);
});

it('keeps nobody for ever: whoever waits too long starts all the same', async () => {
  const { gate, pass } = clock();
  const { started } = run(gate, 25);
  await pass(10_500);
  expect(started).toHaveLength(25);
});

it('takes back the place of one that never says that it is done', async () => {
  const { gate, pass } = clock();
  run(gate, 24);
  await pass(15_001);
  const { started } = run(gate, 1);
  await pass(1);
  expect(started).toHaveLength(1);
});

it('frees the place of one that fails, and is not busy while there are places', async () => {
  const { gate, pass } = clock();
  await expect(gate.pass(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  const { started } = run(gate, 24);
  await pass(1);
  expect(started).toHaveLength(24);
  expect(gate.isBusy()).toBe(false);
});
