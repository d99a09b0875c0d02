import { describe, expect, it } from 'vitest';
import { Spec } from '#protocol/spec.ts';
import { prefilledForm, prefillText } from './prefill.ts';
import { device1 } from './test-form.ts';
import { id } from './test-ids.ts';

describe('prefilled form', () => {
  it('takes kind and ids from the link and leaves out what is no id', () => {
    const params = new URLSearchParams(
      `device=${device1}&device=${device1}&device=x&group=${id('grp')}&file=${id('file')}`,
    );
    const made = prefilledForm(params, null);
    expect(made).toMatchObject({ kind: 'files', deviceIds: [device1], groupIds: [id('grp')] });
    expect(made.files.fileIds).toEqual([id('file')]);
  });

  it('takes a script and its version, and no version without its script', () => {
    const named = prefilledForm(new URLSearchParams(`script=${id('scr')}&version=3`), null);
    expect(named).toMatchObject({ kind: 'script', script: { scriptId: id('scr'), version: '3' } });
    expect(prefilledForm(new URLSearchParams('kind=script&script=x&version=3'), null).script.version).toBe('');
  });

  it('takes an unknown kind for a command', () => {
    expect(prefilledForm(new URLSearchParams('kind=magic'), null).kind).toBe('command');
  });
});

describe('what is said of it', () => {
  const like = (env: Record<string, unknown>) => ({
    name: 'nightly',
    spec: Spec.parse({ action: { kind: 'command', command: 'x', env }, device_ids: [device1] }),
  });

  it('names the deployment it is like, and asks for its secrets', () => {
    expect(prefillText(like({ PLAIN: '1' }))).toBe('Filled in like “nightly”.');
    expect(prefillText(like({ TOKEN: { secret: true } }))).toMatch(/type them again/);
    expect(prefillText(null)).toBeNull();
  });
});
