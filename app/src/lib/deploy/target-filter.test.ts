import { describe, expect, it } from 'vitest';
import { statusesOf, targetFilters } from './target-filter.ts';

describe('filters', () => {
  it('cover every state once', () => {
    const covered = targetFilters.filter((filter) => filter !== 'all').flatMap((filter) => statusesOf(filter));
    expect(new Set(covered).size).toBe(covered.length);
    expect(covered).toHaveLength(10);
  });
});
