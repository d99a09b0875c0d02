import { describe, expect, it } from 'vitest';
import { CustomSoftware } from '#protocol/software.ts';
import { emptyPackageRow, type PackageRow, packageInput, packageRow, sourceOf } from './package-row.ts';
import { id } from './test-ids.ts';

const row = (more: Partial<PackageRow>): PackageRow => ({ ...emptyPackageRow(), name: 'tool', ...more });
const issuesOf = (more: Partial<PackageRow>) => {
  const parsed = CustomSoftware.safeParse(packageInput(row(more)));
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('.'));
};

describe('a package as a row of a form', () => {
  it.each<[Partial<PackageRow>, PackageRow['source']]>([
    [{}, 'repository'],
    [{ source: 'file' }, 'file'],
    [{ packageType: 'deb' }, 'url'],
    [{ packageType: 'deb', source: 'file' }, 'file'],
    [{ packageType: 'brew', source: 'file' }, 'repository'],
  ])('%j comes from the %s', (more, source) => {
    expect(sourceOf(row(more))).toBe(source);
  });

  it.each<[Partial<PackageRow>, string[]]>([
    [{}, []],
    [{ source: 'url', downloadUrl: 'https://x.test/tool.rpm' }, []],
    [{ source: 'url', downloadUrl: 'https://x.test/latest' }, ['package_type']],
    [{ source: 'url' }, ['download_url']],
    [{ source: 'file' }, ['file_id']],
    [{ packageType: 'msi' }, ['download_url']],
    [{ packageType: 'winget', source: 'url' }, []],
  ])('%j is wrong in %j', (more, paths) => {
    expect(issuesOf(more)).toEqual(paths);
  });

  it.each<Partial<PackageRow>>([
    {},
    { source: 'url', downloadUrl: 'https://x.test/tool.rpm', sha256: 'a'.repeat(64) },
    { source: 'file', fileId: id('file'), packageType: 'exe', installArgs: "/S '/D=C:\\My Tools'" },
    { packageType: 'brew', version: '18', uninstallCommand: 'rm x', rollbackCommand: 'mv y x' },
  ])('%j is the same after it was kept', (more) => {
    const input = packageInput(row(more));
    const kept = CustomSoftware.parse(input);
    expect(CustomSoftware.parse(packageInput(packageRow(kept)))).toEqual(kept);
  });
});
