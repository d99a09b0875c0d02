import { describe, expect, it } from 'vitest';
import { MAX_SECRET_BYTES } from './environment.ts';
import { RequestedSpec } from './spec.ts';
import { withoutSecrets } from './spec-secrets.ts';

const device = `dev_${'0'.repeat(26)}`;
const script = `scr_${'0'.repeat(26)}`;
type Env = Record<string, string | { secret: true; value?: string }>;

const request = (env: Env, action: object = { kind: 'command', command: 'deploy' }): unknown => ({
  action: { ...action, env },
  device_ids: [device],
});

const issuesOf = (input: unknown): string[] =>
  RequestedSpec.safeParse(input).error?.issues.map(({ path }) => path.join('.')) ?? [];

describe('a secret that a person gives', () => {
  it.each([
    ['no value', { secret: true }],
    ['a value that is too short to be found in output', { secret: true, value: 'abc' }],
    ['a value that is blank', { secret: true, value: '      ' }],
    ['a value that is too long to be kept', { secret: true, value: 'x'.repeat(MAX_SECRET_BYTES + 1) }],
  ] as const)('is refused with the name of the field for %s', (_what, secret) => {
    expect(issuesOf(request({ TOKEN: secret }))).toEqual(['action.env.TOKEN.value']);
  });

  it('is taken at the bounds, for commands and for scripts', () => {
    for (const value of ['abcd', 'x'.repeat(MAX_SECRET_BYTES)]) {
      expect(issuesOf(request({ TOKEN: { secret: true, value } }))).toEqual([]);
      expect(issuesOf(request({ TOKEN: { secret: true, value } }, { kind: 'script', script_id: script }))).toEqual([]);
    }
  });
});

describe('withoutSecrets', () => {
  it('leaves out the values of secrets and nothing else', () => {
    const env: Env = { LANG: 'C', TOKEN: { secret: true, value: 'hunter2-hunter2' } };
    const spec = RequestedSpec.parse(request(env));
    const shown = withoutSecrets(spec);
    expect(JSON.stringify(shown)).not.toContain('hunter2');
    expect(shown).toEqual({ ...spec, action: { ...spec.action, env: { LANG: 'C', TOKEN: { secret: true } } } });
  });

  it('changes no action that has no environment', () => {
    const action = { kind: 'software', custom_software: [{ name: 'nginx', package_type: 'apt' }] };
    const spec = RequestedSpec.parse({ action, device_ids: [device] });
    expect(withoutSecrets(spec)).toEqual(spec);
  });
});
