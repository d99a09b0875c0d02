import { type Refusal, refuse } from '../http/problem.ts';

export const upgradeRequired = (): Refusal =>
  refuse(426, 'request.upgrade_required', 'This path is a WebSocket.', { headers: { upgrade: 'websocket' } });
