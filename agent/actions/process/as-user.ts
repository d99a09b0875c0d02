/** How a process is started as another user. */
import type { JobUser } from '../../policy/run-as.ts';

export type Vector = readonly [string, ...string[]];
export type Environment = Readonly<Record<string, string>>;
export type StartAs = { argv: Vector; env: Environment; uid?: number; gid?: number };

/** What the loader and the C library obey before a program's own code runs; set-user-id programs are kept from these as well. */
const OBEYED_AT_START =
  /^(?:LD_.*|GLIBC_TUNABLES|GCONV_PATH|GETCONF_DIR|HOSTALIASES|LOCALDOMAIN|LOCPATH|MALLOC_TRACE|NIS_PATH|NLSPATH|RESOLV_HOST_CONF|RES_OPTIONS|TZDIR)$/;

const HELD = 'DEPLOYX_HELD_';

/**
 * `setpriv` begins as root: what a job names in `LD_PRELOAD` would run as root too. Such variables get their names back from a shell
 * that is the user already; their values stand in no argument, where others could read them.
 */
const holdBack = (argv: Vector, env: Environment): { argv: Vector; env: Environment } => {
  const held = Object.keys(env).filter((name) => OBEYED_AT_START.test(name));
  if (held.length === 0) return { argv, env };
  const giveBack = held.map((name) => `${name}=$${HELD}${name}; export ${name}; unset ${HELD}${name}; `).join('');
  const renamed = Object.entries(env).map(([name, value]) => [held.includes(name) ? HELD + name : name, value]);
  return { argv: ['/bin/sh', '-c', `${giveBack}exec "$@"`, 'sh', ...argv], env: Object.fromEntries(renamed) };
};

/**
 * `setpriv` also gives the user's further groups, which a plain start with uid and gid takes away; where it is missing
 * (it is part of util-linux, so on nearly every Linux) the user's first group has to do.
 */
export const startAs = (argv: Vector, env: Environment, user: JobUser | null, setpriv: string | null): StartAs => {
  if (user === null) return { argv, env };
  if (setpriv === null) return { argv, env, uid: user.uid, gid: user.gid };
  const ids = [`--reuid=${user.uid}`, `--regid=${user.gid}`, `--groups=${user.groups.join(',')}`];
  const held = holdBack(argv, env);
  return { argv: [setpriv, ...ids, '--', ...held.argv], env: held.env };
};
