import { describe, expect, it } from 'vitest';
import { defaultPolicy, effectiveTimeoutSeconds, Policy } from './policy.ts';

describe('policy', () => {
  it('a host without a policy allows every action, any path and the full time', () => {
    expect(defaultPolicy).toEqual({
      actions: ['command', 'script', 'software', 'files'],
      allow_commands: null,
      deny_commands: [],
      allow_roots: null,
      run_as: null,
      max_parallel: 4,
      max_output_bytes: 64 * 1024 * 1024,
      max_seconds: 7 * 24 * 3600,
      max_download_bytes_per_second: null,
      cache: { max_bytes: 2 ** 31, max_age_days: 30 },
      backups: { max_count: 500, max_age_days: 30, max_bytes: 2 ** 31 },
      env: {},
    });
  });

  it('a bound that is left out has its default', () => {
    expect(Policy.parse({ backups: { max_count: 3 } }).backups).toEqual({ ...defaultPolicy.backups, max_count: 3 });
  });

  it.each<[object, string]>([
    [{ allow_comands: ['uptime'] }, 'a misspelled field'],
    [{ actions: ['reboot'] }, 'an unknown action'],
    [{ allow_roots: ['opt/app'] }, 'a relative root'],
    [{ run_as: '-u root' }, 'a user name that is an option'],
    [{ max_parallel: 0 }, 'no parallelism'],
    [{ max_seconds: 0 }, 'no time'],
    [{ max_download_bytes_per_second: 0 }, 'downloads that never end'],
    [{ backups: { max_size: 1 } }, 'a misspelled bound'],
    [{ cache: { max_bytes: -1 } }, 'a negative bound'],
    [{ env: { 'A=B': 'c' } }, 'a variable that is no name'],
    [{ deny_commands: [' '] }, 'an empty pattern'],
  ])('refuses %j: %s', (input, _what) => {
    expect(Policy.safeParse(input).success).toBe(false);
  });

  it.each([
    [60, 600, 60],
    [600, 60, 60],
  ])('max_seconds %i caps a job of %i s to %i s', (maxSeconds, jobSeconds, expected) => {
    expect(effectiveTimeoutSeconds(Policy.parse({ max_seconds: maxSeconds }), jobSeconds)).toBe(expected);
  });
});
