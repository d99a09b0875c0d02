import { expect, test } from 'vitest';
import { DraftHandover } from './draft-handover.ts';
import { form } from './test-form.ts';

test('the page that is opened takes what was typed, once', async () => {
  const handover = new DraftHandover();
  const draft = form((f) => {
    f.name = 'typed';
  });
  const taken: unknown[] = [];
  await handover.during(draft, async () => {
    taken.push(handover.take(), handover.take());
  });
  expect(taken).toEqual([draft, null]);
});

test('a page that is not opened leaves nothing for the next one', async () => {
  const handover = new DraftHandover();
  await expect(
    handover.during(
      form(() => {}),
      () => Promise.reject(new Error('stayed')),
    ),
  ).rejects.toThrow('stayed');
  expect(handover.take()).toBeNull();
});
