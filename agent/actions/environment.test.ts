import { describe, expect, it } from 'vitest';
import { defaultPolicy } from '../policy/policy.ts';
import { jobEnvironment, jobPath } from './environment.ts';
import { commandAction, makeJob } from './test/make-run.ts';

const processEnv = {
  PATH: '/app/node_modules/.bin:/usr/bin:/bin',
  HOME: '/root',
  LANG: 'de_DE.UTF-8',
  https_proxy: 'http://proxy:3128',
  DEPLOYX_ADMIN_PASSWORD: 'secret',
  CLOUDFLARE_API_TOKEN: 'secret',
  NODE_OPTIONS: '--inspect',
  npm_config_cache: '/tmp',
};

const environment = (more: Partial<Parameters<typeof jobEnvironment>[0]> = {}) =>
  jobEnvironment({
    platform: 'linux',
    processEnv,
    policy: defaultPolicy,
    user: null,
    job: makeJob(commandAction('x')),
    ...more,
  });

describe('jobEnvironment', () => {
  it('hands on what describes the machine and nothing that the agent was started with', () => {
    const names = Object.keys(environment()).filter((name) => !/^DEPLOYX_(?!ADMIN)/.test(name));
    expect(names.sort()).toEqual(['HOME', 'LANG', 'PATH', 'https_proxy']);
  });

  it('tells a job who it is', () => {
    const job = makeJob(commandAction('x'));
    expect(environment({ job })).toMatchObject({
      DEPLOYX_TARGET_ID: job.target_id,
      DEPLOYX_DEPLOYMENT_ID: job.deployment_id,
      DEPLOYX_DEVICE_KEY: 'self',
      DEPLOYX_ATTEMPT: '1',
    });
  });

  it("the job's variables win over the policy's, and neither can change who the job is", () => {
    const env = environment({
      policy: { ...defaultPolicy, env: { A: 'policy', B: 'policy' } },
      job: makeJob(commandAction('x', { env: { B: 'job', DEPLOYX_DEVICE_KEY: 'other' } })),
    });
    expect(env).toMatchObject({ A: 'policy', B: 'job', DEPLOYX_DEVICE_KEY: 'self' });
  });

  it('another user has another home', () => {
    const user = { name: 'ann', uid: 1, gid: 1, groups: [1], home: '/home/ann' };
    expect(environment({ user })).toMatchObject({ HOME: '/home/ann', USER: 'ann', LOGNAME: 'ann' });
  });

  it('on Windows all is handed on but what is secret or belongs to the start of the agent', () => {
    const env = environment({
      platform: 'windows',
      processEnv: { SystemRoot: 'C:\\Windows', Path: 'C:\\', ...processEnv },
    });
    expect(env).toMatchObject({ SystemRoot: 'C:\\Windows', Path: 'C:\\' });
    expect(JSON.stringify(env)).not.toContain('secret');
    expect(env.NODE_OPTIONS).toBeUndefined();
  });

  it.each([
    [undefined, '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    ['/a/node_modules/.bin:/bin:/opt/x', '/bin:/opt/x:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin'],
    ['/a/node_modules/npm/bin/node-gyp-bin:/bin', '/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin'],
  ])('from the PATH %j comes %j', (path, expected) => {
    expect(jobPath(path)).toBe(expected);
  });
});
