import { describe, expect, it } from 'vitest';
import { shellPrograms, startShell } from './shells.ts';

const powershellText = (argument: string | undefined) => Buffer.from(argument ?? '', 'base64').toString('utf16le');

describe('startShell', () => {
  it.each(['sh', 'bash'] as const)('%s gets the text as one argument', (shell) => {
    expect(startShell('linux', shell, `/bin/${shell}`, 'echo "a b"; exit 3', '/work')).toEqual({
      argv: [`/bin/${shell}`, '-c', 'echo "a b"; exit 3'],
      script: null,
      verbatim: false,
    });
  });

  it.each(['-x', '+x', '--help'])('a text that starts like an option (%s) is none', (text) => {
    expect(startShell('linux', 'sh', 'sh', text, '/work').argv).toEqual(['sh', '-c', ` ${text}`]);
  });

  it('a text too long for an argument goes through a file', () => {
    const text = `echo ${'ü'.repeat(65_000)}`;
    expect(startShell('linux', 'sh', 'sh', text, '/work')).toEqual({
      argv: ['sh', '/work/command.sh'],
      script: { path: '/work/command.sh', text },
      verbatim: false,
    });
  });

  it('powershell gets the text encoded, so that no quoting can change it', () => {
    const { argv, verbatim } = startShell('windows', 'powershell', 'pwsh.exe', 'Write-Host "a & b"', 'C:\\work');
    expect(argv.slice(0, -1)).toEqual([
      'pwsh.exe',
      '-NoLogo',
      '-NoProfile',
      '-NonInteractive',
      '-ExecutionPolicy',
      'Bypass',
      '-EncodedCommand',
    ]);
    expect(powershellText(argv.at(-1))).toContain('\nWrite-Host "a & b"\n');
    expect(verbatim).toBe(false);
  });

  it('a long powershell text goes through a file that Windows reads as UTF-8', () => {
    const { argv, script } = startShell('windows', 'powershell', 'pwsh.exe', `# ${'ü'.repeat(12_000)}`, 'C:\\work');
    expect(argv.slice(-2)).toEqual(['-File', 'C:\\work\\command.ps1']);
    expect(script?.text.startsWith('\uFEFF')).toBe(true);
  });

  it('cmd gets the text in the quotes that /s takes off again', () => {
    expect(startShell('windows', 'cmd', 'cmd.exe', 'dir "C:\\Program Files" & ver', 'C:\\work')).toEqual({
      argv: ['cmd.exe', '/d', '/s', '/c', '"dir "C:\\Program Files" & ver"'],
      script: null,
      verbatim: true,
    });
  });

  it('several lines for cmd go through a file', () => {
    const { argv, script } = startShell('windows', 'cmd', 'cmd.exe', 'one\ntwo', 'C:\\work');
    expect(argv.at(-1)).toBe('"C:\\work\\command.cmd"');
    expect(script?.text).toContain('one\r\ntwo\r\n');
  });

  it.each([
    ['linux', 'cmd', []],
    ['linux', 'powershell', ['pwsh']],
    ['windows', 'powershell', ['pwsh', 'powershell']],
    ['windows', 'cmd', ['cmd']],
    ['macos', 'bash', ['bash']],
  ] as const)('on %s the shell %s is one of %j', (platform, shell, programs) => {
    expect(shellPrograms(platform, shell)).toEqual(programs);
  });
});
