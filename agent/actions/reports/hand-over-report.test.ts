import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ScriptJob } from '#protocol/agent/job.ts';
import { MAX_REPORT_FILE_BYTES, MAX_REPORT_FILES } from '#protocol/http/scripts.ts';
import type { ReportPart } from '../../connection/server-reports.ts';
import { type MakeOptions, makeFolder, makeRun, scriptAction } from '../test/make-run.ts';
import { Omissions } from './omissions.ts';
import { listReportFiles, readReportFile } from './report-files.ts';

type Answer = (part: ReportPart, nth: number) => Response | Promise<Response>;

/** Runs a script on a server that answers as it is told. */
const runWith = async (
  content: string,
  answer: Answer = () => new Response(null),
  options: MakeOptions = {},
  more: Partial<ScriptJob> = {},
) => {
  const taken = new Map<string, string>();
  const omitted: string[] = [];
  let calls = 0;
  const made = await makeRun(scriptAction(content, more), {
    machine: { sleep: async () => undefined },
    sendReport: async (job, part) => {
      expect(job.target_id).toBe(made.context.job.target_id);
      const response = await answer(part, ++calls);
      if (response.ok && 'path' in part) taken.set(part.path, Buffer.from(part.content).toString());
      if (response.ok && 'omitted' in part) omitted.push(part.omitted);
      return response;
    },
    ...options,
  });
  return { made, taken, omitted, calls: () => calls };
};

const status = (code: number): Response => new Response(null, { status: code });

describe('REP1 what a script leaves in its report folder', () => {
  it('is handed over before the result, with its folders, and the log says so', async () => {
    const { made, taken, omitted } = await runWith(
      'cd $DEPLOYX_REPORT_DIR; mkdir -p a/b; echo one > index.html; printf two > "a/b/über uns.png"; : > empty',
    );
    expect(await made.run()).toMatchObject({ outcome: 'completed' });
    expect([...taken]).toEqual([
      ['a/b/über uns.png', 'two'],
      ['empty', ''],
      ['index.html', 'one\n'],
    ]);
    expect(made.text('system')).toBe('Report uploaded: 3 files, 1 KiB\n');
    expect(omitted).toEqual([]);
  });

  it('is handed over when it fails, and does not change how it ended', async () => {
    const { made, taken } = await runWith('echo broken > $DEPLOYX_REPORT_DIR/a.txt; exit 7');
    expect(await made.run()).toMatchObject({ outcome: 'failed', exit_code: 7 });
    expect([...taken.keys()]).toEqual(['a.txt']);
  });

  it('is handed over after a time-out, and not after a cancel', async () => {
    for (const [reason, files] of [
      ['timed_out', ['a.txt']],
      ['canceled', []],
    ] as const) {
      const { made, taken } = await runWith('echo x > $DEPLOYX_REPORT_DIR/a.txt; echo ready; sleep 60');
      const ended = made.run();
      await expect.poll(() => made.text('stdout')).toBe('ready\n');
      made.controller.abort(reason);
      await ended;
      expect([...taken.keys()]).toEqual(files);
    }
  });

  it('is no reason to say anything when there is nothing', async () => {
    const { made, calls } = await runWith('true');
    await made.run();
    expect([made.text('system'), calls()]).toEqual(['', 0]);
  });
});

describe('LOG9 a secret in the name of a file', () => {
  it('reaches neither the list of files nor what is said of those left out', async () => {
    const content = 'cd $DEPLOYX_REPORT_DIR; : > "got-$TOKEN.txt"; ln -s . "link-$TOKEN"; : > fine.txt';
    const secret = { env: { TOKEN: 'hunter2-hunter2' }, secret_env: ['TOKEN'] };
    const { made, taken, omitted } = await runWith(content, undefined, {}, secret);
    await made.run();
    expect([...taken.keys()]).toEqual(['fine.txt']);
    expect(omitted).toEqual([
      'Left out of the report: link-*** (not a plain file); got-***.txt (its name holds a secret)',
    ]);
  });
});

describe('REP3 bounds', () => {
  it('leave out what is too large or too many, and say so in the log and to the server', async () => {
    const { made, taken, omitted } = await runWith(
      `cd $DEPLOYX_REPORT_DIR; truncate -s ${MAX_REPORT_FILE_BYTES + 1} a-large.bin; for i in $(seq ${MAX_REPORT_FILES + 2}); do : > f$i; done`,
    );
    await made.run();
    expect(taken.size).toBe(MAX_REPORT_FILES);
    expect(omitted).toEqual([
      expect.stringMatching(/^Left out of the report: a-large.bin \(larger than 20 MiB\); f\d+ and 1 more \(more than/),
    ]);
    expect(made.text('system')).toContain(omitted[0]);
  });

  it('hold for all files together', async () => {
    const { made, taken, omitted } = await runWith(
      'cd $DEPLOYX_REPORT_DIR; for i in 1 2 3 4 5 6; do truncate -s 18M f$i; done; : > g',
      () => status(204),
    );
    await made.run();
    expect([...taken.keys()]).toEqual(['f1', 'f2', 'f3', 'f4', 'f5', 'g']);
    expect(omitted[0]).toContain('f6 (more than 100 MiB in all)');
  });

  it('hold for time: when the time limit comes the rest is left out, and the outcome stays', async () => {
    const { made, omitted } = await runWith('cd $DEPLOYX_REPORT_DIR; echo 1 > a; echo 2 > b', async (part) => {
      if ('omitted' in part) return status(204);
      made.controller.abort('timed_out');
      throw new Error('the connection is gone');
    });
    expect(await made.run()).toMatchObject({ outcome: 'completed', exit_code: 0 });
    expect(omitted).toEqual(['Left out of the report: a and 1 more (not uploaded in time)']);
  });
});

describe('a server that does not take it', () => {
  it.each([
    ['answers 503', () => status(503)],
    ['answers 429', () => new Response(null, { status: 429, headers: { 'retry-after': '1' } })],
    ['breaks the connection', () => Promise.reject(new Error('reset'))],
  ])('is asked again when it %s', async (_what, failure) => {
    const { made, taken, calls } = await runWith('echo x > $DEPLOYX_REPORT_DIR/a', (_part, nth) =>
      nth < 5 ? failure() : status(204),
    );
    await made.run();
    expect([[...taken.keys()], calls()]).toEqual([['a'], 5]);
  });

  it('because of one file gets the others', async () => {
    const { made, taken, omitted } = await runWith('cd $DEPLOYX_REPORT_DIR; : > a; : > b', (part) =>
      'path' in part && part.path === 'a' ? status(413) : status(204),
    );
    await made.run();
    expect([...taken.keys()]).toEqual(['b']);
    expect(omitted).toEqual(['Left out of the report: a (the server answered 413)']);
  });
});

describe('only plain files of the report folder are read', () => {
  it('and no link, pipe or name that leads out', async () => {
    const root = makeFolder();
    const outside = join(makeFolder(), 'secret');
    writeFileSync(outside, 'secret');
    symlinkSync(outside, join(root, 'link'));
    symlinkSync(join(outside, '..'), join(root, 'folder-link'));
    execFileSync('mkfifo', [join(root, 'pipe')]);
    mkdirSync(join(root, 'sub'));
    writeFileSync(join(root, 'sub/ok.txt'), 'ok');
    writeFileSync(join(root, 'back\\slash'), 'x');
    const omissions = new Omissions();
    expect(await listReportFiles(root, omissions)).toEqual(['sub/ok.txt']);
    expect(omissions.text()).toMatch(/folder-link and 2 more|link and 2 more|pipe and 2 more/);
    expect(omissions.text()).toContain('back\\slash (a name that cannot be kept)');
  });

  it('also when a link takes the place of a file after it was listed', async () => {
    const root = makeFolder();
    symlinkSync('/etc/passwd', join(root, 'a'));
    expect(await readReportFile(join(root, 'a'), null)).toEqual({ ok: false, reason: 'not a plain file' });
    execFileSync('mkfifo', [join(root, 'pipe')]);
    expect(await readReportFile(join(root, 'pipe'), null)).toEqual({ ok: false, reason: 'not a plain file' });
    expect(await readReportFile(join(root, 'gone'), null)).toEqual({ ok: false, reason: 'could not be read' });
  });

  it('and of another user none, where jobs run as somebody', async () => {
    const path = join(makeFolder(), 'a');
    writeFileSync(path, 'x');
    const user = { name: 'deploy', uid: (process.getuid?.() ?? 0) + 1, gid: 0, groups: [], home: '/' };
    expect(await readReportFile(path, user)).toEqual({ ok: false, reason: 'does not belong to deploy' });
    expect(await readReportFile(path, { ...user, uid: process.getuid?.() ?? 0 })).toMatchObject({ ok: true });
  });
});

it('a back-off that nobody ends is ended by the time that the report has', async () => {
  const { made } = await runWith('echo x > $DEPLOYX_REPORT_DIR/a', () => status(503), {
    machine: { sleep: (ms, signal) => sleep(ms + 5, undefined, { signal }) },
  });
  setTimeout(() => made.controller.abort('timed_out'), 300);
  expect(await made.run()).toMatchObject({ outcome: 'completed' });
  expect(made.text('system')).toContain('not uploaded in time');
});
