import { beforeEach, expect, it } from 'vitest';
import { AT_ONCE, type Place, StartGate } from './start-gate.ts';

let now: number;
let sleepers: { at: number; wake: () => void }[];
let gate: StartGate;

beforeEach(() => {
  now = 0;
  sleepers = [];
  gate = new StartGate({
    now: () => now,
    sleep: (ms) => new Promise((wake) => sleepers.push({ at: now + ms, wake })),
  });
});

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** Time passes, and whoever sleeps until then wakes in order. */
const pass = async (ms: number): Promise<void> => {
  const until = now + ms;
  await turn();
  for (;;) {
    const next = sleepers.toSorted((left, right) => left.at - right.at).find(({ at }) => at <= until);
    if (next === undefined) break;
    sleepers.splice(sleepers.indexOf(next), 1);
    now = next.at;
    next.wake();
    await turn();
  }
  now = until;
};

type Entered = { number: number; place: Place | null };

const enter = (count: number, from = 0): Entered[] => {
  const entered: Entered[] = [];
  for (let number = from; number < from + count; number++)
    void gate.enter().then((place) => entered.push({ number, place }));
  return entered;
};

const numbers = (entered: readonly Entered[]): number[] => entered.map(({ number }) => number);
const leave = (entered: readonly Entered[]): void => {
  for (const { place } of entered) if (place !== null) void gate.leave(place);
};

it('lets some start at once, and the others in their order as places come free', async () => {
  const entered = enter(AT_ONCE + 10);
  await pass(1);
  expect(numbers(entered)).toEqual(Array.from({ length: AT_ONCE }, (_, number) => number));
  leave(entered.slice(0, 3));
  await pass(1);
  expect(numbers(entered.slice(AT_ONCE))).toEqual([AT_ONCE, AT_ONCE + 1, AT_ONCE + 2]);
});

it('keeps a place empty for a moment while somebody waits for it, so that the thread hears others', async () => {
  const entered = enter(AT_ONCE + 1);
  await pass(0);
  leave(entered.slice(0, 1));
  await turn();
  expect(entered).toHaveLength(AT_ONCE);
  await pass(1);
  expect(entered).toHaveLength(AT_ONCE + 1);
});

it('is busy while somebody waits, and a moment longer', async () => {
  const entered = enter(AT_ONCE);
  await pass(0);
  expect(gate.isBusy()).toBe(false);
  enter(1, AT_ONCE);
  await pass(2000);
  expect(gate.isBusy()).toBe(true);
  leave(entered);
  await pass(400);
  expect(gate.isBusy()).toBe(true);
  await pass(200);
  expect(gate.isBusy()).toBe(false);
});

it('is not busy for ever because of somebody who never came out of the line', async () => {
  enter(AT_ONCE + 1);
  await pass(0);
  sleepers = [];
  await pass(6000);
  expect(gate.isBusy()).toBe(false);
});

it('sends away whoever waited as long as a delivery may, and gives nobody’s place to one that is gone', async () => {
  enter(AT_ONCE);
  const late = enter(1, AT_ONCE);
  await pass(9_999);
  expect(late).toEqual([]);
  await pass(1);
  expect(late).toEqual([{ number: AT_ONCE, place: null }]);
});

it('takes back the place of one that never says that it is done', async () => {
  enter(AT_ONCE);
  await pass(15_000);
  const entered = enter(AT_ONCE, AT_ONCE);
  await pass(0);
  expect(entered.every(({ place }) => place !== null)).toBe(true);
});

it('a place that is given back late, after it was taken back, is not given twice', async () => {
  const slow = enter(AT_ONCE);
  await pass(15_000);
  enter(AT_ONCE, AT_ONCE);
  await pass(0);
  leave(slow);
  await pass(1);
  const entered = enter(1, 2 * AT_ONCE);
  await pass(0);
  expect(entered).toEqual([]);
});
