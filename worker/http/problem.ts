/**
 * Expected errors are values: a handler returns a `Refusal`, and the route helper answers it as `application/problem+json`
 * (RFC 9457). Only broken invariants throw; those end in the app's one `onError`, which tells the client nothing but an id.
 */
import type { Problem } from '#protocol/http/problem.ts';
import type { FieldIssue } from '#protocol/issues.ts';

export type RefusalOptions = {
  errors?: FieldIssue[];
  headers?: Record<string, string>;
  /** Extra members of the problem, such as `server_time`. */
  extra?: Record<string, string>;
};

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  411: 'Length required',
  413: 'Too large',
  415: 'Unsupported media type',
  416: 'Range not satisfiable',
  422: 'Not possible',
  426: 'Upgrade required',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Not available',
};

export class Refusal {
  readonly problem: Problem;
  readonly headers: Record<string, string>;
  readonly extra: Record<string, string>;

  constructor(problem: Problem, headers: Record<string, string>, extra: Record<string, string>) {
    this.problem = problem;
    this.headers = headers;
    this.extra = extra;
  }

  toResponse(): Response {
    return new Response(JSON.stringify({ ...this.problem, ...this.extra }), {
      status: this.problem.status,
      headers: { ...this.headers, 'content-type': 'application/problem+json' },
    });
  }
}

/** `type` is a stable dotted code such as `groups.name_taken`; `detail` is a sentence for a person. */
export const refuse = (status: number, type: string, detail: string, options: RefusalOptions = {}): Refusal => {
  const title = titles[status] ?? 'Error';
  const { errors, headers = {}, extra = {} } = options;
  const problem = { type, title, status, detail, ...(errors === undefined ? {} : { errors }) };
  return new Refusal(problem, headers, extra);
};

export const malformed = (type: string, detail: string): Refusal => refuse(400, type, detail);

const summary = (errors: FieldIssue[]): string =>
  errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');

export const invalid = (errors: FieldIssue[]): Refusal => refuse(400, 'request.invalid', summary(errors), { errors });

export const notSignedIn = (type = 'auth.required', detail = 'Sign in first.'): Refusal =>
  refuse(401, type, detail, { headers: { 'www-authenticate': 'Bearer' } });

export const forbidden = (type: string, detail: string): Refusal => refuse(403, type, detail);

/** Another team's id answers exactly like one that does not exist. */
export const notFound = (what: string): Refusal => refuse(404, `${what}.not_found`, 'There is no such thing here.');

export const conflict = (type: string, detail: string): Refusal => refuse(409, type, detail);

/** What keeps something from being deleted, in one sentence. */
export const namedUses = (uses: readonly { what: string; name: string }[]): string =>
  uses.map(({ what, name }) => `${what} "${name}"`).join(', ');

/** Well-formed but impossible; `path` names the field that makes it so. */
export const impossible = (type: string, path: string, message: string): Refusal =>
  refuse(422, type, `${path}: ${message}`, { errors: [{ path, message }] });

export const tooMany = (type: string, detail: string, retryAfterSeconds: number): Refusal =>
  refuse(429, type, detail, { headers: { 'retry-after': String(retryAfterSeconds) } });
