import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { SoftwareJob } from '#protocol/agent/job.ts';
import { type FileServer, startFileServer } from '../test/file-server.ts';
import { type MakeOptions, makeRun, softwareAction, storedFile } from '../test/make-run.ts';
import { interpreterOf, scriptVector } from './sh.ts';

const isRoot = process.getuid?.() === 0;

describe('scriptVector', () => {
  it.each([
    ['echo hi\n', ['sh', './install.sh', '-x', 'a b']],
    ['#!/bin/sh\necho', ['/bin/sh', './install.sh', '-x', 'a b']],
    ['#! /bin/bash -eu\necho', ['/bin/bash', '-eu', './install.sh', '-x', 'a b']],
    ['#!/usr/bin/env python3\n', ['/usr/bin/env', 'python3', './install.sh', '-x', 'a b']],
    ['#!/usr/bin/env -S node --x\n', ['/usr/bin/env', '-S node --x', './install.sh', '-x', 'a b']],
    ['#!/bin/bash', ['/bin/bash', './install.sh', '-x', 'a b']],
  ])('of a script that begins %j', (start, expected) => {
    expect(scriptVector(start, ['-x', 'a b'])).toEqual(expected);
  });

  it.each(['', 'echo #!/bin/sh', '#!bin/sh\n', '#!\n', '\n#!/bin/sh'])('%j names no interpreter', (start) => {
    expect(interpreterOf(start)).toBeNull();
  });
});

describe('sh packages', () => {
  let server: FileServer;
  afterEach(() => server.close());

  const perform = async (script: string, more: Partial<SoftwareJob> = {}, options: MakeOptions = {}) => {
    server = await startFileServer(Buffer.from(script));
    const file = storedFile('setup.run', server.content.length, server.sha256);
    const action = softwareAction({ name: 'tool', package_type: 'sh', source: { type: 'file', file }, ...more });
    const made = await makeRun(action, { openFile: server.openFile, ...options });
    return { ...made, outcome: await made.run() };
  };

  it('a script is run in the folder of the job with its arguments', async () => {
    const { outcome, text, context, statuses } = await perform('pwd; printf "[%s]" "$@"; [ -x "$0" ] && echo x', {
      install_args: ['--prefix', '/opt/my tool', '$(no)'],
    });
    expect(outcome).toMatchObject({
      outcome: 'completed',
      message: 'the installer of tool exited with code 0',
      exit_code: 0,
    });
    expect(text('stdout')).toBe(`${context.workDirectory}\n[--prefix][/opt/my tool][$(no)]x\n`);
    expect(statuses.map((each) => each.status)).toContain('installing');
  });

  it('a script that names bash gets bash', async () => {
    expect((await perform('#!/bin/bash\n[[ x == x ]] && echo yes')).text('stdout')).toBe('yes\n');
  });

  it('comes from a URL too, whose hash is checked', async () => {
    const other = await startFileServer(Buffer.from('echo from url'));
    const source = { type: 'url', url: `${other.url}/x`, sha256: other.sha256 } as const;
    expect((await perform('', { source })).text('stdout')).toBe('from url\n');
    await server.close();
    const wrong = await perform('', { source: { ...source, sha256: 'a'.repeat(64) } });
    expect(wrong.outcome).toMatchObject({ outcome: 'failed', reason: 'checksum_mismatch' });
    expect(wrong.text('stdout')).toBe('');
    await other.close();
  });

  it('a script that fails tells its exit code and its last words', async () => {
    const { outcome } = await perform('echo no such disk >&2; exit 7');
    expect(outcome).toEqual({
      outcome: 'failed',
      reason: 'install_failed',
      exit_code: 7,
      message: 'the installer of tool exited with code 7',
      details: 'no such disk',
    });
  });

  it('an interpreter that is missing is unsupported', async () => {
    expect((await perform('#!/no/such/interpreter\n')).outcome).toMatchObject({
      outcome: 'failed',
      reason: 'unsupported',
    });
  });

  it('is removed by its own command', async () => {
    const { outcome, context } = await perform('', {
      operation: 'uninstall',
      uninstall_command: 'touch gone; echo removed',
    });
    expect(outcome).toMatchObject({ outcome: 'completed' });
    expect(existsSync(join(context.workDirectory, 'gone'))).toBe(true);
  });

  it('JOB12 cannot be removed without one', async () => {
    const { outcome } = await perform('', { operation: 'uninstall' });
    expect(outcome).toMatchObject({
      outcome: 'failed',
      reason: 'unsupported',
      message: expect.stringContaining('uninstall_command'),
    });
  });

  it('JOB12 needs a file', async () => {
    expect((await perform('', { source: { type: 'repository' } })).outcome).toMatchObject({ reason: 'unsupported' });
  });

  // Only root can become another user.
  it.skipIf(!isRoot)('runs as the user that the policy names', async () => {
    const { outcome, text } = await perform('id -un; touch mine', {}, { policy: { run_as: 'nobody' } });
    expect(outcome.outcome).toBe('completed');
    expect(text('stdout')).toBe('nobody\n');
  });
});
