import { expect, test } from 'vitest';
import { LastQuestion } from './last-question.ts';

/** Pauses and answers end when the test says so. */
const scene = () => {
  const pauses: (() => void)[] = [];
  const asked = new Map<string, { answer: (text: string) => void; fail: () => void }>();
  const questions = new LastQuestion<string, string>({
    wait: () => new Promise((resolve) => pauses.push(resolve)),
    ask: (question) =>
      new Promise((resolve, reject) => {
        asked.set(question, { answer: resolve, fail: () => reject(new Error('away')) });
      }),
  });
  const pause = async (): Promise<void> => {
    for (const end of pauses.splice(0)) end();
    await Promise.resolve();
    await Promise.resolve();
  };
  return { questions, asked, pause };
};

test('a question is asked after a pause, and answered', async () => {
  const { questions, asked, pause } = scene();
  const outcome = questions.put('a');
  expect(asked.size).toBe(0);
  await pause();
  asked.get('a')?.answer('A');
  expect(await outcome).toEqual({ type: 'answered', answer: 'A' });
});

test('what is typed over within the pause is never asked', async () => {
  const { questions, asked, pause } = scene();
  const first = questions.put('a');
  const second = questions.put('b');
  await pause();
  asked.get('b')?.answer('B');
  expect(await first).toEqual({ type: 'overtaken' });
  expect(await second).toEqual({ type: 'answered', answer: 'B' });
  expect([...asked.keys()]).toEqual(['b']);
});

test('an answer that comes after a later question counts no more, nor does a failure', async () => {
  const { questions, asked, pause } = scene();
  const first = questions.put('a');
  await pause();
  const second = questions.put('b');
  await pause();
  asked.get('b')?.answer('B');
  asked.get('a')?.fail();
  expect(await second).toEqual({ type: 'answered', answer: 'B' });
  expect(await first).toEqual({ type: 'overtaken' });
});

test('a question that is taken back has no answer', async () => {
  const { questions, asked, pause } = scene();
  const first = questions.put('a');
  await pause();
  expect(await questions.put(null)).toEqual({ type: 'withdrawn' });
  asked.get('a')?.answer('A');
  expect(await first).toEqual({ type: 'overtaken' });
});

test('a question without an answer has failed', async () => {
  const { questions, asked, pause } = scene();
  const outcome = questions.put('a');
  await pause();
  asked.get('a')?.fail();
  expect(await outcome).toEqual({ type: 'failed' });
});
