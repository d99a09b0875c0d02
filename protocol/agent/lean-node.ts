/**
 * How Node is started for an agent, by its service and by `npm start`: an agent mostly waits, so Node's optimizing compilers
 * and helper threads cost it memory and gain it nothing.
 */
export const LEAN_NODE = ['--max-semi-space-size=1', '--single-threaded-gc', '--no-opt', '--no-maglev'] as const;
