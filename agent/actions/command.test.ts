import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { CommandJob } from '#protocol/agent/job.ts';
import { endLeftovers } from './process/end-tree.ts';
import { markerOf } from './process/marker.ts';
import { commandAction, isAlive, type Made, type MakeOptions, makeFolder, makeRun } from './test/make-run.ts';

const isRoot = process.getuid?.() === 0;

const perform = async (command: string, more: Partial<CommandJob> = {}, options: MakeOptions = {}) => {
  const made = await makeRun(commandAction(command, more), options);
  return { ...made, outcome: await made.run() };
};

const until = async (condition: () => boolean) => {
  for (let tries = 0; !condition() && tries < 400; tries++) await sleep(10);
  expect(condition()).toBe(true);
};

/** Starts a command that writes process ids into files named here, and waits for them. */
const startWithPids = async (command: string, names: readonly string[], options: MakeOptions = {}) => {
  const made = await makeRun(commandAction(command), options);
  const outcome = made.run();
  const path = (name: string) => join(made.context.workDirectory, name);
  const written = (name: string) => existsSync(path(name)) && readFileSync(path(name), 'utf8').endsWith('\n');
  await until(() => names.every(written));
  const pids = names.map((name) => Number(readFileSync(path(name), 'utf8')));
  return { ...made, outcome, pids };
};

const allGone = (pids: readonly number[]) => pids.every((pid) => !isAlive(pid));
const cancel = (made: Made) => made.controller.abort('canceled');

describe('command', () => {
  it('a command that ends with 0 is completed, with its output', async () => {
    const { outcome, text, statuses } = await perform('echo out; echo err >&2');
    expect(outcome).toEqual({
      outcome: 'completed',
      reason: 'ok',
      exit_code: 0,
      message: 'exited with code 0',
      details: null,
    });
    expect(text('stdout')).toBe('out\n');
    expect(text('stderr')).toBe('err\n');
    expect(statuses).toEqual([{ status: 'running', percent: null }]);
  });

  it('another exit code fails, and the details are the end of the errors', async () => {
    const { outcome } = await perform('echo fine; echo broken >&2; exit 3');
    expect(outcome).toEqual({
      outcome: 'failed',
      reason: 'exit_code',
      exit_code: 3,
      message: 'exited with code 3',
      details: 'broken',
    });
  });

  it('long errors are cut at their start', async () => {
    const { outcome } = await perform('seq 1 5000 >&2; exit 1');
    expect(outcome.details).toHaveLength(4000);
    expect(outcome.details).toMatch(/^…[\d\n]*\n5000$/);
  });

  it('a command that kills itself names the signal', async () => {
    const { outcome } = await perform('kill -KILL $$');
    expect(outcome).toMatchObject({
      outcome: 'failed',
      reason: 'exit_code',
      exit_code: null,
      message: 'ended by signal SIGKILL',
    });
  });

  it('bash understands what only bash does', async () => {
    const { outcome, text } = await perform('[[ ab == a* ]] && echo y', { shell: 'bash' });
    expect(outcome.outcome).toBe('completed');
    expect(text()).toBe('y\n');
  });

  it.each(['cmd', 'powershell'] as const)('JOB12 the shell %s is unsupported where it is missing', async (shell) => {
    const { outcome } = await perform('dir', { shell }, { policy: { env: { PATH: '/nowhere' } } });
    expect(outcome).toMatchObject({ outcome: 'failed', reason: 'unsupported', message: `this host has no ${shell}` });
  });

  it('runs in the working directory', async () => {
    const { text } = await perform('pwd', { working_directory: '/usr' });
    expect(text()).toBe('/usr\n');
  });

  it('without one it runs in a folder of its own', async () => {
    const { text, context } = await perform('pwd');
    expect(text()).toBe(`${context.workDirectory}\n`);
  });

  it('a working directory that does not exist fails and runs nothing', async () => {
    const { outcome, text } = await perform('echo ran', { working_directory: '/no/such/folder' });
    expect(outcome).toMatchObject({
      outcome: 'failed',
      message: 'the working directory /no/such/folder does not exist',
    });
    expect(text()).toBe('');
  });

  it('gets its variables, those of the policy, and who it is', async () => {
    const { text, context } = await perform(
      'echo "$A $B $DEPLOYX_DEVICE_KEY $DEPLOYX_TARGET_ID"',
      { env: { A: 'it is; $(not) run' } },
      { policy: { env: { B: 'b' } } },
    );
    expect(text()).toBe(`it is; $(not) run b self ${context.job.target_id}\n`);
  });

  it('gets no input to wait for', async () => {
    expect((await perform('cat; echo done')).text()).toBe('done\n');
  });

  it('a text longer than an argument may be runs all the same', async () => {
    const { text, outcome } = await perform(`x='${'ü'.repeat(65_000)}'; printf %s "$x" | wc -c`);
    expect(outcome.outcome).toBe('completed');
    expect(text().trim()).toBe('130000');
  });

  it('characters of several bytes arrive whole however they are cut', async () => {
    const { text, log } = await perform(
      "printf '\\303'; sleep 0.1; printf '\\244\\342'; sleep 0.1; printf '\\202\\254\\377'",
    );
    expect(text()).toBe('ä€\uFFFD');
    expect(log.every((piece) => piece.text.isWellFormed())).toBe(true);
  });

  it('50,000 lines arrive whole and in order', async () => {
    const { text, outcome } = await perform('seq 1 50000');
    expect(outcome.outcome).toBe('completed');
    expect(text()).toBe(`${Array.from({ length: 50_000 }, (_, index) => index + 1).join('\n')}\n`);
  });

  it('output that cannot be kept ends the job instead of being lost silently', async () => {
    const made = await makeRun(commandAction('yes'));
    made.context.output = () => {
      throw new Error('the disk is gone');
    };
    expect(await made.run()).toMatchObject({ outcome: 'failed', reason: 'internal' });
  });
});

describe('JOB8 and JOB9 the whole process tree is ended', () => {
  const tree = 'echo $$ >main; sleep 300 & echo $! >child; sh -c "echo \\$\\$ >inner; sleep 300"';

  it('JOB8 cancel ends a command and its children', async () => {
    const started = await startWithPids(tree, ['main', 'child', 'inner']);
    cancel(started);
    expect(await started.outcome).toMatchObject({ outcome: 'canceled', reason: 'canceled' });
    expect(allGone(started.pids)).toBe(true);
  });

  it('JOB9 the time limit ends them and says so', async () => {
    const started = await startWithPids(tree, ['main', 'child', 'inner'], { timeout_seconds: 7 });
    started.controller.abort('timed_out');
    expect(await started.outcome).toMatchObject({
      outcome: 'failed',
      reason: 'timed_out',
      message: 'ended by the time limit of 7 s',
    });
    expect(allGone(started.pids)).toBe(true);
  });

  it('JOB8 children in a session of their own are ended too, also those whose parent is gone', async () => {
    const started = await startWithPids(
      'setsid sh -c "echo \\$\\$ >away; exec sleep 300" & (setsid sh -c "echo \\$\\$ >orphan; exec sleep 300" &); echo $$ >main; wait; sleep 300',
      ['main', 'away', 'orphan'],
    );
    cancel(started);
    expect((await started.outcome).outcome).toBe('canceled');
    expect(allGone(started.pids)).toBe(true);
  });

  it('JOB8 a process gets the time to clean up', async () => {
    const started = await startWithPids(
      'trap "echo cleaned; exit 0" TERM; echo $$ >main; while :; do sleep 0.05; done',
      ['main'],
    );
    cancel(started);
    expect((await started.outcome).outcome).toBe('canceled');
    expect(started.text('stdout')).toBe('cleaned\n');
  });

  it('JOB8 one that does not listen is killed after 5 s', async () => {
    const started = await startWithPids('trap "" TERM; echo $$ >main; while :; do sleep 0.2; done', ['main']);
    const before = performance.now();
    cancel(started);
    expect((await started.outcome).outcome).toBe('canceled');
    expect(performance.now() - before).toBeGreaterThan(4900);
    expect(allGone(started.pids)).toBe(true);
  }, 15_000);

  it('JOB8 a job canceled before it starts runs nothing', async () => {
    const made = await makeRun(commandAction('echo ran'));
    cancel(made);
    expect((await made.run()).outcome).toBe('canceled');
    expect(made.text()).toBe('');
  });

  it('a cancel that comes after the end changes nothing', async () => {
    const { outcome, controller } = await perform('exit 4');
    controller.abort('canceled');
    expect(outcome.reason).toBe('exit_code');
  });

  it('a child left in the background holds the output open and does not hold the job', async () => {
    const before = performance.now();
    const { outcome, text } = await perform('sleep 300 & echo $!; echo done');
    expect(performance.now() - before).toBeLessThan(20_000);
    const [pid] = text().split('\n');
    expect(outcome.outcome).toBe('completed');
    expect(isAlive(Number(pid))).toBe(true);
    process.kill(Number(pid), 'SIGKILL');
  });

  it('a child in the background that writes without end does not hold the job either', async () => {
    const { outcome } = await perform('(while echo x; do sleep 0.02; done) & echo done');
    expect(outcome.outcome).toBe('completed');
  }, 10_000);

  it('what a killed agent left running of a job is found by its mark and ended', async () => {
    const started = await startWithPids('setsid sh -c "echo \\$\\$ >away; exec sleep 300" & echo $$ >main; wait', [
      'main',
      'away',
    ]);
    await endLeftovers(markerOf(started.context.job.target_id), 'linux');
    expect(allGone(started.pids)).toBe(true);
    expect((await started.outcome).outcome).toBe('failed');
  });
});

describe('JOB12 policy', () => {
  it('a command that the policy denies is not run and names the rule', async () => {
    const { outcome, text } = await perform('echo a; echo b', {}, { policy: { allow_commands: ['echo *'] } });
    expect(outcome).toMatchObject({
      outcome: 'failed',
      reason: 'policy_refused',
      message: expect.stringContaining('allow_commands'),
    });
    expect(text()).toBe('');
  });

  it('run_as is refused when the agent is not root', async () => {
    const { outcome } = await perform('id', {}, { policy: { run_as: 'root' }, machine: { uid: 1000 } });
    expect(outcome).toMatchObject({ reason: 'policy_refused', message: expect.stringContaining('run_as') });
  });

  // Only root can become another user.
  it.skipIf(!isRoot)(
    'with run_as nothing that a job names in its environment acts before the user is changed',
    async () => {
      const folder = makeFolder();
      chmodSync(folder, 0o777);
      const env = { LD_DEBUG: 'libs', LD_DEBUG_OUTPUT: join(folder, 'loader') };
      const made = await makeRun(commandAction('echo $LD_DEBUG $(id -un)', { env }), { policy: { run_as: 'nobody' } });
      chmodSync(made.folder, 0o711);
      await made.run();
      const owners = readdirSync(folder).map((name) => statSync(join(folder, name)).uid);
      expect(owners.length).toBeGreaterThan(0);
      expect(owners).not.toContain(0);
      expect(made.text('stdout')).toBe('libs nobody\n');
    },
  );

  it.skipIf(!isRoot)('run_as runs the command as that user, in a folder that is theirs', async () => {
    const made = await makeRun(commandAction('id -un; id -Gn; echo x >own && cat own; echo "$USER"'), {
      policy: { run_as: 'nobody' },
    });
    chmodSync(made.folder, 0o711);
    const outcome = await made.run();
    expect(outcome).toMatchObject({ outcome: 'completed', details: null });
    expect(made.text()).toBe('nobody\nnogroup\nx\nnobody\n');
  });
});
