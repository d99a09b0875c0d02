/** What actions look at outside their job: the machine, the clock and chance. Tests give another. */
import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Platform } from '../policy/paths.ts';

export type Machine = {
  platform: Platform;
  /** The agent's own user id; null where the platform has none. */
  uid: number | null;
  /** The agent's own environment, of which jobs see a small part. */
  processEnv: Readonly<Record<string, string | undefined>>;
  /** Changes with every start of the operating system; null where that cannot be told. */
  bootId: string | null;
  /** Appears when an installed package wants a restart (Debian and Ubuntu). */
  rebootRequiredFile: string;
  /** Says which Linux this is. */
  osReleaseFile: string;
  /** Where macOS keeps programs for all users. */
  applicationsFolder: string;
  freeBytes: (folder: string) => Promise<number>;
  random: () => number;
  /** Milliseconds that never go back. */
  now: () => number;
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** A download from which nothing came for this long is given up and tried again. */
  downloadStallMs: number;
};

/** Slow links pause for seconds, not for half a minute. */
const DOWNLOAD_STALL_MS = 30_000;

export const platformOf = (name: NodeJS.Platform): Platform => {
  if (name === 'win32') return 'windows';
  return name === 'darwin' ? 'macos' : 'linux';
};

const readBootId = (): string | null => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
};

const freeBytes = async (folder: string): Promise<number> => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

export const thisMachine: Machine = {
  platform: platformOf(process.platform),
  uid: process.getuid?.() ?? null,
  processEnv: process.env,
  bootId: readBootId(),
  rebootRequiredFile: '/var/run/reboot-required',
  osReleaseFile: '/etc/os-release',
  applicationsFolder: '/Applications',
  freeBytes,
  random: Math.random,
  now: () => performance.now(),
  sleep: async (ms, signal) => {
    await sleep(ms, undefined, { signal });
  },
  downloadStallMs: DOWNLOAD_STALL_MS,
};
