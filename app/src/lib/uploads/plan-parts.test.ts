import { describe, expect, it } from 'vitest';
import { planParts, type ReceivedPart } from './plan-parts.ts';

const numbers = (parts: { number: number }[]): number[] => parts.map(({ number }) => number);

describe('parts', () => {
  it('cover every byte once', () => {
    for (const size of [1, 15, 16, 17, 31, 32, 33, 160]) {
      const { send, arrived } = planParts(size, 16, []);
      expect(arrived).toEqual([]);
      expect(send[0]?.start).toBe(0);
      expect(send.at(-1)?.end).toBe(size);
      send.forEach((part, index) => {
        expect(part.number).toBe(index + 1);
        if (index > 0) expect(part.start).toBe(send[index - 1]?.end);
        expect(part.end - part.start).toBe(index === send.length - 1 ? size - index * 16 : 16);
      });
    }
  });

  it('of no size are refused', () => expect(() => planParts(10, 0, [])).toThrow(RangeError));

  it.each<[string, number, ReceivedPart[], number[], number[]]>([
    ['nothing', 40, [], [], [1, 2, 3]],
    ['one in the middle', 40, [{ number: 2, size: 16 }], [2], [1, 3]],
    ['the short last one', 40, [{ number: 3, size: 8 }], [3], [1, 2]],
    ['all', 32, [1, 2].map((number) => ({ number, size: 16 })), [1, 2], []],
    ['one of another length', 40, [{ number: 3, size: 7 }], [], [1, 2, 3]],
    ['a whole one where the file has its short last', 40, [{ number: 3, size: 16 }], [], [1, 2, 3]],
    [
      'numbers that the file does not have',
      40,
      [
        { number: 0, size: 16 },
        { number: 4, size: 16 },
      ],
      [],
      [1, 2, 3],
    ],
    [
      'one that is told twice',
      40,
      [
        { number: 1, size: 16 },
        { number: 1, size: 16 },
      ],
      [1],
      [2, 3],
    ],
  ])('that are still to send when the server has %s', (_what, size, received, arrived, send) => {
    const plan = planParts(size, 16, received);
    expect([numbers(plan.arrived), numbers(plan.send)]).toEqual([arrived, send]);
  });

  it('that are there and those to send cover every byte together, whatever is there', () => {
    for (let pattern = 0; pattern < 16; pattern++) {
      const received = [1, 2, 3, 4]
        .filter((number) => pattern & (1 << (number - 1)))
        .map((number) => ({ number, size: number === 4 ? 2 : 16 }));
      const { arrived, send } = planParts(50, 16, received);
      const all = [...arrived, ...send].sort((one, two) => one.number - two.number);
      expect(numbers(all)).toEqual([1, 2, 3, 4]);
      expect(all.reduce((sum, { start, end }) => sum + end - start, 0)).toBe(50);
      expect(numbers(arrived)).toEqual(numbers(received));
    }
  });
});
