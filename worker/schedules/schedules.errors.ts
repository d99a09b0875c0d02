/** Refusals of the schedule routes. */
import type { FieldIssue } from '#protocol/issues.ts';
import type { ScheduleStatus } from '#protocol/states.ts';
import { conflict, impossible, notFound, type Refusal, refuse } from '../http/problem.ts';

export const scheduleNotFound = (): Refusal => notFound('schedules');

export const cannotSchedule = (errors: FieldIssue[]): Refusal =>
  refuse(422, 'schedules.impossible', errors.map(({ path, message }) => `${path}: ${message}`).join('; '), { errors });

export const tooManyDevices = (count: number, most: number): Refusal =>
  impossible(
    'schedules.impossible',
    'per_device',
    `makes at most ${most} schedules at once; these are ${count} devices`,
  );

export const tooMuchAtOnce = (): Refusal =>
  impossible('schedules.impossible', 'per_device', 'comes to too much at once: name fewer devices or a shorter text');

/** In the words of the schedule's object. */
export const refusedByObject = (message: string): Refusal =>
  conflict('schedules.conflict', `${message.charAt(0).toUpperCase()}${message.slice(1)}.`);

export const hasEnded = (status: ScheduleStatus): Refusal =>
  conflict('schedules.conflict', `The schedule is ${status}: it cannot be changed any more.`);

export const changedMeanwhile = (): Refusal =>
  conflict('schedules.changed', 'Somebody else has changed this schedule meanwhile. Look at it again.');

/** Nothing may have happened, or all of it: whoever asks again is told. */
export const notReached = (): Refusal =>
  refuse(503, 'schedules.not_reached', 'The schedule does not answer now. Try again.');
