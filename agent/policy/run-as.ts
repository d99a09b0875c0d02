/** The user that the policy's `run_as` names, as the operating system knows it. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Platform } from './paths.ts';

export type JobUser = { name: string; uid: number; gid: number; groups: readonly number[]; home: string };
export type UserDecision = { allowed: true; user: JobUser | null } | { allowed: false; message: string };

/** `id` answers from local files in a millisecond; a directory server that hangs must not hold a job longer. */
const LOOK_UP_TIMEOUT_MS = 10_000;

const run = promisify(execFile);
const refused = (message: string): UserDecision => ({ allowed: false, message: `run_as: ${message}` });

export const idArguments = (what: 'user' | 'group' | 'groups', name: string): [string, string, string] => {
  const flags = { user: '-u', group: '-g', groups: '-G' } as const;
  return [flags[what], '--', name];
};

export const parseIds = (text: string): number[] | null => {
  const words = text.trim().split(/\s+/);
  return words.every((word) => /^\d+$/.test(word)) ? words.map(Number) : null;
};

/** The home folder in a line of passwd(5); `/` when there is none, which every user may enter. */
export const homeOf = (passwd: string, name: string): string => {
  const line = passwd.split('\n').find((candidate) => candidate.startsWith(`${name}:`));
  return line?.split(':')[5] || '/';
};

const ask = async (program: string, args: readonly string[]): Promise<string | null> => {
  try {
    return (await run(program, [...args], { timeout: LOOK_UP_TIMEOUT_MS })).stdout;
  } catch {
    return null;
  }
};

const lookUp = async (name: string): Promise<JobUser | null> => {
  const asked = (['user', 'group', 'groups'] as const).map((what) => ask('id', idArguments(what, name)));
  const [uid, gid, groups] = (await Promise.all(asked)).map((answer) => (answer === null ? null : parseIds(answer)));
  if (uid?.[0] === undefined || gid?.[0] === undefined || !groups) return null;
  const passwd = (await ask('getent', ['passwd', name])) ?? (await readFile('/etc/passwd', 'utf8').catch(() => ''));
  return { name, uid: uid[0], gid: gid[0], groups, home: homeOf(passwd, name) };
};

/** The user with this number. */
export const lookUpUid = async (uid: number): Promise<JobUser | null> => {
  const name = (await ask('id', ['-un', '--', String(uid)]))?.trim();
  return name ? lookUp(name) : null;
};

/** Whom to run jobs as; null is the agent's own user. */
export const decideUser = async (
  runAs: string | null,
  platform: Platform,
  ownUid: number | null,
): Promise<UserDecision> => {
  if (runAs === null) return { allowed: true, user: null };
  if (platform === 'windows') return refused('not supported on Windows');
  const user = await lookUp(runAs);
  if (user === null) return refused(`this host has no user ${runAs}`);
  if (user.uid === ownUid) return { allowed: true, user: null };
  if (ownUid !== 0) return refused(`the agent does not run as root, so it cannot run jobs as ${runAs}`);
  return { allowed: true, user };
};
