/** Lines of a host's log about its connection. */
import { type HostLogEntry, logEntry } from './host-log.ts';
import type { HostState } from './host-state.ts';

/** What a change of state did to the connection, in words; a new connection of an agent that was there says nothing. */
export const connectionLines = (before: HostState, after: HostState): HostLogEntry[] => {
  if (before.connection.state === after.connection.state) return [];
  return [
    after.connection.state === 'online'
      ? logEntry('info', '🔌 CONNECTED: agent is online')
      : logEntry('warn', '🔌 DISCONNECTED: agent is offline'),
  ];
};
