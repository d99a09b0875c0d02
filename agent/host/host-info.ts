/** What the host says about itself in `hello` and when it enrolls. */
import { readFileSync } from 'node:fs';
import { arch, cpus, hostname, release, totalmem, type } from 'node:os';
import type { HostInfo } from '#protocol/agent/to-server.ts';

export const osOf = (platform: NodeJS.Platform): HostInfo['os'] => {
  if (platform === 'win32') return 'windows';
  return platform === 'darwin' ? 'macos' : 'linux';
};

/** `PRETTY_NAME` of an os-release file. */
export const prettyName = (osRelease: string): string | null =>
  /^PRETTY_NAME=(?:"([^"]*)"|(.*))$/m
    .exec(osRelease)
    ?.slice(1)
    .find((name) => name !== undefined && name !== '') ?? null;

const platformName = (): string => {
  try {
    const pretty = process.platform === 'linux' ? prettyName(readFileSync('/etc/os-release', 'utf8')) : null;
    if (pretty !== null) return pretty;
  } catch {
    // A Linux without the file is named by its kernel.
  }
  return `${type()} ${release()}`;
};

export const hostInfo = (): HostInfo => ({
  hostname: hostname().slice(0, 255),
  os: osOf(process.platform),
  platform: platformName().slice(0, 200),
  arch: arch().slice(0, 32),
  cpus: cpus().length,
  memory_bytes: totalmem(),
});
