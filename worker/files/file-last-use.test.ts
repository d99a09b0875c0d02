import { expect, it } from 'vitest';
import { File, FileEntry } from '#protocol/http/files.ts';
import { newHost } from '../testing/agent-body.ts';
import { createTestApi, ORIGIN } from '../testing/test-api.ts';

const api = createTestApi();

it('a deployment that needs a file counts as a use of it, from the moment it is made', async () => {
  const owner = await api.newCaller('owner');
  const host = await newHost(api, owner);
  const headers = { authorization: `Bearer ${owner.token}`, 'content-length': '5' };
  const upload = new Request(`${ORIGIN}/api/files?filename=a.txt`, { method: 'POST', body: 'hello', headers });
  const file = File.parse(await (await api.send(upload)).json());
  const entry = async () => FileEntry.parse(await (await owner.call('GET', `/api/files/${file.id}`)).json());
  expect(await entry()).toMatchObject({ in_use: false, last_used_at: null });
  api.pass(3600);
  const at = api.now().toISOString();
  const action = { kind: 'files', file_ids: [file.id], destination: '/opt/app/' };
  // It waits for a host that is not there, and so does not end.
  const offline = { policy: 'wait', expires_in_seconds: 3600 };
  const body = { action, device_ids: [host.device_id], offline };
  expect((await owner.call('POST', '/api/deployments', { body })).status).toBe(201);
  expect(await entry()).toMatchObject({ in_use: true, last_used_at: at, expires_at: null });
});
