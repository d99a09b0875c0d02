/** A schedule: a spec with a recurrence and its limits. */
import { z } from 'zod';
import { ScheduleId } from './ids.ts';
import { Moment, Recurrence, Timezone } from './recurrence.ts';
import { checkRequest, Spec, withoutRepeats } from './spec.ts';
import { Instant } from './text.ts';

/** Which runs count against `max_executions`: all that really ran, or those without a failure. */
export const CountMode = z.enum(['runs', 'successes']);
/** What becomes of a firing on a device on which the one before still runs. */
export const OverlapPolicy = z.enum(['queue_one', 'skip']);
export type OverlapPolicy = z.infer<typeof OverlapPolicy>;
/** What becomes of a firing on a device that a person has reserved. */
export const ReservedPolicy = z.enum(['skip', 'wait']);
export type ReservedPolicy = z.infer<typeof ReservedPolicy>;
/** Whether one run makes up for those that were missed while the system was down. */
export const MisfirePolicy = z.enum(['run_once', 'skip']);

const MaxExecutions = z.int().min(1).max(1_000_000).nullable();

const timingShape = {
  recurrence: Recurrence,
  timezone: Timezone.default('UTC'),
  /** Both inclusive. Without an offset they are wall time of `timezone`; a date alone is its beginning, or its end. */
  start_date: Moment.nullable().default(null),
  end_date: Moment.nullable().default(null),
};

const limitShape = {
  max_executions: MaxExecutions.default(null),
  count: CountMode.default('runs'),
  overlap: OverlapPolicy.default('queue_one'),
  if_reserved: ReservedPolicy.default('skip'),
  misfire: MisfirePolicy.default('run_once'),
};

/** Everything of a schedule that a person decides, but what is to be done. */
export const ScheduleOptions = z.strictObject({ ...timingShape, ...limitShape });
export type ScheduleOptions = z.infer<typeof ScheduleOptions>;

export const ScheduleRequest = Spec.extend({ ...timingShape, ...limitShape });
export type ScheduleRequest = z.infer<typeof ScheduleRequest>;

/** The whole of a schedule as it is after an edit. */
export const EditedSchedule = ScheduleRequest.superRefine(checkRequest).transform(withoutRepeats);

/** A body of `POST /schedules`. */
export const CreateSchedule = ScheduleRequest.extend({
  /** One schedule for each device, instead of one for all of them. */
  per_device: z.boolean().default(false),
})
  .superRefine((request, context) => {
    checkRequest(request, context);
    if (request.per_device && request.strategy.type === 'blue_green')
      context.addIssue({
        code: 'custom',
        path: ['per_device'],
        message: 'must be false: the two sides of blue and green go together',
      });
  })
  .transform(withoutRepeats);
export type CreateSchedule = z.infer<typeof CreateSchedule>;

/** A body of `PATCH /schedules/:id`: what it names replaces what there is, and the whole is checked as a new one would be. */
export const UpdateSchedule = z.partialRecord(ScheduleRequest.keyof(), z.unknown());
export type UpdateSchedule = z.infer<typeof UpdateSchedule>;

/** How a run came about: at its time, for one that was missed, or by hand. */
export const RunKind = z.enum(['scheduled', 'catch_up', 'manual']);
export type RunKind = z.infer<typeof RunKind>;

/** What hosts are told about the schedule that fired a deployment. */
export const Firing = z.object({
  schedule_id: ScheduleId,
  scheduled_at: Instant,
  kind: RunKind,
  overlap: OverlapPolicy,
  if_reserved: ReservedPolicy,
  /** Runs that had counted when it fired, which count, and how many may. */
  counted: z.int(),
  count: CountMode,
  max_executions: MaxExecutions,
});
export type Firing = z.infer<typeof Firing>;
