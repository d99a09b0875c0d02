/** Lets work run to its end when the client goes away: the runtime would stop it in the middle, its cleaning up included. */
import type { RequestContext } from '../context.ts';

export const finish = <Result>({ http }: RequestContext, work: Promise<Result>): Promise<Result> => {
  http.executionCtx.waitUntil(work.catch(() => undefined));
  return work;
};
