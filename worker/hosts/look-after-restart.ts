/**
 * A crash of the runtime closes every socket without a word, and a host that does not come back wakes nobody. On the edge its own
 * alarm finds that within a minute; where the alarm is rare, this looks once after each start. Part of the cron trigger.
 */
import { listHostsRecordedOnline } from '#database/hosts.repository.ts';
import type { Env } from '#durable-objects/env.ts';
import { slices } from '#durable-objects/slices.ts';
import type { Dependencies } from '../context.ts';

/** Lives as long as the runtime itself, which is what it is about. */
let looked = false;

/** Objects asked at once, and how long everything else has the thread in between: a thousand take some seconds, and hold up nothing. */
const AT_ONCE = 10;
const BETWEEN_MS = 20;

export const lookAfterRestart = async (env: Env, dependencies: Dependencies): Promise<void> => {
  if (looked || env.FRONT_ENDS_SILENT_AGENTS === undefined) return;
  looked = true;
  const ids = await listHostsRecordedOnline(dependencies.database(env));
  for await (const some of slices(ids, AT_ONCE, BETWEEN_MS))
    await Promise.allSettled(some.map((id) => dependencies.host(env, id).look()));
};
