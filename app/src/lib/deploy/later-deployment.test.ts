import { describe, expect, it } from 'vitest';
import { laterDeployment } from './later-deployment.ts';
import { summary } from './test-summary.ts';

describe('an answer about a deployment', () => {
  const going = summary(1, { completed: 1, wave: 1 });
  it('is taken where nothing newer is known', () => {
    const paused = summary(1, { completed: 1, wave: 1, status: 'paused' });
    expect(laterDeployment(going, paused)).toBe(paused);
  });
  it('is left when the end is known already', () => {
    const canceled = summary(1, { status: 'canceled', completed: 1, canceled: 4 });
    expect(laterDeployment(canceled, going)).toBe(canceled);
  });
  it('is left when events are ahead of it', () => {
    const next = summary(1, { completed: 1, wave: 2 });
    expect(laterDeployment(next, going)).toBe(next);
    const more = summary(1, { completed: 2 });
    expect(laterDeployment(more, going)).toBe(more);
  });
});
