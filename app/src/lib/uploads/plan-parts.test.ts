import { describe, expect, it } from 'vitest';
import { planParts } from './plan-parts.ts';

describe('parts', () => {
  it('cover every byte once', () => {
    for (const size of [1, 15, 16, 17, 31, 32, 33, 160]) {
      const parts = planParts(size, 16);
      expect(parts[0]?.start).toBe(0);
      expect(parts.at(-1)?.end).toBe(size);
      parts.forEach((part, index) => {
        expect(part.number).toBe(index + 1);
        if (index > 0) expect(part.start).toBe(parts[index - 1]?.end);
        expect(part.end - part.start).toBe(index === parts.length - 1 ? size - index * 16 : 16);
      });
    }
  });

  it('of no size are refused', () => expect(() => planParts(10, 0)).toThrow(RangeError));
});
