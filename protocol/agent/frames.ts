/** Frames to and from text: every frame is parsed once, here, into a union or a refusal that names the field. */
import type { z } from 'zod';
import { firstIssue } from '../issues.ts';
import { MAX_AGENT_FRAME_BYTES } from '../limits.ts';
import { ToAgent } from './to-agent.ts';
import { ToServer } from './to-server.ts';

export type Frame<Message> = { ok: true; message: Message } | { ok: false; error: string };

const parse = <Message>(schema: z.ZodType<Message>, text: string): Frame<Message> => {
  // A UTF-16 unit is at most three bytes of UTF-8; the cheap test comes first.
  if (text.length > MAX_AGENT_FRAME_BYTES)
    return { ok: false, error: `frame is larger than ${MAX_AGENT_FRAME_BYTES} bytes` };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, error: 'frame is not JSON' };
  }
  const result = schema.safeParse(value);
  return result.success ? { ok: true, message: result.data } : { ok: false, error: firstIssue(result.error) };
};

export const parseToServer = (text: string): Frame<ToServer> => parse(ToServer, text);
export const parseToAgent = (text: string): Frame<ToAgent> => parse(ToAgent, text);
export const encodeToServer = (message: ToServer): string => JSON.stringify(message);
export const encodeToAgent = (message: ToAgent): string => JSON.stringify(message);
