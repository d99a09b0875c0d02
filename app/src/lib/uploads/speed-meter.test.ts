import { describe, expect, it } from 'vitest';
import { SpeedMeter } from './speed-meter.ts';

describe('speed', () => {
  it('is unknown at first', () => {
    const meter = new SpeedMeter();
    meter.record(0, 0);
    meter.record(100, 1000);
    expect(meter.bytesPerSecond()).toBeNull();
    expect(meter.remainingSeconds(5000)).toBeNull();
  });

  it('is that of the last seconds, not of the whole upload', () => {
    const meter = new SpeedMeter();
    for (let second = 0; second <= 20; second++)
      meter.record(second * 1000, second <= 10 ? second * 100 : 1000 + (second - 10) * 10);
    expect(meter.bytesPerSecond()).toBe(10);
    expect(meter.remainingSeconds(1200)).toBe(10);
  });

  it('of a line that stands still leaves the remaining time open', () => {
    const meter = new SpeedMeter();
    meter.record(0, 500);
    meter.record(5000, 500);
    expect(meter.remainingSeconds(1000)).toBeNull();
  });
});
