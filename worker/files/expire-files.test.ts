import { env } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '#database/database.ts';
import { fileObjectKey } from '#database/files.repository.ts';
import { File, FileEntry } from '#protocol/http/files.ts';
import { type DeploymentId, FileId, newId } from '#protocol/ids.ts';
import type { DeploymentStatus } from '#protocol/states.ts';
import { expireUnusedFiles, MAX_FILES_PER_RUN } from './expire-files.ts';
import {
  auditActions,
  bucket,
  bytesOf,
  db,
  ids,
  leftoverCount,
  objectKeys,
  type Person,
  recordDeployment,
  signIn,
} from './files-fixture.ts';

const DAY_MS = 24 * 3600 * 1000;
/** Before anything that these tests do. */
const start = Date.now() - 3600 * 1000;

const onDay = (day: number): Date => new Date(start + day * DAY_MS);

let admin: Person;
let logged: string[];
beforeEach(async () => {
  await env.DB.prepare('delete from team_file_rules').run();
  admin = await signIn('admin');
  logged = [];
});

const runOn = (day: number, over: Partial<Parameters<typeof expireUnusedFiles>[0]> = {}): Promise<void> =>
  expireUnusedFiles({ bucket, db, ids, now: onDay(day), log: (event) => logged.push(event), ...over });

const expireAfter = async (days: number | null): Promise<void> => {
  const response = await admin.send('PATCH', '/team/file-rules', { unused_files_expire_after_days: days });
  expect(response.status).toBe(200);
};

/** As if it had been uploaded on day 0 exactly. */
const upload = async (person = admin): Promise<FileId> => {
  const response = await person.call('POST', '/files?filename=a.deb', bytesOf(5), { 'content-length': '5' });
  const { id } = File.parse(await response.json());
  await env.DB.prepare('update files set created_at = ?1, touched_at = ?1 where id = ?2')
    .bind(onDay(0).toISOString(), id)
    .run();
  return id;
};

const entryOf = async (id: FileId): Promise<FileEntry | null> => {
  const response = await admin.call('GET', `/files/${id}`);
  return response.status === 404 ? null : FileEntry.parse(await response.json());
};

const isThere = async (id: FileId): Promise<boolean> => (await entryOf(id)) !== null;

const addSoftware = async (fileId: FileId): Promise<string> => {
  const body = { name: 'tool', package_type: 'deb', file_id: fileId };
  return (await (await admin.send('POST', '/software', body)).json<{ id: string }>()).id;
};

const addDeployment = (fileId: FileId, status: DeploymentStatus, endedOn: number | null): Promise<DeploymentId> =>
  recordDeployment(admin.team_id, fileId, status, {
    created_at: onDay(0).toISOString(),
    ended_at: endedOn === null ? null : onDay(endedOn).toISOString(),
  });

const auditOf = (fileId: FileId) =>
  env.DB.prepare("select actor, details from audit_entries where subject_id = ? and action = 'files.expire'")
    .bind(fileId)
    .first<{ actor: string; details: string }>();

describe('a file that nothing uses', () => {
  it('goes from the record and from the bucket when its days have passed, and not before', async () => {
    await expireAfter(30);
    const id = await upload();
    expect(await entryOf(id)).toMatchObject({
      in_use: false,
      last_used_at: null,
      expires_at: onDay(30).toISOString(),
    });
    await runOn(29.99);
    expect(await isThere(id)).toBe(true);
    await runOn(30.01);
    expect(await isThere(id)).toBe(false);
    expect(await objectKeys()).not.toContain(fileObjectKey(admin.team_id, id));
    expect(await leftoverCount()).toBe(0);
    expect(logged).toEqual(['files.expired']);
    const entry = await auditOf(id);
    expect(entry?.actor).toBe('system');
    expect(JSON.parse(entry?.details ?? '')).toMatchObject({
      filename: 'a.deb',
      size: 5,
      unused_since: onDay(0).toISOString(),
    });
  });

  it('stays where the team has no such rule, whatever other teams have', async () => {
    const id = await upload();
    await expireAfter(1);
    const other = await signIn('admin');
    const kept = await upload(other);
    await runOn(3650);
    expect(await isThere(id)).toBe(false);
    expect((await other.call('GET', `/files/${kept}`)).status).toBe(200);
    await expireAfter(null);
    expect(await entryOf(await upload())).toMatchObject({ expires_at: null });
  });

  it('goes once, and a second run finds nothing to do', async () => {
    await expireAfter(1);
    const id = await upload();
    await Promise.all([runOn(2), runOn(2)]);
    await runOn(2);
    expect((await auditActions(id)).sort()).toEqual(['files.create', 'files.expire']);
    expect(logged).toEqual(['files.expired']);
  });

  it('leaves its bytes to the leftovers when the bucket does not answer', async () => {
    await expireAfter(1);
    const id = await upload();
    const failing = new Proxy(bucket, {
      get: (target, key) => (key === 'delete' ? () => Promise.reject(new Error('away')) : Reflect.get(target, key)),
    });
    await expect(runOn(2, { bucket: failing })).rejects.toThrow('away');
    expect(await isThere(id)).toBe(false);
    expect(await leftoverCount()).toBe(1);
    await env.DB.prepare('delete from file_leftovers').run();
    await bucket.delete(fileObjectKey(admin.team_id, id));
  });

  it('waits for a next run when there are more than one takes', async () => {
    await expireAfter(1);
    const rows = Array.from({ length: MAX_FILES_PER_RUN + 1 }, () => newId('file', ids));
    await env.DB.prepare(
      `insert into files (id, team_id, filename, size, sha256, content_type, created_at, touched_at)
       select value, ?1, 'a', 1, 'b', 'c', ?2, ?2 from json_each(?3)`,
    )
      .bind(admin.team_id, onDay(0).toISOString(), JSON.stringify(rows))
      .run();
    const left = () =>
      env.DB.prepare('select count(*) as count from files where team_id = ?')
        .bind(admin.team_id)
        .first<number>('count');
    await runOn(2);
    expect(await left()).toBe(1);
    await runOn(2);
    expect(await left()).toBe(0);
    expect(logged).toHaveLength(MAX_FILES_PER_RUN + 1);
  });
});

describe('a file that is used', () => {
  it('by a catalogue entry stays, and its days count from when the entry went', async () => {
    await expireAfter(30);
    const id = await upload();
    const softwareId = await addSoftware(id);
    expect(await entryOf(id)).toMatchObject({ in_use: true, expires_at: null });
    await runOn(365);
    expect(await isThere(id)).toBe(true);
    await env.DB.prepare('update files set touched_at = ? where id = ?').bind(onDay(-1).toISOString(), id).run();
    await admin.call('DELETE', `/software/${softwareId}`);
    const entry = await entryOf(id);
    expect(entry?.in_use).toBe(false);
    expect(Date.parse(entry?.last_used_at ?? '')).toBeGreaterThan(start);
    await runOn(29.9);
    expect(await isThere(id)).toBe(true);
    await runOn(31);
    expect(await isThere(id)).toBe(false);
  });

  it('by an entry that now names another file counts from then', async () => {
    const [id, next] = [await upload(), await upload()];
    const softwareId = await addSoftware(id);
    await admin.send('PATCH', `/software/${softwareId}`, { file_id: next });
    expect((await entryOf(id))?.last_used_at).not.toBeNull();
  });

  it.each<DeploymentStatus>(['pending', 'in_progress', 'paused'])(
    'by a deployment that is %s stays',
    async (status) => {
      await expireAfter(1);
      const id = await upload();
      await addDeployment(id, status, null);
      expect(await entryOf(id)).toMatchObject({ in_use: true, expires_at: null });
      await runOn(2);
      expect(await isThere(id)).toBe(true);
      expect(logged).toEqual([]);
    },
  );

  it('by a deployment that has ended counts from its end', async () => {
    await expireAfter(10);
    const id = await upload();
    await addDeployment(id, 'completed', 5);
    await runOn(11);
    expect(await isThere(id)).toBe(true);
    expect(await entryOf(id)).toMatchObject({
      in_use: false,
      last_used_at: onDay(5).toISOString(),
      expires_at: onDay(15).toISOString(),
    });
    await runOn(14.9);
    expect(await isThere(id)).toBe(true);
    await runOn(15.1);
    expect(await isThere(id)).toBe(false);
  });

  it('since it was found unused stays', async () => {
    await expireAfter(1);
    const id = await upload();
    const used: D1Database = Reflect.get(db, '$client');
    let isFirst = true;
    const racing = new Proxy(db, {
      get: (target, key, receiver) => {
        if (key === 'batch' && isFirst) {
          isFirst = false;
          return async (statements: Parameters<typeof target.batch>[0]) => {
            await used.prepare('update files set touched_at = ? where id = ?').bind(onDay(2).toISOString(), id).run();
            return target.batch(statements);
          };
        }
        return Reflect.get(target, key, receiver);
      },
    });
    await runOn(2, { db: racing });
    expect(await isThere(id)).toBe(true);
    expect(logged).toEqual([]);
    expect(await objectKeys()).toContain(fileObjectKey(admin.team_id, FileId.parse(id)));
  });
});

it('the list says of each file whether it is used and until when it stays', async () => {
  await expireAfter(7);
  const [unused, used] = [await upload(), await upload()];
  await addSoftware(used);
  const { items } = await (await admin.call('GET', '/files')).json<{ items: FileEntry[] }>();
  expect(items.map(({ id, in_use, expires_at }) => [id, in_use, expires_at])).toEqual([
    [used, true, null],
    [unused, false, onDay(7).toISOString()],
  ]);
});

it('expired files are found by an index and not by reading all', async () => {
  const statements: string[] = [];
  const prepare = (text: string): D1PreparedStatement => {
    statements.push(text);
    return env.DB.prepare(text);
  };
  const spied = openDatabase(
    new Proxy(env.DB, { get: (target, key) => (key === 'prepare' ? prepare : Reflect.get(target, key)) }),
  );
  await runOn(2, { db: spied });
  const [text = ''] = statements;
  const values = Array.from({ length: text.split('?').length - 1 }, () => '1');
  const plan = await env.DB.prepare(`explain query plan ${text}`)
    .bind(...values)
    .all<{ detail: string }>();
  expect(plan.results.map(({ detail }) => detail).join('\n')).toContain('files_by_touch (team_id=? AND touched_at<?)');
});
