import type { Problem } from '#protocol/http/problem.ts';

/** A call that the API refused or that did not reach it. Status 0: no answer at all. */
export class ApiError extends Error {
  readonly problem: Problem;
  readonly retryAfterSeconds: number | null;

  constructor(problem: Problem, retryAfterSeconds: number | null = null) {
    super(problem.detail);
    this.name = 'ApiError';
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  get status(): number {
    return this.problem.status;
  }

  /** What is wrong with a field of the body; also finds `labels.env` when asked for `labels`. */
  fieldError(path: string): string | null {
    const issue = this.problem.errors?.find((error) => error.path === path || error.path.startsWith(`${path}.`));
    return issue?.message ?? null;
  }
}

/** `fieldError` of whatever was caught. */
export const fieldError = (error: unknown, path: string): string | null =>
  error instanceof ApiError ? error.fieldError(path) : null;

/** What to tell a person about whatever was caught. */
export const failureText = (error: unknown): string => {
  if (!(error instanceof ApiError)) return 'Something went wrong in this page. Reload it and try again.';
  if (error.status === 403) return 'Your role does not allow this.';
  if (error.status === 429) return tooManyText(error.retryAfterSeconds);
  return error.problem.detail;
};

const tooManyText = (seconds: number | null): string =>
  seconds === null
    ? 'Too many attempts. Wait a little and try again.'
    : `Too many attempts. Try again in ${waitText(seconds)}.`;

const waitText = (seconds: number): string =>
  seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;

const belongsTo = (path: string, fields: readonly string[]): boolean =>
  fields.some((field) => path === field || path.startsWith(`${field}.`));

/** What to say above a form: nothing where all that is wrong shows at `fields`. */
export const formFailureText = (error: unknown, fields: readonly string[]): string | null => {
  const issues = error instanceof ApiError ? (error.problem.errors ?? []) : [];
  return issues.length > 0 && issues.every((issue) => belongsTo(issue.path, fields)) ? null : failureText(error);
};
