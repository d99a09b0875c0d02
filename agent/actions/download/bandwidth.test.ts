import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBucket } from './bandwidth.ts';

const bucketAt = (bytesPerSecond: number) => {
  const clock = { ms: 0 };
  return { clock, bucket: new TokenBucket(bytesPerSecond, () => clock.ms) };
};

describe('token bucket', () => {
  it('waits as long as what came takes at its rate', () => {
    const { bucket } = bucketAt(1000);
    expect(bucket.take(500)).toBe(500);
    expect(bucket.take(500)).toBe(1000);
  });

  it('waits less by the time that has passed', () => {
    const { clock, bucket } = bucketAt(1000);
    bucket.take(500);
    clock.ms = 300;
    expect(bucket.take(0)).toBe(200);
  });

  it('saves a second of its rate at most', () => {
    const { clock, bucket } = bucketAt(1000);
    clock.ms = 3_600_000;
    expect(bucket.take(1000)).toBe(0);
    expect(bucket.take(1000)).toBe(1000);
  });

  it('a new rate holds from then on', () => {
    const { clock, bucket } = bucketAt(1000);
    bucket.take(1000);
    clock.ms = 500;
    bucket.setRate(100);
    expect(bucket.take(0)).toBe(5000);
  });

  it('whoever waits as told never gets more than the rate and one second of it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 100_000 }), fc.integer({ min: 0, max: 5000 })), { maxLength: 50 }),
        (rate, chunks) => {
          const { clock, bucket } = bucketAt(rate);
          let received = 0;
          for (const [bytes, idleMs] of chunks) {
            clock.ms += idleMs;
            received += bytes;
            clock.ms += bucket.take(bytes);
            expect(received).toBeLessThanOrEqual((clock.ms * rate) / 1000 + rate + 1e-3);
          }
        },
      ),
    );
  });
});
