import { env } from 'cloudflare:test';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { resolveScript } from '#database/scripts.repository.ts';
import { pageOf } from '#protocol/http/page.ts';
import { Script, ScriptSummary, ScriptVersion, ScriptVersionSummary } from '#protocol/http/scripts.ts';
import { MAX_SCRIPT_BYTES } from '#protocol/script.ts';
import { newHost } from '../testing/agent-body.ts';
import { type Caller, createTestApi } from '../testing/test-api.ts';

const api = createTestApi();
let owner: Caller;
beforeAll(async () => {
  owner = await api.newCaller('owner');
});
beforeEach(() => api.pass(1));

let names = 0;
const body = (fields: object = {}) => ({
  name: `Smoke ${++names}`,
  interpreter: 'bash',
  content: 'echo one',
  ...fields,
});

const create = async (fields: object = {}, caller = owner): Promise<Script> => {
  const response = await caller.call('POST', '/api/scripts', { body: body(fields) });
  expect(response.status).toBe(201);
  return Script.parse(await response.json());
};
const patch = (script: Script, fields: object) => owner.call('PATCH', `/api/scripts/${script.id}`, { body: fields });
const changed = async (script: Script, fields: object): Promise<Script> =>
  Script.parse(await (await patch(script, fields)).json());
const typeOf = async (response: Response): Promise<string> => {
  const { type } = await response.json<{ type: string }>();
  return `${response.status} ${type}`;
};

const versionsOf = async ({ id }: Script, search = '') => {
  const response = await owner.call('GET', `/api/scripts/${id}/versions${search}`);
  return pageOf(ScriptVersionSummary).parse(await response.json());
};
const versionOf = async ({ id }: Script, number: number): Promise<ScriptVersion> =>
  ScriptVersion.parse(await (await owner.call('GET', `/api/scripts/${id}/versions/${number}`)).json());

const auditOf = async (id: string): Promise<string[]> => {
  const rows = env.DB.prepare('select action from audit_entries where subject_id = ? order by id').bind(id);
  return (await rows.all<{ action: string }>()).results.map(({ action }) => action);
};

describe('a script', () => {
  it('begins with version 1 and is answered whole, when it is made and when it is read', async () => {
    const script = await create({ description: 'Says one' });
    expect(script).toMatchObject({
      interpreter: 'bash',
      content: 'echo one',
      description: 'Says one',
      version: 1,
      updated_by: owner.username,
    });
    const read = await owner.call('GET', `/api/scripts/${script.id}`);
    expect(await read.json()).toEqual(script);
  });

  it('gets the next version with each change of its text or interpreter, and the former ones stay', async () => {
    const script = await create();
    expect((await changed(script, { content: 'echo two' })).version).toBe(2);
    const third = await changed(script, { interpreter: 'sh' });
    expect(third).toMatchObject({ version: 3, interpreter: 'sh', content: 'echo two' });
    const { items } = await versionsOf(script);
    expect(items.map(({ version, interpreter }) => `${version} ${interpreter}`)).toEqual(['3 sh', '2 bash', '1 bash']);
    expect((await versionOf(script, 1)).content).toBe('echo one');
    expect((await versionOf(script, 2)).content).toBe('echo two');
    expect((await owner.call('GET', `/api/scripts/${script.id}/versions/4`)).status).toBe(404);
  });

  it('keeps its version when only its name or description changes, or nothing does', async () => {
    const script = await create();
    const renamed = await changed(script, { name: `${script.name} again`, description: 'New', content: 'echo one' });
    expect(renamed).toMatchObject({ version: 1, name: `${script.name} again`, description: 'New' });
    expect(await changed(script, { description: '' })).toMatchObject({ description: null });
    const same = await changed(script, {});
    expect(same.updated_at).toBe((await changed(script, { interpreter: 'bash' })).updated_at);
    expect((await versionsOf(script)).items).toHaveLength(1);
  });

  it('never has one version twice when two people change it at once', async () => {
    const script = await create();
    const answers = await Promise.all([1, 2, 3, 4].map((n) => patch(script, { content: `echo race ${n}` })));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.every((status) => status === 200 || status === 409)).toBe(true);
    const won = statuses.filter((status) => status === 200).length;
    const { items } = await versionsOf(script);
    expect(items.map(({ version }) => version)).toEqual(Array.from({ length: won + 1 }, (_, index) => won + 1 - index));
  });

  it('has a name of its own in its team, and only there', async () => {
    const script = await create();
    const response = await owner.call('POST', '/api/scripts', { body: body({ name: script.name }) });
    expect(await typeOf(response)).toBe('409 scripts.name_taken');
    const other = await create();
    expect(await typeOf(await patch(other, { name: script.name }))).toBe('409 scripts.name_taken');
    const elsewhere = await create({ name: script.name }, await api.newCaller('owner'));
    expect(elsewhere.name).toBe(script.name);
  });

  it.each([
    ['blank content', { content: ' \n ' }, 'content'],
    ['content that no job can carry', { content: 'x'.repeat(MAX_SCRIPT_BYTES + 1) }, 'content'],
    ['content with NUL', { content: 'a\0b' }, 'content'],
    ['an unknown interpreter', { interpreter: 'perl' }, 'interpreter'],
    ['a name of two lines', { name: 'a\nb' }, 'name'],
  ])('is refused with %s', async (_what, fields, path) => {
    const response = await owner.call('POST', '/api/scripts', { body: body(fields) });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [expect.objectContaining({ path })] });
  });

  it('leaves an entry in the audit log for each change and none for what changed nothing', async () => {
    const script = await create();
    for (let times = 0; times < 2; times++) {
      api.pass(1);
      await changed(script, { content: 'echo two' });
    }
    api.pass(1);
    await owner.call('DELETE', `/api/scripts/${script.id}`);
    expect(await auditOf(script.id)).toEqual(['scripts.create', 'scripts.update', 'scripts.delete']);
  });

  it('is shown to a viewer, who may change nothing', async () => {
    const viewer = await api.newCaller('viewer', owner.team_id);
    const script = await create();
    expect((await viewer.call('GET', `/api/scripts/${script.id}`)).status).toBe(200);
    expect((await viewer.call('DELETE', `/api/scripts/${script.id}`)).status).toBe(403);
  });
});

describe('the list', () => {
  it('shows no texts, is newest first, and is searched by name and interpreter', async () => {
    const team = await api.newCaller('owner');
    const list = async (search: string) => {
      const response = await team.call('GET', `/api/scripts${search}`);
      const text = await response.text();
      expect(text).not.toContain('echo one');
      return pageOf(ScriptSummary).parse(JSON.parse(text));
    };
    const made: Script[] = [];
    for (const fields of [{ name: 'alpha' }, { name: 'Alphabet', interpreter: 'python' }, { name: 'beta' }]) {
      api.pass(1);
      made.push(await create(fields, team));
    }
    expect((await list('')).items.map(({ name }) => name)).toEqual(['beta', 'Alphabet', 'alpha']);
    expect((await list('?q=alpha')).items).toHaveLength(2);
    expect((await list('?q=alpha&interpreter=python')).items.map(({ id }) => id)).toEqual([made[1]?.id]);
    const first = await list('?limit=2');
    expect(first.next_cursor).toBe(made[1]?.id);
    expect((await list(`?limit=2&cursor=${first.next_cursor}`)).items.map(({ name }) => name)).toEqual(['alpha']);
  });

  it('of versions comes in pages', async () => {
    const script = await create();
    for (const n of [2, 3]) await changed(script, { content: `echo ${n}` });
    const first = await versionsOf(script, '?limit=2');
    expect([first.items.map(({ version }) => version), first.next_cursor]).toEqual([[3, 2], '2']);
    const rest = await versionsOf(script, `?limit=2&cursor=${first.next_cursor}`);
    expect([rest.items.map(({ version }) => version), rest.next_cursor]).toEqual([[1], null]);
  });
});

describe('deleting a script', () => {
  it('takes its versions with it', async () => {
    const script = await create();
    expect((await owner.call('DELETE', `/api/scripts/${script.id}`)).status).toBe(204);
    expect((await owner.call('GET', `/api/scripts/${script.id}`)).status).toBe(404);
    const left = env.DB.prepare('select count(*) as count from script_versions where script_id = ?').bind(script.id);
    expect(await left.first('count')).toBe(0);
  });

  it('is refused while a deployment in flight uses it, and names that', async () => {
    const { device_id } = await newHost(api, owner);
    const script = await create();
    const response = await owner.call('POST', '/api/deployments', {
      body: {
        name: 'Nightly',
        action: { kind: 'script', script_id: script.id },
        device_ids: [device_id],
        offline: { policy: 'wait' },
      },
    });
    expect(response.status).toBe(201);
    const { deployment_id } = await response.json<{ deployment_id: string }>();
    const refused = await owner.call('DELETE', `/api/scripts/${script.id}`);
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({ type: 'scripts.in_use', detail: expect.stringContaining('Nightly') });
    await env.DB.prepare("update deployments set status = 'completed' where id = ?").bind(deployment_id).run();
    expect((await owner.call('DELETE', `/api/scripts/${script.id}`)).status).toBe(204);
  });
});

describe('a deployment of a script', () => {
  const deploy = async (action: object, device: string) =>
    owner.call('POST', '/api/deployments', {
      body: { action: { kind: 'script', ...action }, device_ids: [device], offline: { policy: 'wait' } },
    });
  const itemsOf = async (response: Response) => {
    const { deployment_id } = await response.json<{ deployment_id: string }>();
    const row = await env.DB.prepare('select name, items from deployments where id = ?')
      .bind(deployment_id)
      .first<{ name: string; items: string }>();
    return { name: row?.name, items: JSON.parse(row?.items ?? '[]') };
  };

  it('carries the newest version, its arguments split, and is named by the script and the time', async () => {
    const { device_id } = await newHost(api, owner);
    const script = await create({ name: 'Checks' });
    await changed(script, { content: 'echo two' });
    const parameters = `--smoke "two words" 'it''s'`;
    const { name, items } = await itemsOf(
      await deploy({ script_id: script.id, parameters, userinterface_name: 'horizon' }, device_id),
    );
    expect(name).toMatch(/^Checks_\d{6}$/);
    expect(items).toEqual([
      expect.objectContaining({
        label: 'Checks',
        action: {
          kind: 'script',
          script_id: script.id,
          name: 'Checks',
          version: 2,
          interpreter: 'bash',
          content: 'echo two',
          arguments: ['--smoke', 'two words', 'its'],
          userinterface_name: 'horizon',
          env: {},
          secret_env: [],
        },
      }),
    ]);
  });

  it('carries the version that it names', async () => {
    const { device_id } = await newHost(api, owner);
    const script = await create();
    await changed(script, { content: 'echo two' });
    const { items } = await itemsOf(await deploy({ script_id: script.id, version: 1 }, device_id));
    expect(items[0].action).toMatchObject({ version: 1, content: 'echo one' });
  });

  it('is refused with the field that names what is not there', async () => {
    const { device_id } = await newHost(api, owner);
    const script = await create();
    const theirs = await create({}, await api.newCaller('owner'));
    for (const [action, path] of [
      [{ script_id: theirs.id }, 'action.script_id'],
      [{ script_id: script.id, version: 2 }, 'action.version'],
    ] as const) {
      const response = await deploy(action, device_id);
      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({ errors: [{ path }] });
    }
    expect(await resolveScript(api.db, owner.team_id, theirs.id, 1)).toEqual({ name: null, found: null });
  });

  it('keeps its secrets sealed wherever they are stored, and shows them nowhere', async () => {
    const { device_id } = await newHost(api, owner);
    const script = await create();
    const env_ = { LANG: 'C', TOKEN: { secret: true, value: 'hunter2-hunter2' } };
    const response = await deploy({ script_id: script.id, env: env_ }, device_id);
    const text = await response.text();
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain('sealed:');
    const { deployment_id, deployment } = JSON.parse(text);
    expect(deployment.spec.action.env).toEqual({ LANG: 'C', TOKEN: { secret: true } });
    const read = await (await owner.call('GET', `/api/deployments/${deployment_id}`)).text();
    expect(read).not.toContain('hunter2');
    expect(read).not.toContain('sealed:');
    const row = await env.DB.prepare('select spec, items from deployments where id = ?').bind(deployment_id).first();
    const audit = await env.DB.prepare('select * from audit_entries').all();
    expect(JSON.stringify([row, audit.results])).not.toContain('hunter2');
    expect(JSON.stringify(row)).toContain('sealed:v1:');
    expect(JSON.stringify(api.logged)).not.toContain('hunter2');
  });
});
