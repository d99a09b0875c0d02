/** What an answer to a body means for an upload: a value, or an end with a text for a person. */
import type { z } from 'zod';
import { Problem } from '#protocol/http/problem.ts';
import type { BodyAnswer } from './send-body.ts';

export type UploadFailure = {
  type: 'failed';
  message: string;
  fields: { path: string; message: string }[];
  /** The network or the server is away: it goes on by itself once they are back. */
  unreachable: boolean;
};
export type UploadEnd = UploadFailure | { type: 'canceled' };

const failed = (message: string, unreachable = false): UploadFailure => ({
  type: 'failed',
  message,
  fields: [],
  unreachable,
});

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

const problemOf = (answer: BodyAnswer): Problem | null =>
  answer.type === 'answer' ? (Problem.safeParse(parseJson(answer.text)).data ?? null) : null;

export const failureOf = (answer: BodyAnswer): UploadEnd => {
  if (answer.type === 'aborted') return { type: 'canceled' };
  if (answer.type === 'unreachable')
    return failed('The server could not be reached. What has arrived is kept, and it goes on when it is back.', true);
  const problem = problemOf(answer);
  if (problem === null) return failed(`The server answered with status ${answer.status}.`);
  return { type: 'failed', message: problem.detail, fields: problem.errors ?? [], unreachable: false };
};

export const isOk = (answer: BodyAnswer): boolean =>
  answer.type === 'answer' && answer.status >= 200 && answer.status < 300;

export const hasStatus = (answer: BodyAnswer, status: number): boolean =>
  answer.type === 'answer' && answer.status === status;

export const isRefusal = (answer: BodyAnswer, type: string): boolean => problemOf(answer)?.type === type;

export const readAnswer = <Schema extends z.ZodType>(
  answer: BodyAnswer,
  schema: Schema,
): { type: 'value'; value: z.output<Schema> } | UploadEnd => {
  if (!isOk(answer) || answer.type !== 'answer') return failureOf(answer);
  const parsed = schema.safeParse(parseJson(answer.text));
  return parsed.success
    ? { type: 'value', value: parsed.data }
    : failed('The server gave an answer that is not understood.');
};
