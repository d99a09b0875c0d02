import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allowPatternMatches, denyPatternMatches } from './command-patterns.ts';

const trimmed = (text: string) => text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');

describe('allow patterns', () => {
  it.each([
    ['uptime', 'uptime', true],
    ['uptime', '  uptime\n', true],
    ['uptime', 'uptime\u00a0', false],
    ['uptime', 'uptime -p', false],
    ['uptime', 'my-uptime', false],
    ['uptime', 'UPTIME', false],
    ['systemctl restart *', 'systemctl restart nginx', true],
    ['systemctl restart *', 'systemctl restart', false],
    ['systemctl restart *', 'sudo systemctl restart nginx', false],
    ['systemctl * nginx', 'systemctl restart nginx', true],
    ['a.b', 'axb', false],
    ['echo [x]', 'echo [x]', true],
    ['echo [x]', 'echo x', false],
    ['echo "*"', 'echo "hello, world"', true],
    ['a; b', 'a; b', true],
    ['a; *', 'a; b', true],
    ['a; *', 'a; b; c', false],
    ['*', 'anything at all', true],
    ['*', 'one\ntwo', false],
  ])('pattern %j, command %j: %s', (pattern, command, expected) => {
    expect(allowPatternMatches(pattern, command, 'sh')).toBe(expected);
  });

  it.each(['\n', '\r', ';', '&', '&&', '|', '||', '`', '$', '$(', '(', ')', '<', '>', '<(', '>>'])(
    'a wildcard lets nothing be chained by %j',
    (operator) => {
      expect(allowPatternMatches('echo *', `echo a ${operator} reboot`, 'sh')).toBe(false);
      expect(allowPatternMatches('*', `echo a${operator}reboot`, 'bash')).toBe(false);
    },
  );

  it('letter case counts in Unix shells and not in those of Windows', () => {
    expect(allowPatternMatches('get-date', 'Get-Date', 'powershell')).toBe(true);
    expect(allowPatternMatches('dir *', 'DIR C:\\', 'cmd')).toBe(true);
    expect(allowPatternMatches('dir *', 'DIR /', 'bash')).toBe(false);
  });

  it('a pattern without a wildcard matches its own text alone, whatever is in it', () => {
    const text = fc
      .string({ minLength: 1, unit: 'grapheme' })
      .filter((each) => each.trim() !== '' && !each.includes('*'));
    fc.assert(
      fc.property(text, text, (pattern, command) => {
        expect(allowPatternMatches(pattern, pattern, 'sh')).toBe(true);
        expect(allowPatternMatches(pattern, command, 'sh')).toBe(trimmed(pattern) === trimmed(command));
      }),
    );
  });
});

describe('deny patterns', () => {
  it.each([
    ['rm *', 'rm -rf /', true],
    ['rm *', 'true; rm -rf /', true],
    ['rm *', 'true && rm -rf /', true],
    ['rm *', 'echo $(rm -rf /)', true],
    ['rm *', 'echo `rm -rf /`', true],
    ['rm *', 'one\nrm -rf /\ntwo', true],
    ['rm *', '{ rm -rf /; }', true],
    ['rm *', 'inform me', false],
    ['*reboot*', 'sleep 5; /sbin/reboot -f', true],
    ['*curl*|*sh*', 'curl https://x | sh', true],
    ['shutdown', 'shutdown now', false],
  ])('pattern %j, command %j: %s', (pattern, command, expected) => {
    expect(denyPatternMatches(pattern, command, 'sh')).toBe(expected);
  });
});
