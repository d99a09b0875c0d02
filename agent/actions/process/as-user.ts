/** How a process is started as another user. */
import type { JobUser } from '../../policy/run-as.ts';

export type Vector = readonly [string, ...string[]];
export type StartAs = { argv: Vector; uid?: number; gid?: number };

/**
 * `setpriv` also gives the user's further groups, which a plain start with uid and gid takes away; where it is missing
 * (it is part of util-linux, so on nearly every Linux) the user's first group has to do.
 */
export const startAs = (argv: Vector, user: JobUser | null, setpriv: string | null): StartAs => {
  if (user === null) return { argv };
  if (setpriv === null) return { argv, uid: user.uid, gid: user.gid };
  const ids = [`--reuid=${user.uid}`, `--regid=${user.gid}`, `--groups=${user.groups.join(',')}`];
  return { argv: [setpriv, ...ids, '--', ...argv] };
};
