import { PassThrough, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { showLinesOn } from './show-lines.ts';

test('HLOG3 lines go to the console', () => {
  const stream = new PassThrough();
  const show = showLinesOn(stream);
  show('one\n');
  show('two\n');
  expect(String(stream.read())).toBe('one\ntwo\n');
});

test('HLOG6 a console that is gone harms nobody', async () => {
  const stream = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
  const show = showLinesOn(stream);
  show('one\n');
  await new Promise((resolve) => stream.once('close', resolve));
  show('two\n');
  expect(stream.destroyed).toBe(true);
});

test('HLOG6 a console that nobody reads does not fill the memory', () => {
  const stream = new PassThrough();
  const show = showLinesOn(stream);
  for (let index = 0; index < 1000; index++) show(`${'x'.repeat(999)}\n`);
  expect(stream.writableLength + stream.readableLength).toBeLessThan(160 * 1024);
});
