import { z } from 'zod';

export const TimeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day from 00:00 to 23:59, as HH:MM');

export const Timezone = z.string().min(1).max(64);

export const Recurrence = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('once'), at: z.string().max(40) }),
  z.strictObject({ type: z.literal('daily'), time: TimeOfDay }),
  z.strictObject({ type: z.literal('weekly'), days: z.array(z.int().min(0).max(7)).min(1), time: TimeOfDay }),
  z.strictObject({
    type: z.literal('monthly'),
    day_of_month: z.union([z.int().min(1).max(31), z.literal('last')]),
    time: TimeOfDay,
  }),
  z.strictObject({ type: z.literal('cron'), cron_expression: z.string().min(1).max(200) }),
]);
export type Recurrence = z.infer<typeof Recurrence>;

export const Moment = z.string().max(40);
