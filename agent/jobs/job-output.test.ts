/** The bound on a job's output, also across a restart of the agent. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LogPiece } from '#protocol/agent/to-server.ts';
import { temporaryDirectory } from '../test/test-agent.ts';
import { CutCount } from './cut-count.ts';
import { withoutTornEscape } from './cut-text.ts';
import { JobOutput } from './job-output.ts';
import { Spool } from './spool.ts';

const MAX = 100;
const ignore = (): void => {};

/** As an agent has it after a start: with `restored`, one that was ended in the middle of the job. */
const open = (directory: string, restored: boolean, now = () => 0) => {
  const path = join(directory, 'job.log');
  const spool = restored ? Spool.reopen(path, 0) : Spool.create(path, 0);
  const output = new JobOutput(spool, MAX, new CutCount(`${path}.cut`, restored, now), ignore, ignore);
  const pieces = (): LogPiece[] => spool.read(spool.start).map(({ piece }) => piece);
  return {
    output,
    pieces,
    text: () =>
      pieces()
        .map(({ text }) => text)
        .join(''),
  };
};

const NOTICE = "Output above 100 bytes is left out (max_output_bytes in this host's policy)\n";

test('LOG6 output up to the bound is whole, and nothing is said', () => {
  const { output, text } = open(temporaryDirectory(), false);
  output.write('stdout', 'x'.repeat(MAX));
  output.close();
  expect(text()).toBe('x'.repeat(MAX));
});

test('LOG6 the log says at once that output is left out, and at its end how much', () => {
  const { output, pieces } = open(temporaryDirectory(), false);
  output.write('stdout', 'x'.repeat(MAX - 1));
  output.write('stderr', 'é');
  for (let index = 0; index < 10; index++) output.write('stdout', 'yé');
  output.close();
  expect(pieces().slice(1)).toEqual([{ stream: 'system', text: `${NOTICE}32 bytes of output were left out\n` }]);
});

test('LOG6 an agent that is started anew says it once, and still knows how much it was', () => {
  const directory = temporaryDirectory();
  let at = 0;
  const before = open(directory, false, () => at);
  before.output.write('stdout', 'x'.repeat(MAX + 50));
  before.output.note('flushed');
  at = 2000;
  before.output.write('stdout', 'y'.repeat(25));
  // Within the second: a crash may take it.
  before.output.write('stdout', 'z'.repeat(10));
  const after = open(directory, true);
  after.output.note('interrupted');
  after.output.write('stdout', 'again');
  after.output.close();
  expect(after.text()).toBe(
    `${'x'.repeat(MAX)}${NOTICE}flushed\ninterrupted\nAt least 80 bytes of output were left out\n`,
  );
  expect(existsSync(join(directory, 'job.log.cut'))).toBe(false);
});

test('LOG6 closing a job that was over before the restart adds nothing', () => {
  const directory = temporaryDirectory();
  const before = open(directory, false);
  before.output.write('stdout', 'x'.repeat(MAX + 50));
  before.output.close();
  const after = open(directory, true);
  after.output.close();
  expect(after.text()).toBe(before.text());
});

test('LOG6 the cut never splits a character or an escape sequence', () => {
  const bit = fc.constantFrom('x', 'é', '€', '😀', '\u001b[31m', '\u001b[38;5;208m', '\n');
  fc.assert(
    fc.property(fc.array(bit, { minLength: 30, maxLength: 120 }), (bits) => {
      const { output, pieces } = open(temporaryDirectory(), false);
      output.write('stdout', bits.join(''));
      output.close();
      const [first] = pieces();
      const kept = first?.text ?? '';
      expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(MAX);
      expect(bits.join('').startsWith(kept)).toBe(true);
      let whole = '';
      for (const one of bits)
        if ((whole + one).length <= kept.length) whole += one;
        else break;
      expect(kept).toBe(whole);
    }),
    { numRuns: 50 },
  );
});

test('a text is rid of an escape sequence that lost its end, and of nothing else', () => {
  expect(withoutTornEscape('red\u001b[31')).toBe('red');
  expect(withoutTornEscape('red\u001b')).toBe('red');
  expect(withoutTornEscape('red\u001b[31m')).toBe('red\u001b[31m');
});
