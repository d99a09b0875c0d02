import { beforeEach, expect, it } from 'vitest';
import { type Place, StartGate } from './start-gate.ts';

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
const leave = (entered: readonly Entered[]): Promise<void>[] =>
  entered.flatMap(({ place }) => (place === null ? [] : gate.leave(place)));

it('lets some start at once, and the others in their order as places come free', async () => {
  const entered = enter(20);
  await pass(1);
  expect(numbers(entered)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  leave(entered.slice(0, 3));
  await pass(1);
  expect(numbers(entered.slice(8))).toEqual([8, 9, 10]);
});

it('keeps a place empty for a moment while somebody waits for it, so that the thread hears others', async () => {
  const entered = enter(9);
  await pass(0);
  leave(entered.slice(0, 1));
  await turn();
  expect(entered).toHaveLength(8);
  await pass(1);
  expect(entered).toHaveLength(9);
});

it('is busy while somebody waits and a moment longer, and puts off what can wait', async () => {
  const entered = enter(8);
  await pass(0);
  expect([gate.isBusy(), gate.delay(50)]).toEqual([false, 50]);
  enter(1, 8);
  expect([gate.isBusy(), gate.delay(50), gate.delay(5000)]).toEqual([true, 2000, 5000]);
  leave(entered);
  await pass(501);
  expect(gate.isBusy()).toBe(false);
});

it('sends away whoever waited as long as a delivery may, and gives nobody’s place to one that is gone', async () => {
  enter(8);
  const late = enter(1, 8);
  await pass(9_999);
  expect(late).toEqual([]);
  await pass(1);
  expect(late).toEqual([{ number: 8, place: null }]);
});

it('takes back the place of one that never says that it is done', async () => {
  enter(8);
  await pass(15_000);
  const entered = enter(8, 8);
  await pass(0);
  expect(entered.every(({ place }) => place !== null)).toBe(true);
});

it('a place that is given back late, after it was taken back, is not given twice', async () => {
  const slow = enter(8);
  await pass(15_000);
  enter(8, 8);
  await pass(0);
  leave(slow);
  await pass(1);
  const entered = enter(1, 16);
  await pass(0);
  expect(entered).toEqual([]);
});
