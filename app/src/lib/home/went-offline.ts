import type { Host } from '#protocol/http/hosts.ts';

/** Those that were seen last come first; one that never connected did not go offline. */
export const wentOffline = (hosts: readonly Host[], count: number): Host[] =>
  hosts
    .filter((host) => host.status === 'offline' && host.last_seen_at !== null)
    .sort((a, b) => (b.last_seen_at ?? '').localeCompare(a.last_seen_at ?? ''))
    .slice(0, count);
