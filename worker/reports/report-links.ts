/**
 * Links that open the files of one attempt's report without a sign-in, for an hour. The token stands in the path, so that the relative
 * links inside an HTML report carry it on; it is signed by the server, so that no look-up is needed and nobody can make one.
 */
import { jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { type Attempt, reportPrefix } from '#database/reports.repository.ts';
import type { Env } from '#durable-objects/env.ts';
import { keyFor } from '#durable-objects/secrets.ts';

const ALGORITHM = 'HS256';

/** Long enough to read a report, short enough that a link in a history or a chat is soon worth nothing. */
const LINK_SECONDS = 3600;

const Claims = z.object({ sub: z.string().startsWith('reports/') });

export const signReportLink = (env: Env, attempt: Attempt, now: Date): Promise<string> => {
  const seconds = Math.floor(now.getTime() / 1000);
  return new SignJWT()
    .setProtectedHeader({ alg: ALGORITHM })
    .setSubject(reportPrefix(attempt))
    .setExpirationTime(seconds + LINK_SECONDS)
    .sign(keyFor(env, 'report-links'));
};

/** Where in the bucket the files are that the token opens; null when it opens none (any more). */
export const openReportLink = async (env: Env, token: string, now: Date): Promise<string | null> => {
  try {
    const { payload } = await jwtVerify(token, keyFor(env, 'report-links'), {
      algorithms: [ALGORITHM],
      currentDate: now,
      requiredClaims: ['exp'],
    });
    return Claims.parse(payload).sub;
  } catch {
    return null;
  }
};

export const reportUrl = (token: string, path: string): string =>
  `/api/reports/${token}/${path.split('/').map(encodeURIComponent).join('/')}`;
