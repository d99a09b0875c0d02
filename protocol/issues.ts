/** Validation issues in the one shape that people and programs read: a dotted path and a message. */
import { z } from 'zod';
import { plainWords } from './issue-words.ts';

export const FieldIssue = z.object({ path: z.string(), message: z.string() });
export type FieldIssue = z.infer<typeof FieldIssue>;

type RawIssue = z.core.$ZodIssue;

const pathOf = (path: readonly PropertyKey[]): string => path.map(String).join('.');

const expand = (issue: RawIssue): FieldIssue[] => {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: pathOf([...issue.path, key]), message: 'is not a known field' }));
  // Says why a key is refused, such as the name of a variable, and not only that it is.
  if (issue.code === 'invalid_key')
    return issue.issues.flatMap((inner) => expand({ ...inner, path: [...issue.path, ...inner.path] }));
  return [{ path: pathOf(issue.path), message: plainWords(issue) }];
};

export const fieldIssues = (error: z.ZodError): FieldIssue[] => error.issues.flatMap(expand);

/** One line for logs and refusals of frames. */
export const firstIssue = (error: z.ZodError): string => {
  const [issue] = fieldIssues(error);
  return issue === undefined ? 'invalid' : `${issue.path === '' ? '(message)' : issue.path}: ${issue.message}`;
};
