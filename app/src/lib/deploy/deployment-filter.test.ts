import { describe, expect, it } from 'vitest';
import type { DeploymentSummary } from '#protocol/http/deployments.ts';
import { DeploymentStatus } from '#protocol/states.ts';
import { type DeploymentFilter, withDeployment } from './deployment-filter.ts';
import { summary as deployment } from './test-summary.ts';
import { readWorkFilter } from './work-filter.ts';

const all: DeploymentFilter = { q: '', kind: '', status: '' };
const numbers = (items: readonly DeploymentSummary[]) => items.map((item) => Number(item.id.slice(4)));

describe('list of deployments', () => {
  const items = [deployment(5), deployment(3)];

  it('shows a new one first', () => expect(numbers(withDeployment(items, deployment(7), all))).toEqual([7, 5, 3]));

  it('changes a known one in its place', () => {
    const changed = withDeployment(items, deployment(3, { status: 'completed' }), all);
    expect(changed.map((item) => item.status)).toEqual(['in_progress', 'completed']);
  });

  it('leaves out one that is older than what is loaded', () =>
    expect(withDeployment(items, deployment(1), all)).toBe(items));

  it('drops one that no longer passes the filter, and takes none that does not', () => {
    const running: DeploymentFilter = { ...all, status: 'in_progress' };
    expect(numbers(withDeployment(items, deployment(5, { status: 'failed' }), running))).toEqual([3]);
    expect(withDeployment(items, deployment(9, { kind: 'files' }), { ...all, kind: 'command' })).toBe(items);
    expect(withDeployment(items, deployment(9, { name: 'other' }), { ...all, q: 'deployment' })).toBe(items);
  });

  it('takes what is no kind or status in an address for none', () => {
    const params = new URLSearchParams('kind=magic&status=done&q=x');
    expect(readWorkFilter(params, DeploymentStatus)).toEqual({ q: 'x', kind: '', status: '' });
  });
});
