import { describe, expect, it } from 'vitest';
import { JobResult } from '#protocol/agent/to-server.ts';
import { aborted, completed, failed, tailOf } from './outcomes.ts';
import { commandAction, makeJob } from './test/make-run.ts';

const run = (reason: string) => {
  const controller = new AbortController();
  controller.abort(reason);
  return { signal: controller.signal, timeoutSeconds: 9 };
};

describe('outcomes', () => {
  it('texts of any length and content fit into a result', () => {
    const awkward = `${'x'.repeat(498)}😀${'y'.repeat(9000)}\ud800`;
    const outcome = failed('internal', awkward, { details: awkward });
    const job = makeJob(commandAction('x'));
    const result = { type: 'job.result', target_id: job.target_id, attempt: 1, log_end: 0, ...outcome };
    expect(JobResult.safeParse(result).success).toBe(true);
    expect(outcome.message.isWellFormed()).toBe(true);
    expect(outcome.details?.isWellFormed()).toBe(true);
  });

  it('a short text stays as it is, without blanks at its ends', () => {
    expect(completed('done', { details: '\n fine \n' })).toMatchObject({ message: 'done', details: 'fine' });
  });

  it.each([
    ['', null],
    [' \n', null],
    ['abcdef', '…ef'],
    ['a😀bc', '…bc'],
    ['abc', 'abc'],
  ])('the tail of %j within three characters is %j', (text, expected) => {
    expect(tailOf(text, 3)).toBe(expected);
  });

  it('JOB8 a cancel is no failure, JOB9 a time limit is one', () => {
    expect(aborted(run('canceled'))).toMatchObject({ outcome: 'canceled', reason: 'canceled' });
    expect(aborted(run('timed_out'))).toMatchObject({
      outcome: 'failed',
      reason: 'timed_out',
      message: expect.stringContaining('9 s'),
    });
  });
});
