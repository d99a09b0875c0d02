/**
 * Healthy when a GET is answered with the status that is expected. A redirect is an answer like any other and is not
 * followed; of a body nothing is read.
 */

import type { z } from 'zod';
import type { HttpCheck } from '#protocol/health-check.ts';
import { credentialsOf, withoutCredentials } from '../download/open-url.ts';
import { type CheckResult, healthy, reasonOf, unhealthy } from './check-result.ts';

export const checkHttp = async (check: z.infer<typeof HttpCheck>, signal: AbortSignal): Promise<CheckResult> => {
  const url = new URL(check.url);
  try {
    const response = await fetch(withoutCredentials(url), {
      // Each try meets the service as a new caller does.
      headers: { ...credentialsOf(url), connection: 'close' },
      redirect: 'manual',
      signal,
    });
    await response.body?.cancel();
    if (response.status === check.expect_status) return healthy;
    return unhealthy(`the answer was ${response.status} instead of ${check.expect_status}`);
  } catch (error) {
    return unhealthy(`no answer: ${reasonOf(error)}`);
  }
};
