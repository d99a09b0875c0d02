/** Is there room for what is coming? Asked before anything is written. */
import type { Machine } from '../machine.ts';

/** Left free for the agent's own journal and for everything else on the machine. */
export const DISK_RESERVE_BYTES = 64 * 1024 * 1024;

const megabytes = (bytes: number): string => `${Math.ceil(bytes / (1024 * 1024)).toLocaleString('en-US')} MiB`;

/** Why so many bytes do not fit into the folder; null when they do. */
export const spaceProblem = async (machine: Machine, folder: string, bytes: number): Promise<string | null> => {
  const free = await machine.freeBytes(folder);
  if (free - DISK_RESERVE_BYTES >= bytes) return null;
  return `${megabytes(bytes)} are needed in ${folder}, where ${megabytes(free)} are free (${megabytes(DISK_RESERVE_BYTES)} stay in reserve)`;
};

/** The file system, or the user's share of it, is full. */
export const isDiskFull = (code: string | null): boolean => code === 'ENOSPC' || code === 'EDQUOT';
