import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ScriptJob } from '#protocol/agent/job.ts';
import { interpreterPrograms, startScript } from './interpreters.ts';
import { findProgram } from './programs.ts';
import { isAlive, makeRun, scriptAction } from './test/make-run.ts';

const has = (name: string): boolean => findProgram('linux', name, process.env) !== null;

const run = async (content: string, more: Partial<ScriptJob> = {}, options = {}) => {
  const made = await makeRun(scriptAction(content, more), options);
  return { made, outcome: await made.run() };
};

describe('a script', () => {
  it.each([
    ['sh', 'echo "$1|$2" && echo err >&2 && exit 3'],
    ['bash', '[[ $1 == a* ]] && echo "$1|$2"; echo err >&2; exit 3'],
    ['python', 'import sys\nprint("|".join(sys.argv[1:]))\nprint("err", file=sys.stderr)\nsys.exit(3)'],
    ['node', "console.log(process.argv.slice(2).join('|')); console.error('err'); process.exit(3)"],
    ['powershell', 'Write-Output "$($args[0])|$($args[1])"; [Console]::Error.WriteLine("err"); exit 3'],
  ] as const)('in %s is run by its interpreter, with arguments that nothing expands', async (interpreter, content) => {
    if (!interpreterPrograms('linux', interpreter).some(has)) return;
    const { made, outcome } = await run(content, { interpreter, arguments: ['a b', '$HOME;*'] });
    expect(made.text('stdout')).toBe('a b|$HOME;*\n');
    expect(outcome).toMatchObject({ outcome: 'failed', reason: 'exit_code', exit_code: 3, details: 'err' });
  });

  it('runs in a fresh folder of its own that nobody else can look into', async () => {
    const { made, outcome } = await run('pwd; ls; stat -c %a .; ls -a | grep -c "^.deployx$"');
    expect(outcome.outcome).toBe('completed');
    expect(made.text('stdout')).toBe(`${made.context.workDirectory}\nreports\n700\n1\n`);
  });

  it('is told who it is, where its reports go and for which interface it runs', async () => {
    const { made } = await run('env | grep ^DEPLOYX_ | sort; echo "$STAGE"', {
      userinterface_name: 'horizon_tv',
      env: { STAGE: 'test', DEPLOYX_TARGET_ID: 'mine', DEPLOYX_REPORT_DIR: '/' },
    });
    expect(made.text('stdout').trim().split('\n')).toEqual([
      'DEPLOYX_ATTEMPT=1',
      `DEPLOYX_DEPLOYMENT_ID=${made.context.job.deployment_id}`,
      'DEPLOYX_DEVICE_KEY=self',
      `DEPLOYX_REPORT_DIR=${join(made.context.workDirectory, 'reports')}`,
      `DEPLOYX_TARGET_ID=${made.context.job.target_id}`,
      'DEPLOYX_USERINTERFACE_NAME=horizon_tv',
      'test',
    ]);
  });

  it('that was written on Windows runs elsewhere', async () => {
    const { made, outcome } = await run('NAME=x\r\nif [ "$NAME" = x ]\r\nthen echo yes\r\nfi\r\n');
    expect([outcome.outcome, made.text('stdout')]).toEqual(['completed', 'yes\n']);
  });

  it.each([
    ["require('node:os'); console.log('commonjs')", 'commonjs\n'],
    ["import 'node:os'; console.log('module')", 'module\n'],
  ])('in node may be written in either module system: %s', async (content, output) => {
    const { made } = await run(
      content,
      { interpreter: 'node' },
      { policy: { env: { PATH: dirname(process.execPath) } } },
    );
    expect(made.text('stdout')).toBe(output);
  });

  it('ends with all its processes at its time limit', async () => {
    const made = await makeRun(scriptAction('sleep 60 & echo $!; wait'));
    const ended = made.run();
    await expect.poll(() => made.text('stdout')).toMatch(/\d+\n/);
    made.controller.abort('timed_out');
    expect(await ended).toMatchObject({ outcome: 'failed', reason: 'timed_out' });
    expect(isAlive(Number(made.text('stdout')))).toBe(false);
  });

  it('ends with all its processes when it is canceled', async () => {
    const made = await makeRun(scriptAction('sleep 60 & echo $!; wait'));
    const ended = made.run();
    await expect.poll(() => made.text('stdout')).toMatch(/\d+\n/);
    made.controller.abort('canceled');
    expect(await ended).toMatchObject({ outcome: 'canceled' });
    expect(isAlive(Number(made.text('stdout')))).toBe(false);
  });

  it('whose interpreter is not there is refused with its name', async () => {
    const { made, outcome } = await run('true', { interpreter: 'cmd' });
    expect(outcome).toMatchObject({ outcome: 'failed', reason: 'unsupported', message: 'this host has no cmd' });
    expect(existsSync(join(made.context.workDirectory, '.deployx'))).toBe(false);
  });
});

describe('JOB12 the policy', () => {
  it.each([
    [{ actions: ['command'] }, 'true', 'actions:'],
    [{ allow_commands: ['*'] }, 'true', 'allow_commands:'],
    [{ deny_commands: ['rm *'] }, 'cd /tmp\nrm -rf x', 'deny_commands:'],
    [{ deny_commands: ['*curl*'] }, 'import os\nos.system("curl x")', 'deny_commands:'],
  ] as const)('%j refuses the script %j', async (policy, content, rule) => {
    const { outcome } = await run(content, {}, { policy });
    expect(outcome).toMatchObject({ reason: 'policy_refused', message: expect.stringContaining(rule) });
  });

  it('lets a script run that it does not deny', async () => {
    const { outcome } = await run('true', {}, { policy: { deny_commands: ['rm *'], actions: ['script'] } });
    expect(outcome.outcome).toBe('completed');
  });
});

describe('LOG9 secrets of a job', () => {
  const secret = { env: { TOKEN: 'hunter2-hunter2' }, secret_env: ['TOKEN'] };

  it('reach the script, and no output, result or message of it', async () => {
    const { made, outcome } = await run(
      'test "$TOKEN" = hunter2-hunter2 && printf hunter2-; sleep 0.3; printf "hunter2 and "; echo $TOKEN >&2; exit 4',
      secret,
    );
    expect(made.text('stdout')).toBe('*** and ');
    expect(made.text('stderr')).toBe('***\n');
    expect(outcome).toMatchObject({ exit_code: 4, details: '***' });
    expect(JSON.stringify([made.log, outcome])).not.toContain('hunter2');
  });

  it('are cut out of the details before these are cut to size', async () => {
    const { outcome } = await run(`printf '%s' "$TOKEN" >&2; head -c 3990 /dev/zero | tr '\\0' x >&2; exit 1`, secret);
    expect(outcome.details).toBe(`***${'x'.repeat(3990)}`);
  });

  it('do not show in the list of processes of this machine', async () => {
    const { made } = await run('cat /proc/self/cmdline /proc/$$/cmdline | tr "\\0" " "', secret);
    expect(made.text('stdout')).not.toContain('***');
  });
});

describe('startScript', () => {
  const start = (platform: 'linux' | 'windows', more: Partial<ScriptJob>) =>
    startScript(platform, 'PROGRAM', scriptAction('a\nb', more), platform === 'windows' ? 'C:\\job' : '/job');

  it('gives python no buffer, so that its output is seen while it runs', () => {
    expect(start('linux', { interpreter: 'python', arguments: ['-x'] })).toMatchObject({
      start: { argv: ['PROGRAM', '-u', '/job/.deployx/script.py', '-x'] },
    });
  });

  it('writes for Windows what its interpreters read', () => {
    expect(start('windows', { interpreter: 'cmd', arguments: ['a b', '&'] })).toEqual({
      ok: true,
      start: {
        files: [{ path: 'C:\\job\\.deployx\\script.cmd', text: '@echo off\r\nchcp 65001 >nul\r\na\r\nb\r\n' }],
        argv: ['PROGRAM', '/d', '/s', '/c', '""C:\\job\\.deployx\\script.cmd" "a b" "&""'],
        verbatim: true,
      },
    });
    expect(start('windows', { interpreter: 'powershell', arguments: ['a b'] })).toMatchObject({
      start: { files: [{ text: '\uFEFFa\nb' }], argv: expect.arrayContaining(['-File', 'a b']), verbatim: false },
    });
  });

  it.each(['"', '%PATH%', '!x!', 'a\nb'])('refuses for cmd the argument %j, which cannot be quoted', (word) => {
    expect(start('windows', { interpreter: 'cmd', arguments: [word] })).toMatchObject({ ok: false });
  });
});

it('the work folder of a command is as private as that of a script', async () => {
  const { made } = await run('true');
  expect(statSync(made.context.workDirectory).mode & 0o777).toBe(0o700);
});
