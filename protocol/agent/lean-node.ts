/**
 * How Node is started for an agent, by its service and by `npm start`: an agent mostly waits, so Node's optimizing compilers
 * and helper threads cost it memory and gain it nothing. It collects its garbage by itself (`agent/host/idle-memory.ts`).
 */
export const LEAN_NODE = [
  '--max-semi-space-size=1',
  '--single-threaded-gc',
  '--no-opt',
  '--no-maglev',
  '--no-sparkplug',
  // The snapshot starts Node some milliseconds sooner, and stays mapped.
  '--no-node-snapshot',
  '--expose-gc',
] as const;
