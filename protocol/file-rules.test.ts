import { describe, expect, it } from 'vitest';
import { fileIssue, filenameIssue, sizeIssue } from './file-rules.ts';
import { type FileRules, NO_FILE_RULES, UpdateFileRules } from './http/file-rules.ts';

const rulesOf = (rules: Partial<FileRules>): FileRules => ({ ...NO_FILE_RULES, ...rules });

describe('extensions', () => {
  it.each<[string, string[] | null, string[], boolean]>([
    ['a.deb', null, [], true],
    ['noextension', null, ['exe'], true],
    ['a.deb', ['deb'], [], true],
    ['A.DEB', ['deb'], [], true],
    ['a.rpm', ['deb'], [], false],
    ['adeb', ['deb'], [], false],
    ['a.deb.txt', ['deb'], [], false],
    ['noextension', ['deb'], [], false],
    ['site.tar.gz', ['tar.gz'], [], true],
    ['site.TAR.gz', ['tar.gz'], [], true],
    ['site.gz', ['tar.gz'], [], false],
    ['xtar.gz', ['tar.gz'], [], false],
    ['site.tar.gz', ['gz'], [], true],
    ['site.tar.gz', null, ['gz'], false],
    ['site.gz', null, ['tar.gz'], true],
    ['site.tar.gz', ['tar.gz'], ['gz'], false],
    ['setup.exe', null, ['exe'], false],
    ['setup.EXE', null, ['exe'], false],
    ['setup.exe.', null, ['exe'], false],
    ['setup.exe . .', null, ['exe'], false],
    ['setup.exe::$DATA', null, ['exe'], false],
    ['setup.exe .:x.txt', null, ['exe'], false],
    ['tool_1:2.0_amd64.deb', ['deb'], ['exe'], true],
    ['.exe', null, ['exe'], false],
    ['exe', null, ['exe'], true],
  ])('of %s, allowed %j, refused %j: let in is %j', (filename, allowed, refused, letIn) => {
    const rules = rulesOf({ allowed_extensions: allowed, refused_extensions: refused });
    expect(filenameIssue(rules, filename) === null).toBe(letIn);
  });

  it('that are wrong are told with what is allowed or refused', () => {
    const rules = rulesOf({ allowed_extensions: ['deb', 'tar.gz'], refused_extensions: ['exe', 'bat'] });
    expect(filenameIssue(rules, 'a.zip')).toEqual({
      path: 'filename',
      message: 'must end with an extension that the team allows: .deb, .tar.gz',
    });
    expect(filenameIssue(rules, 'a.bat')).toEqual({
      path: 'filename',
      message: 'must not end with .bat: the team refuses .exe, .bat',
    });
  });

  it('are kept in lower case, without the dot in front, each once', () => {
    const given = { allowed_extensions: ['.TAR.GZ', ' deb ', 'tar.gz'], refused_extensions: ['.Exe'] };
    expect(UpdateFileRules.parse(given)).toEqual({
      allowed_extensions: ['tar.gz', 'deb'],
      refused_extensions: ['exe'],
    });
  });

  it.each(['', '.', '..', 'a/b', 'a b', 'a..b', 'x'.repeat(33), 'ä'])('%j is none', (extension) => {
    expect(UpdateFileRules.safeParse({ refused_extensions: [extension] }).success).toBe(false);
  });

  it('that allow nothing at all are taken for a mistake', () => {
    expect(UpdateFileRules.safeParse({ allowed_extensions: [] }).success).toBe(false);
    expect(UpdateFileRules.parse({ allowed_extensions: null })).toEqual({ allowed_extensions: null });
  });
});

describe('size', () => {
  it('may be just what the team has set, and the limit is told', () => {
    const rules = rulesOf({ max_file_bytes: 3 * 1024 * 1024 });
    expect(sizeIssue(rules, 3 * 1024 * 1024)).toBeNull();
    expect(sizeIssue(rules, 3 * 1024 * 1024 + 1)).toEqual({
      path: 'size',
      message: 'must be at most 3145728 bytes (3.1 MB), which the team has set',
    });
  });

  it('without a rule is no matter', () => {
    expect(fileIssue(NO_FILE_RULES, { filename: 'a', size: Number.MAX_SAFE_INTEGER })).toBeNull();
  });
});
