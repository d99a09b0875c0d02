import type { Capabilities } from '#protocol/agent/to-server.ts';

export const capabilities = (): Capabilities => ({
  actions: ['command', 'software', 'files'],
  shells: ['sh'],
  package_types: [],
});
