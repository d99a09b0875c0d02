/** What a person can tell a schedule in each of its states, and what it would do. */
import { assertNever } from '#protocol/assert.ts';
import type { ScheduleSummary } from '#protocol/http/schedules.ts';
import { isEndedSchedule } from '#protocol/states.ts';

export type ScheduleControl = 'execute' | 'pause' | 'resume' | 'stop' | 'delete';

export const controlsOf = ({ status }: Pick<ScheduleSummary, 'status'>): ScheduleControl[] => {
  if (isEndedSchedule(status)) return ['delete'];
  return ['execute', status === 'paused' ? 'resume' : 'pause', 'stop', 'delete'];
};

/** What it takes away cannot be had back, or it reaches machines at once. */
export const asksFirst = (control: ScheduleControl): boolean => control !== 'pause' && control !== 'resume';

type Effect = Pick<ScheduleSummary, 'is_running'>;

const running = ({ is_running }: Effect): string => (is_running ? ' The run that goes on now goes on to its end.' : '');

export const effectOf = (control: ScheduleControl, schedule: Effect): string => {
  switch (control) {
    case 'execute':
      return 'It runs now on all its devices, besides its times: the next run stays where it is.';
    case 'pause':
      return `Nothing fires until somebody resumes it.${running(schedule)}`;
    case 'resume':
      return 'It fires again from its next time on. Times that passed meanwhile are not made up for.';
    case 'stop':
      return `It never fires again, and cannot be started again; its history stays.${running(schedule)}`;
    case 'delete':
      return `It never fires again, and its history and its ledger go with it. Its deployments stay.${running(schedule)}`;
    default:
      return assertNever(control);
  }
};

/** Told once it is done. */
export const doneText = (control: Exclude<ScheduleControl, 'execute'>, name: string): string => {
  const verbs = { pause: 'paused', resume: 'active again', stop: 'stopped', delete: 'deleted' } as const;
  return `${name} is ${verbs[control]}`;
};
