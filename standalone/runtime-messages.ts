/** What the supervisor and the process that holds the runtime say to each other. */
import { z } from 'zod';

export const CallMessage = z.discriminatedUnion('method', [
  z.object({
    type: z.literal('call'),
    id: z.number(),
    method: z.literal('ensureAdmin'),
    input: z.object({ username: z.string(), password: z.string() }),
  }),
  z.object({
    type: z.literal('call'),
    id: z.number(),
    method: z.literal('createEnrollmentToken'),
    input: z.object({ name: z.string() }),
  }),
]);
export type CallMessage = z.infer<typeof CallMessage>;

export const ToRuntime = z.union([CallMessage, z.object({ type: z.literal('stop') })]);
export type ToRuntime = z.infer<typeof ToRuntime>;

export const FromRuntime = z.discriminatedUnion('type', [
  /** Migrated and answering on this port of the loopback. */
  z.object({ type: z.literal('ready'), port: z.number() }),
  z.object({ type: z.literal('failed'), message: z.string() }),
  z.object({ type: z.literal('answer'), id: z.number(), result: z.unknown().optional(), error: z.string().optional() }),
]);
export type FromRuntime = z.infer<typeof FromRuntime>;

export const AdminEnsured = z.object({ created: z.boolean() });
export const EnrollmentTokenCreated = z.object({ token: z.string() });
