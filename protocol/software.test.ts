import { describe, expect, it } from 'vitest';
import { CustomSoftware, fileNameOfUrl, PackageType, packageTypeOfFile } from './software.ts';

describe('the file behind an address', () => {
  it.each([
    ['https://x.test/a/tool.deb', 'tool.deb'],
    ['https://x.test/tool.deb?x=/b.rpm#/c.exe', 'tool.deb'],
    ['https://x.test/my%20tool.msi', 'my tool.msi'],
    ['https://x.test/100%.zip', '100%.zip'],
    ['https://x.test/a/', ''],
    ['https://x.test', ''],
    ['https://x.test?file=/a.deb', ''],
    ['HTTP://x.test:8080/A.PKG', 'A.PKG'],
  ])('%s is %j', (url, name) => {
    expect(fileNameOfUrl(url)).toBe(name);
  });

  it.each([
    ['a.tar.gz', 'archive'],
    ['a.TBZ2', 'archive'],
    ['a.gz', null],
    ['a.deb.sig', null],
    ['.deb', 'deb'],
    ['deb', null],
    ['', null],
  ])('%s is of type %j', (name, type) => {
    expect(packageTypeOfFile(name)).toBe(type);
  });
});

describe('a package', () => {
  const issues = (value: object) => {
    const parsed = CustomSoftware.safeParse({ name: 'tool', ...value });
    return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  };
  const url = { download_url: 'https://x.test/latest' };

  it('of no type and no source is one of the machine’s own repositories', () => {
    expect(CustomSoftware.parse({ name: 'nginx' })).toMatchObject({
      package_type: null,
      file_id: null,
      download_url: null,
      rollback_command: null,
    });
  });

  it('of every type is taken either by name or from a file', () => {
    for (const package_type of PackageType.options) {
      const [byName, fromFile] = [issues({ package_type }), issues({ package_type, ...url })];
      expect([byName.length, fromFile.length].sort(), package_type).toEqual([0, 1]);
    }
  });

  it.each<[object, string[]]>([
    [{ ...url }, ['package_type: is needed: the name of the file does not tell what it is']],
    [{ download_url: 'https://x.test/tool.dmg' }, []],
    [{ download_url: 'nonsense' }, ['download_url: must be an http or https address']],
    [{ package_type: 'rpm' }, ['download_url: a package of type rpm needs file_id or download_url']],
    [{ package_type: 'dnf', ...url }, ['download_url: a package of type dnf is installed by name from its repository']],
    [{ rollback_command: ' ' }, ['rollback_command: Too small: expected string to have >=1 characters']],
  ])('%j is refused with %j', (value, expected) => {
    expect(issues(value)).toEqual(expected);
  });
});
