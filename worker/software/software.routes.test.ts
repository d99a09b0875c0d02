import { beforeAll, describe, expect, it } from 'vitest';
import { resolveFiles } from '#database/files.repository.ts';
import { resolveSoftware } from '#database/software.repository.ts';
import { File } from '#protocol/http/files.ts';
import { pageOf } from '#protocol/http/page.ts';
import { Software } from '#protocol/http/software.ts';
import { FileId, newId, SoftwareId } from '#protocol/ids.ts';
import { auditActions, db, ids, type Person, signIn } from '../files/files-fixture.ts';

const Page = pageOf(Software);

let operator: Person;
let stranger: Person;
beforeAll(async () => {
  operator = await signIn('operator');
  stranger = await signIn('owner');
});

const problemOf = async (response: Response) => ({ status: response.status, ...(await response.json<object>()) });

const create = async (body: object, person = operator): Promise<Software> => {
  const response = await person.send('POST', '/software', body);
  expect(response.status).toBe(201);
  return Software.parse(await response.json());
};

const upload = async (person = operator): Promise<File> =>
  File.parse(await (await person.call('POST', '/files?filename=tool.deb', 'bytes')).json());

const nginx = { name: 'nginx', version: '1.22*', package_type: 'apt' };

describe('POST /api/software', () => {
  it('adds a package of a repository', async () => {
    expect(await create(nginx)).toMatchObject({
      ...nginx,
      file_id: null,
      download_url: null,
      sha256: null,
      install_args: [],
      uninstall_command: null,
      rollback_command: null,
    });
  });

  it('adds a package that is a file of the team', async () => {
    const file = await upload();
    const entry = await create({
      name: 'tool',
      package_type: 'deb',
      file_id: file.id,
      sha256: file.sha256,
      install_args: '-o "a b"',
    });
    expect(entry).toMatchObject({ file_id: file.id, sha256: file.sha256, install_args: ['-o', 'a b'] });
    expect(await auditActions(entry.id)).toEqual(['software.create']);
  });

  it('adds the same package twice: with other arguments it is another entry', async () => {
    expect((await create(nginx)).id).not.toBe((await create({ ...nginx, install_args: ['-y'] })).id);
  });

  it('answers a repeated key with the first entry', async () => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'once' };
    const post = async () =>
      Software.parse(await (await operator.call('POST', '/software', JSON.stringify(nginx), headers)).json());
    expect(await post()).toEqual(await post());
  });

  it.each([
    [{ name: 'tool', download_url: 'https://x.test/latest' }, 'package_type'],
    [{ ...nginx, package_type: 'msi' }, 'download_url'],
    [{ ...nginx, package_type: 'nonsense' }, 'package_type'],
    [{ ...nginx, name: '-rf' }, 'name'],
    [{ ...nginx, version: '1; rm -rf /' }, 'version'],
    [{ ...nginx, package_type: 'deb' }, 'download_url'],
    [{ ...nginx, download_url: 'https://x.test/a.deb' }, 'download_url'],
    [{ ...nginx, package_type: 'deb', download_url: 'file:///etc/passwd' }, 'download_url'],
    [{ ...nginx, install_args: 'a "b' }, 'install_args'],
    [{ ...nginx, unknown: 1 }, 'unknown'],
  ])('refuses %j and names the field', async (body, path) => {
    const problem = await problemOf(await operator.send('POST', '/software', body));
    expect(problem).toMatchObject({ status: 400, errors: [{ path }] });
  });

  it('takes a package without a type: by name, or by a file whose name tells', async () => {
    expect(await create({ name: 'nginx', version: '1.22*' })).toMatchObject({ package_type: null });
    const download_url = 'https://x.test/tool-1.0.rpm?token=a.b';
    expect(await create({ name: 'tool', download_url })).toMatchObject({ package_type: null, download_url });
    expect(await create({ name: 'tool', file_id: (await upload()).id })).toMatchObject({ package_type: null });
    const untold = File.parse(await (await operator.call('POST', '/files?filename=tool.bin', 'bytes')).json());
    const problem = await problemOf(await operator.send('POST', '/software', { name: 'tool', file_id: untold.id }));
    expect(problem).toMatchObject({ status: 422, errors: [{ path: 'package_type' }] });
  });

  it.each(['dnf', 'yum', 'zypper', 'apk', 'pacman', 'brew', 'choco', 'winget'])(
    'takes %s packages by name',
    async (package_type) => {
      expect(await create({ name: 'nginx', package_type })).toMatchObject({ package_type });
    },
  );

  it.each(['rpm', 'msi', 'exe', 'pkg', 'dmg'])('takes %s packages from a file', async (package_type) => {
    const download_url = 'https://x.test/latest';
    expect(await create({ name: 'tool', package_type, download_url })).toMatchObject({ package_type });
  });

  it('keeps the command that takes an installation back', async () => {
    const { id } = await create({ ...nginx, rollback_command: ' apt install nginx=1.20 ' });
    const get = async () => Software.parse(await (await operator.call('GET', `/software/${id}`)).json());
    expect((await get()).rollback_command).toBe('apt install nginx=1.20');
    expect((await operator.send('PATCH', `/software/${id}`, { rollback_command: null })).status).toBe(200);
    expect((await get()).rollback_command).toBeNull();
  });

  it('refuses a file of another team, one that does not exist, and one with another hash', async () => {
    const deb = { name: 'tool', package_type: 'deb' };
    for (const file_id of [(await upload(stranger)).id, newId('file', ids)])
      expect(await problemOf(await operator.send('POST', '/software', { ...deb, file_id }))).toMatchObject({
        status: 422,
        errors: [{ path: 'file_id' }],
      });
    const file_id = (await upload()).id;
    expect(
      await problemOf(await operator.send('POST', '/software', { ...deb, file_id, sha256: '0'.repeat(64) })),
    ).toMatchObject({
      status: 422,
      errors: [{ path: 'sha256' }],
    });
  });
});

describe('GET /api/software', () => {
  it('lists newest first, page by page, by name and by type', async () => {
    const person = await signIn('operator');
    for (const name of ['vim', 'nginx-full', 'nginx-light']) await create({ name, package_type: 'apt' }, person);
    await create({ name: 'nginx-setup', package_type: 'sh', download_url: 'https://x.test/setup.sh' }, person);
    const get = async (query: string) => Page.parse(await (await person.call('GET', `/software?${query}`)).json());
    const names = ({ items }: { items: Software[] }) => items.map(({ name }) => name);
    const first = await get('limit=2&q=nginx');
    expect(names(first)).toEqual(['nginx-setup', 'nginx-light']);
    expect(names(await get(`limit=2&q=nginx&cursor=${first.next_cursor}`))).toEqual(['nginx-full']);
    expect(names(await get('package_type=sh'))).toEqual(['nginx-setup']);
  });
});

describe('PATCH /api/software/:id', () => {
  it('changes what it names and nothing else', async () => {
    const before = await create({ ...nginx, install_args: ['-y'], uninstall_command: 'apt remove nginx' });
    const response = await operator.send('PATCH', `/software/${before.id}`, { version: null });
    expect(await response.json()).toEqual({ ...before, version: null });
    expect(await (await operator.call('GET', `/software/${before.id}`)).json()).toEqual({ ...before, version: null });
    expect(await auditActions(before.id)).toEqual(['software.create', 'software.update']);
  });

  it('checks the entry that results as a whole', async () => {
    const { id } = await create(nginx);
    const patch = async (body: object) => problemOf(await operator.send('PATCH', `/software/${id}`, body));
    expect(await patch({ package_type: 'deb' })).toMatchObject({ status: 400, errors: [{ path: 'download_url' }] });
    const file_id = newId('file', ids);
    expect(await patch({ package_type: 'deb', file_id })).toMatchObject({ status: 422, errors: [{ path: 'file_id' }] });
    const moved = await patch({ package_type: 'deb', file_id: (await upload()).id });
    expect(moved).toMatchObject({ status: 200, package_type: 'deb', name: 'nginx' });
  });
});

it('DELETE removes the entry', async () => {
  const { id } = await create(nginx);
  expect((await operator.call('DELETE', `/software/${id}`)).status).toBe(204);
  expect((await operator.call('GET', `/software/${id}`)).status).toBe(404);
  expect((await operator.call('DELETE', `/software/${id}`)).status).toBe(404);
  expect(await auditActions(id)).toEqual(['software.create', 'software.delete']);
});

it('answers 404 for an entry of another team', async () => {
  const { id } = await create(nginx);
  const answers = [
    await stranger.call('GET', `/software/${id}`),
    await stranger.send('PATCH', `/software/${id}`, { name: 'x' }),
    await stranger.call('DELETE', `/software/${id}`),
  ];
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
});

it('lets a viewer read and change nothing', async () => {
  const { id } = await create(nginx);
  const viewer = await signIn('viewer', operator.team_id);
  expect((await viewer.call('GET', `/software/${id}`)).status).toBe(200);
  const answers = [
    await viewer.send('POST', '/software', nginx),
    await viewer.send('PATCH', `/software/${id}`, { name: 'x' }),
    await viewer.call('DELETE', `/software/${id}`),
  ];
  expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
});

describe('resolving ids for a deployment', () => {
  it('answers in the order asked, and names the ids that are not of this team', async () => {
    const [one, two, foreign] = [await create(nginx), await create(nginx), await create(nginx, stranger)];
    const missing = SoftwareId.parse(newId('pkg', ids));
    const result = await resolveSoftware(db, operator.team_id, [two.id, foreign.id, one.id, missing]);
    expect(result).toEqual({ found: [two, one], unknown: [foreign.id, missing] });
    const [file, other] = [await upload(), await upload(stranger)];
    expect(await resolveFiles(db, operator.team_id, [file.id, other.id])).toEqual({
      found: [file],
      unknown: [other.id],
    });
  });

  it('takes more ids than a statement takes parameters', async () => {
    const entry = await create(nginx);
    const many = Array.from({ length: 1000 }, () => newId('pkg', ids));
    const { found, unknown } = await resolveSoftware(db, operator.team_id, [...many, entry.id]);
    expect([found.length, unknown.length]).toEqual([1, 1000]);
    expect(await resolveFiles(db, operator.team_id, [])).toEqual({ found: [], unknown: [] });
    expect((await resolveFiles(db, operator.team_id, [FileId.parse(newId('file', ids))])).unknown).toHaveLength(1);
  });
});
