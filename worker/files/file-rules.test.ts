import { beforeEach, describe, expect, it } from 'vitest';
import { FileRules, NO_FILE_RULES } from '#protocol/http/file-rules.ts';
import { auditActions, bytesOf, leftoverCount, objectKeys, type Person, signIn, streamOf } from './files-fixture.ts';

let admin: Person;
let keysBefore: string[];
beforeEach(async () => {
  admin = await signIn('admin');
  keysBefore = await objectKeys();
});

const setRules = async (rules: object): Promise<FileRules> => {
  const response = await admin.send('PATCH', '/team/file-rules', rules);
  expect(response.status).toBe(200);
  return FileRules.parse(await response.json());
};

const rulesOf = async (person: Person): Promise<FileRules> =>
  FileRules.parse(await (await person.call('GET', '/team/file-rules')).json());

const raw = (filename: string, body: BodyInit, headers = {}) =>
  admin.call('POST', `/files?filename=${encodeURIComponent(filename)}`, body, headers);

const form = (filename: string, size: number) => {
  const data = new FormData();
  data.set('file', new Blob([bytesOf(size)]), filename);
  return admin.call('POST', '/files', data);
};

const inParts = (filename: string, size: number) => admin.send('POST', '/files/uploads', { filename, size });

const expectRefused = async (response: Response, status: number, type: string, path: string, message: RegExp) => {
  const problem = await response.json();
  expect([response.status, problem]).toEqual([
    status,
    expect.objectContaining({ type, errors: [{ path, message: expect.stringMatching(message) }] }),
  ]);
  expect(await objectKeys()).toEqual(keysBefore);
  expect(await leftoverCount()).toBe(0);
};

describe('the file rules of a team', () => {
  it('are none at first, and change field by field', async () => {
    expect(await rulesOf(admin)).toEqual(NO_FILE_RULES);
    await setRules({ refused_extensions: ['.EXE', 'exe'] });
    await setRules({ max_file_bytes: 100, unused_files_expire_after_days: 30 });
    const rules = await setRules({ allowed_extensions: ['deb'], unused_files_expire_after_days: null });
    expect(rules).toEqual({
      allowed_extensions: ['deb'],
      refused_extensions: ['exe'],
      max_file_bytes: 100,
      unused_files_expire_after_days: null,
    });
    expect(await setRules({})).toEqual(rules);
    expect(await rulesOf(await signIn('viewer', admin.team_id))).toEqual(rules);
    expect(await auditActions(admin.team_id)).toEqual(Array.from({ length: 3 }, () => 'file_rules.update'));
  });

  it('are an admin’s to change, and count for this team alone', async () => {
    const operator = await signIn('operator', admin.team_id);
    expect((await operator.send('PATCH', '/team/file-rules', { max_file_bytes: 1 })).status).toBe(403);
    await setRules({ max_file_bytes: 1 });
    expect(await rulesOf(await signIn('admin'))).toEqual(NO_FILE_RULES);
  });

  it.each([
    [{ allowed_extensions: [] }, 'allowed_extensions'],
    [{ refused_extensions: ['a/b'] }, 'refused_extensions.0'],
    [{ refused_extensions: null }, 'refused_extensions'],
    [{ max_file_bytes: 0 }, 'max_file_bytes'],
    [{ unused_files_expire_after_days: 0.5 }, 'unused_files_expire_after_days'],
    [{ unused_files_expire_after_days: 100_000 }, 'unused_files_expire_after_days'],
  ])('refuse %j', async (rules, path) => {
    const response = await admin.send('PATCH', '/team/file-rules', rules);
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ errors: [expect.objectContaining({ path })] }),
    ]);
  });
});

describe('a file whose extension is not let in', () => {
  const expectName = (response: Response, message: RegExp) =>
    expectRefused(response, 422, 'files.extension_refused', 'filename', message);

  it('is refused whichever way it is sent, with what is allowed', async () => {
    await setRules({ allowed_extensions: ['deb', 'tar.gz'] });
    for (const send of [
      () => raw('a.gz', bytesOf(5), { 'content-length': '5' }),
      () => raw('a.gz', streamOf([bytesOf(5)])),
      () => form('a.gz', 5),
      () => inParts('a.gz', 5),
    ])
      await expectName(await send(), /allows: \.deb, \.tar\.gz$/);
    expect((await raw('A.TAR.GZ', bytesOf(5))).status).toBe(201);
    expect((await form('a.deb', 5)).status).toBe(201);
    expect((await inParts('a.tar.gz', 5)).status).toBe(201);
  });

  it('is refused in any case and with dots behind', async () => {
    await setRules({ refused_extensions: ['exe'] });
    for (const name of ['a.exe', 'a.EXE', 'a.exe..']) await expectName(await raw(name, bytesOf(5)), /refuses \.exe$/);
    expect((await raw('a.exe.txt', bytesOf(5))).status).toBe(201);
  });
});

describe('a file that is larger than the team takes', () => {
  const LIMIT = 3_000_000;
  const expectSize = (response: Response) =>
    expectRefused(response, 413, 'files.size_refused', 'size', /at most 3000000 bytes/);

  it('is refused by the size that it says', async () => {
    await setRules({ max_file_bytes: LIMIT });
    await expectSize(await raw('a', bytesOf(10), { 'content-length': `${LIMIT + 1}` }));
    await expectSize(await inParts('a', LIMIT + 1));
    expect((await inParts('a', LIMIT)).status).toBe(201);
  });

  it('is refused while it arrives when it did not say, and nothing of it stays', async () => {
    await setRules({ max_file_bytes: LIMIT });
    const pieces = Array.from({ length: 4 }, () => bytesOf(1_000_000));
    await expectSize(await raw('a', streamOf(pieces)));
    await expectSize(await form('a', LIMIT + 1));
    expect((await raw('a', streamOf(pieces.slice(1)))).status).toBe(201);
    expect((await form('a', LIMIT)).status).toBe(201);
  });
});
