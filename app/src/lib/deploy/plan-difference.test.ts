import { describe, expect, it } from 'vitest';
import type { PlanDifference } from '#protocol/http/deployments.ts';
import { ApiError } from '../api/api-error.ts';
import { differenceText, planDifference } from './plan-difference.ts';

describe('a refusal of a plan', () => {
  const refusal = (type: string, errors: PlanDifference[]) =>
    new ApiError({ type, title: 'Conflict', status: 409, detail: 'x', errors });
  it('tells what has changed', () =>
    expect(planDifference(refusal('deployments.plan_changed', [{ path: 'waves', message: 'one more' }]))).toEqual([
      { path: 'waves', message: 'one more' },
    ]));
  it('is no other conflict, and no other failure', () => {
    expect(planDifference(refusal('conflict', []))).toBeNull();
    expect(planDifference(new Error('x'))).toBeNull();
  });
  it('is said in words', () => {
    expect(differenceText({ path: 'devices', message: 'added: web-3' })).toBe('Devices added: web-3');
    expect(differenceText({ path: 'waves', message: 'in another wave: web-3' })).toBe('In another wave: web-3');
  });
});
