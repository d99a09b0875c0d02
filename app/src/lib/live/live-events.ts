/** The events of `protocol/live`, as a typed map of handlers. */
import { z } from 'zod';
import { assertNever } from '#protocol/assert.ts';
import { LiveEvent } from '#protocol/live/events.ts';

type Data<Name extends LiveEvent['event']> = Extract<LiveEvent, { event: Name }>['data'];

/** One optional handler an event; each gets the event's data and the event. */
export type LiveHandlers = {
  [Name in LiveEvent['event']]?: (data: Data<Name>, event: Extract<LiveEvent, { event: Name }>) => void;
};

/** Hands an event to its handler, if there is one. */
export const dispatch = (handlers: LiveHandlers, event: LiveEvent): void => {
  switch (event.event) {
    case 'agent_connected':
      handlers.agent_connected?.(event.data, event);
      break;
    case 'agent_disconnected':
      handlers.agent_disconnected?.(event.data, event);
      break;
    case 'device_updated':
      handlers.device_updated?.(event.data, event);
      break;
    case 'deployment_updated':
      handlers.deployment_updated?.(event.data, event);
      break;
    case 'target_updated':
      handlers.target_updated?.(event.data, event);
      break;
    case 'deployment_completed':
      handlers.deployment_completed?.(event.data, event);
      break;
    case 'file_deployment_completed':
      handlers.file_deployment_completed?.(event.data, event);
      break;
    case 'schedule_updated':
      handlers.schedule_updated?.(event.data, event);
      break;
    case 'execution_updated':
      handlers.execution_updated?.(event.data, event);
      break;
    case 'notification':
      handlers.notification?.(event.data, event);
      break;
    case 'resync':
      handlers.resync?.(event.data, event);
      break;
    default:
      assertNever(event);
  }
};

const Numbered = z.object({ seq: z.int() });

/** What a frame says. An event of a later version is `unknown` and still counts as seen. */
export type Frame = { type: 'event'; event: LiveEvent } | { type: 'unknown'; seq: number } | { type: 'malformed' };

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

export const readFrame = (text: string): Frame => {
  const value = parseJson(text);
  const event = LiveEvent.safeParse(value);
  if (event.success) return { type: 'event', event: event.data };
  const numbered = Numbered.safeParse(value);
  return numbered.success ? { type: 'unknown', seq: numbered.data.seq } : { type: 'malformed' };
};
