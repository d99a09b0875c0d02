import { applyD1Migrations, createExecutionContext, env, reset } from 'cloudflare:test';
import { beforeEach, expect, test } from 'vitest';
import { agentBody } from '../testing/agent-body.ts';
import { createTestApi } from '../testing/test-api.ts';
import { Setup } from './setup.ts';

const api = createTestApi();
const admin = { username: 'Admin', password: 'a good long one' };
const setup = () => new Setup(createExecutionContext(), env);

// The first start is what these are about, so each begins without any user.
beforeEach(async () => {
  await reset();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
});

test('the first start makes the first team and its owner, who can sign in', async () => {
  expect(await setup().ensureAdmin(admin)).toMatchObject({ created: true });
  const response = await api.request('POST', '/api/auth/login', { body: admin });
  expect(await response.json()).toMatchObject({ user: { username: 'admin', role: 'owner', team_name: 'Default' } });
});

test('later starts change nothing, whatever they bring', async () => {
  await setup().ensureAdmin(admin);
  expect(await setup().ensureAdmin({ username: 'other', password: 'another good one' })).toEqual({
    created: false,
    team_id: null,
    user_id: null,
  });
  const response = await api.request('POST', '/api/auth/login', {
    body: { username: 'other', password: 'another good one' },
  });
  expect(response.status).toBe(401);
});

test('an unfit name or password makes nobody', async () => {
  await expect(setup().ensureAdmin({ username: 'admin', password: 'short' })).rejects.toThrow();
  expect(await setup().ensureAdmin(admin)).toMatchObject({ created: true });
});

test('its enrollment token lets one agent in', async () => {
  const { team_id } = await setup().ensureAdmin(admin);
  const { token } = await setup().createEnrollmentToken({ name: 'This machine' });
  const first = await api.request('POST', '/api/agent/enroll', { body: agentBody(token) });
  expect(await first.json()).toMatchObject({ team_id });
  expect((await api.request('POST', '/api/agent/enroll', { body: agentBody(token) })).status).toBe(401);
});
