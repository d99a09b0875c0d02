/** What the jobs see of a connection: a way to send, and whether it is wise to send more now. */
import type { ToServer } from '#protocol/agent/to-server.ts';

export type Link = {
  /** Frames on one link arrive in order or not at all. */
  send: (message: ToServer) => void;
  /** True while the socket holds back too much; `drained` of the listener is called when it no longer does. */
  congested: () => boolean;
};
