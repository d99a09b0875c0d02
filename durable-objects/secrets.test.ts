import { env } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import type { JobAction } from '#protocol/agent/job.ts';
import { MAX_SECRET_BYTES } from '#protocol/environment.ts';
import { RequestedSpec, Spec } from '#protocol/spec.ts';
import { keyFor, openAction, openText, sealSpec, sealText } from './secrets.ts';

const key = keyFor(env, 'seal');
const other = keyFor({ DEPLOYX_SECRETS_KEY: 'another-key-another-key-another-key-another' }, 'seal');

describe('sealed text', () => {
  it('opens to what it was, and says nothing of it', () => {
    const text = 'hünter2 \n secret';
    const sealed = sealText(text, key);
    expect(sealed).toMatch(/^sealed:v1:[\w-]+$/);
    expect(openText(sealed, key)).toBe(text);
  });

  it('is different each time, so that equal secrets do not show', () => {
    expect(sealText('same same', key)).not.toBe(sealText('same same', key));
  });

  it('opens with no other key and for no other purpose', () => {
    const sealed = sealText('secret', key);
    expect(openText(sealed, other)).toBeNull();
    expect(openText(sealed, keyFor(env, 'report-links'))).toBeNull();
  });

  it('does not open when a bit of it was changed, or when it never was one', () => {
    const sealed = sealText('secret', key);
    const bytes = Buffer.from(sealed.slice('sealed:v1:'.length), 'base64url');
    for (let index = 0; index < bytes.length; index++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(bytes.readUInt8(index) ^ 1, index);
      expect(openText(`sealed:v1:${changed.toString('base64url')}`, key)).toBeNull();
    }
    for (const text of ['', 'plain', 'sealed:v1:', 'sealed:v1:AAAA', sealed.replace('v1', 'v2')])
      expect(openText(text, key)).toBeNull();
  });

  it('is refused without a key, or with one that somebody typed', () => {
    for (const DEPLOYX_SECRETS_KEY of ['', 'short']) expect(() => keyFor({ DEPLOYX_SECRETS_KEY }, 'seal')).toThrow();
  });
});

const actionOf = (secret_env: string[], values: Record<string, string>): JobAction => ({
  kind: 'command',
  command: 'x',
  shell: 'sh',
  working_directory: null,
  env: values,
  secret_env,
});

describe('a spec', () => {
  it('is stored without its secrets in readable form, at any size that a person may give', () => {
    const value = '🔑'.repeat(MAX_SECRET_BYTES / 4);
    const spec = RequestedSpec.parse({
      action: { kind: 'command', command: 'deploy', env: { LANG: 'C', TOKEN: { secret: true, value } } },
      device_ids: [`dev_${'0'.repeat(26)}`],
    });
    const sealed = Spec.parse(JSON.parse(JSON.stringify(sealSpec(env, spec))));
    expect(JSON.stringify(sealed)).not.toContain('🔑');
    if (sealed.action.kind !== 'command') throw new Error('it is a command');
    const { TOKEN, LANG } = sealed.action.env;
    expect(LANG).toBe('C');
    expect(typeof TOKEN === 'object' && openText(TOKEN.value ?? '', key)).toBe(value);
  });
});

describe('a job', () => {
  it('is handed over with its secrets opened and everything else as it was', () => {
    const action = actionOf(['TOKEN'], { LANG: 'C', TOKEN: sealText('hunter2', key) });
    expect(openAction(env, action)).toEqual({
      ok: true,
      action: { ...action, env: { LANG: 'C', TOKEN: 'hunter2' } },
    });
  });

  it('whose secret cannot be opened says which, and not what it holds', () => {
    const sealed = sealText('hunter2', other);
    const opened = openAction(env, actionOf(['TOKEN'], { TOKEN: sealed }));
    expect(opened).toEqual({ ok: false, message: expect.stringContaining('TOKEN') });
    expect(JSON.stringify(opened)).not.toContain(sealed);
  });

  it('without secrets needs no key', () => {
    const action = actionOf([], { LANG: 'C' });
    expect(openAction({ ...env, DEPLOYX_SECRETS_KEY: '' }, action)).toEqual({ ok: true, action });
  });
});
