import { describe, expect, test } from 'vitest';
import { type Labeled, matches, parseSelector } from './selector.ts';

const device: Labeled = {
  labels: { role: 'phone', tier: '' },
  host_labels: { role: 'lab', site: 'berlin', 'team/owner': 'qa' },
  os: 'linux',
  arch: 'x64',
  kind: 'android',
  host_name: 'rack-1',
};

const select = (text: string): boolean => {
  const parsed = parseSelector(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return matches(parsed.selector, device);
};

describe('a selector', () => {
  test.each([
    ['site', true],
    ['site=berlin', true],
    ['site=Berlin', false],
    ['site!=berlin', false],
    ['site!=paris', true],
    ['missing', false],
    ['!missing', true],
    ['!site', false],
    ['missing!=x', true],
    ['missing=x', false],
    ['role=phone', true],
    ['role=lab', false],
    ['tier', true],
    ['tier=', true],
    ['os=linux', true],
    ['arch=x64,kind=android', true],
    ['host=rack-1', true],
    ['team/owner=qa', true],
    [' site = berlin , role = phone ', true],
    ['site=berlin,role=lab', false],
    ['constructor', false],
  ])('%j matches: %s', (text, expected) => {
    expect(select(text)).toBe(expected);
  });

  test.each(['', ',', 'a,,b', 'a,', '=x', '!', '!=x', 'a b', 'a=b=c', 'a!=b!=c', '!!a', '-a', 'a=b\nc'])(
    '%j is refused with a message',
    (text) => {
      const parsed = parseSelector(text);
      expect(parsed.ok ? '' : parsed.message).toMatch(/\w+/);
    },
  );

  test('a label that a person set hides the implicit one', () => {
    const parsed = parseSelector('os=embedded');
    expect(parsed.ok && matches(parsed.selector, { ...device, host_labels: { os: 'embedded' } })).toBe(true);
  });
});
