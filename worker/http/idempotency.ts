/**
 * `Idempotency-Key` on calls that create: the same key, route and body within a day answers with the first result. A call
 * that was refused or failed leaves the key free.
 * The stored answer may hold a secret that is shown once (an enrollment token), so it is encrypted by a key made from the
 * client's key, of which the database has a hash alone.
 */
import {
  claimIdempotencyKey,
  completeIdempotencyKey,
  type IdempotencyClaim,
  releaseIdempotencyKey,
} from '#database/idempotency.repository.ts';
import { assertNever } from '#protocol/assert.ts';
import type { RequestContext } from '../context.ts';
import { decryptText, encryptText, sha256Hex } from '../secrets.ts';
import { conflict, impossible, malformed } from './problem.ts';

const MAX_KEY_CHARACTERS = 200;

type Caller = { team_id: string; user: { id: string } };
const isCaller = (context: RequestContext): context is RequestContext & Caller =>
  'team_id' in context && 'user' in context;

const scopeOf = (context: RequestContext & Caller, key: string): string => {
  const { method, url } = context.http.req;
  const { pathname, search } = new URL(url);
  return JSON.stringify([context.team_id, context.user.id, method, pathname, search, key]);
};

const replay = async (claim: Extract<IdempotencyClaim, { state: 'done' }>, scope: string): Promise<Response> => {
  const body = await decryptText(claim.answer, scope);
  return new Response(body === '' ? null : body, {
    status: claim.status,
    headers: { 'content-type': claim.content_type, 'idempotency-replayed': 'true' },
  });
};

const settle = async (
  context: RequestContext,
  keyHash: string,
  scope: string,
  response: Response,
): Promise<Response> => {
  // Nothing was made, so the key may be used again: for the same once the failure is over, or for what is put right.
  if (response.status >= 400) {
    await releaseIdempotencyKey(context.db, keyHash);
    return response;
  }
  const answer = await encryptText(await response.clone().text(), scope, context.ids.randomBytes(12));
  const content_type = response.headers.get('content-type') ?? 'application/json';
  try {
    await completeIdempotencyKey(context.db, keyHash, { status: response.status, content_type, answer });
  } catch (error) {
    // It was made: the key stays taken, so that a repetition makes no second one, and this caller gets the answer.
    context.dependencies.log('request.key_not_kept', { request_id: context.request_id, error: String(error) });
  }
  return response;
};

const runOnce = async (
  context: RequestContext,
  keyHash: string,
  scope: string,
  run: () => Promise<Response>,
): Promise<Response> => {
  let response: Response;
  try {
    response = await run();
  } catch (error) {
    await releaseIdempotencyKey(context.db, keyHash);
    throw error;
  }
  return settle(context, keyHash, scope, response);
};

/** Runs `run` unless the caller's key says that it ran already. `bodyText` is empty for bodies that the handler reads itself. */
export const idempotently = async (
  context: RequestContext,
  bodyText: string,
  run: () => Promise<Response>,
): Promise<Response> => {
  const key = context.http.req.header('idempotency-key');
  if (key === undefined || !isCaller(context)) return run();
  if (key === '' || key.length > MAX_KEY_CHARACTERS)
    return malformed(
      'request.idempotency_key',
      `Idempotency-Key has 1 to ${MAX_KEY_CHARACTERS} characters.`,
    ).toResponse();
  const scope = scopeOf(context, key);
  const keyHash = await sha256Hex(`key:${scope}`);
  const length = context.http.req.header('content-length') ?? '';
  // With the client's key in it: from a plain hash a short secret in a body that is otherwise known could be guessed.
  const bodyHash = await sha256Hex(`${bodyText === '' ? `length:${length}` : `body:${bodyText}`} of ${scope}`);
  const claim = await claimIdempotencyKey(context.db, { key_hash: keyHash, body_hash: bodyHash, now: context.now });
  switch (claim.state) {
    case 'claimed':
      return runOnce(context, keyHash, scope, run);
    case 'in_flight':
      return conflict('request.in_flight', 'A request with this Idempotency-Key is being worked on.').toResponse();
    case 'other_body':
      return impossible('request.idempotency_key_reused', 'Idempotency-Key', 'was used with another body').toResponse();
    case 'done':
      return replay(claim, scope);
    default:
      return assertNever(claim);
  }
};
