/** What must be true of schedules when a run is over and everything is quiet: pure functions over a snapshot, like `invariants.ts`. */
import type { LedgerEntry, ListedExecution } from '#protocol/http/schedules.ts';
import { type ExecutionStatus, isEndedSchedule, isFinalTarget, type TargetStatus } from '#protocol/states.ts';
import type { Effect, ScheduleRecord, Snapshot } from './snapshot.ts';

type Invariant = { name: string; check: (snapshot: Snapshot) => string[] };

const MINUTE_MS = 60_000;
/** What lies within this of its making or its end may belong to either side: an alarm that fires, a word on its way. */
const EDGE_MS = 2000;

const each =
  (check: (record: ScheduleRecord, snapshot: Snapshot) => string[]): Invariant['check'] =>
  (snapshot) =>
    snapshot.schedules.flatMap((record) => check(record, snapshot).map((wrong) => `${record.id}: ${wrong}`));

const repeated = (values: readonly string[]): string[] => [
  ...new Set(values.filter((value, index) => values.indexOf(value) !== index)),
];

const covers = ({ scheduled_at, until }: LedgerEntry, at: number): boolean =>
  Date.parse(scheduled_at) <= at && at <= Date.parse(until ?? scheduled_at);

/** Due times of one that fires every minute. */
const dueTimes = ({ asked, from, to }: ScheduleRecord): number[] => {
  if (asked.words.length === 0) return [];
  const times: number[] = [];
  for (let at = Math.ceil((from + EDGE_MS) / MINUTE_MS) * MINUTE_MS; at < to - EDGE_MS; at += MINUTE_MS) times.push(at);
  return times;
};

const everyInstantOnce = (record: ScheduleRecord): string[] => [
  ...repeated(record.ledger.map(({ scheduled_at }) => scheduled_at)).map((at) => `${at} has several entries`),
  ...dueTimes(record)
    .filter((at) => !record.ledger.some((entry) => covers(entry, at)))
    .map((at) => `${new Date(at).toISOString()} has no entry`),
];

/** A run that was promised to a person is in the ledger. */
const everyWordKept = ({ executed, ledger }: ScheduleRecord): string[] =>
  executed.flatMap((id) => {
    const entries = ledger.filter((entry) => entry.deployment_id === id && entry.kind === 'manual');
    return entries.length === 1 ? [] : [`the run ${id} was promised, and is in ${entries.length} entries`];
  });

const nothingGoesOn = ({ schedule, ledger, executions }: ScheduleRecord): string[] => [
  ...(schedule.is_running ? ['is running'] : []),
  ...ledger.flatMap(({ scheduled_at, outcome }) =>
    outcome === 'due' || outcome === 'running' ? [`${scheduled_at} is ${outcome}`] : [],
  ),
  ...executions.flatMap(({ id, status }) =>
    status === 'queued' || status === 'running' ? [`${id} is ${status}`] : [],
  ),
];

const began = (effects: readonly Effect[], targets: readonly string[]): number =>
  effects.filter(({ event, targetId }) => event === 'begin' && targets.includes(targetId)).length;

/** By what the jobs themselves noted: whatever the record says, none ran twice for one due time on one device. */
const noneRanTwice = ({ executions, deployments }: ScheduleRecord, { effects }: Snapshot): string[] => {
  const placeOf = ({ scheduled_at, device_id }: ListedExecution): string => `${scheduled_at} on ${device_id}`;
  const byPlace = Map.groupBy(executions, placeOf);
  const twice = [...byPlace].flatMap(([place, all]) => {
    const times = began(
      effects,
      all.flatMap(({ target_id }) => target_id ?? []),
    );
    return times > 1 ? [`${place} ran ${times} times`] : [];
  });
  const known = new Set<string | null>(executions.map(({ target_id }) => target_id));
  const strangers = deployments
    .flatMap(({ targets }) => targets)
    .filter(({ id }) => !known.has(id) && began(effects, [id]) > 0);
  return [
    ...twice,
    ...repeated([...byPlace].flatMap(([place, all]) => all.map(() => place))).map((one) => `${one} has two executions`),
    ...strangers.map(({ id }) => `${id} ran and is no execution`),
  ];
};

const STATUS_OF: Partial<Record<TargetStatus, ExecutionStatus>> = {
  completed: 'completed',
  failed: 'failed',
  canceled: 'failed',
  skipped: 'skipped',
};

const executionsAgree = ({ executions, deployments, asked }: ScheduleRecord): string[] => {
  const targets = deployments.flatMap((one) => one.targets.map((target) => ({ ...target, of: one.deployment_id })));
  const wrong = targets.flatMap((target) => {
    const found = executions.filter(({ target_id }) => target_id === target.id);
    const [execution] = found;
    if (execution === undefined || found.length > 1) return [`${target.id} is ${found.length} executions`];
    return execution.status === STATUS_OF[target.status] && execution.deployment_id === target.of
      ? []
      : [
          `${execution.id} is ${execution.status} of ${execution.deployment_id}, ${target.id} ${target.status} of ${target.of}`,
        ];
  });
  const known = new Set<string>(targets.map(({ id }) => id));
  const lost = executions.filter(({ target_id }) => target_id !== null && !known.has(target_id));
  const few = deployments.filter((one) => one.targets.length !== asked.devices.length);
  return [
    ...wrong,
    ...lost.map(({ id, target_id }) => `${id} is of ${target_id}, which is nowhere`),
    ...few.map((one) => `${one.deployment_id} has ${one.targets.length} targets`),
  ];
};

const OUTCOMES_OF = {
  pending: [],
  in_progress: [],
  paused: [],
  completed: ['completed', 'skipped'],
  partial: ['partial'],
  failed: ['failed'],
  canceled: ['canceled'],
} as const;

const ledgerAgrees = ({ ledger, deployments, schedule }: ScheduleRecord): string[] => {
  const fired = ledger.filter((entry) => entry.deployment_id !== null);
  const wrong = deployments.flatMap(({ deployment_id, status, targets }) => {
    const entries = fired.filter((entry) => entry.deployment_id === deployment_id);
    const [entry] = entries;
    if (entry === undefined || entries.length > 1) return [`${deployment_id} is in ${entries.length} entries`];
    const all: readonly string[] = OUTCOMES_OF[status];
    if (!all.includes(entry.outcome)) return [`${entry.scheduled_at} is ${entry.outcome}, ${deployment_id} ${status}`];
    return targets.every((target) => isFinalTarget(target.status)) ? [] : [`${deployment_id} has not ended`];
  });
  const made = new Set<string | null>(deployments.map(({ deployment_id }) => deployment_id));
  const lost = fired.filter(({ deployment_id }) => !made.has(deployment_id));
  const ran = deployments.filter(({ targets }) => targets.some(({ started_at }) => started_at !== null)).length;
  return [
    ...wrong,
    ...lost.map(({ scheduled_at, deployment_id }) => `${scheduled_at} fired ${deployment_id}, which is nowhere`),
    ...(schedule.execution_count === ran ? [] : [`counts ${schedule.execution_count} runs, and ${ran} ran`]),
  ];
};

const endedAsTold = ({ schedule, asked }: ScheduleRecord): string[] => {
  const status = asked.words.length === 0 ? 'active' : 'stopped';
  return [
    ...(schedule.status === status ? [] : [`is ${schedule.status}, not ${status}`]),
    ...(isEndedSchedule(schedule.status) === (schedule.next_run_at === null)
      ? []
      : [`is ${schedule.status} with a next run at ${schedule.next_run_at}`]),
  ];
};

const alarmsOfActiveOnes = ({ schedules, scheduleAlarms }: Snapshot): string[] => {
  const active = schedules.filter(({ schedule }) => schedule.status === 'active').length;
  return active === scheduleAlarms ? [] : [`${scheduleAlarms} alarms are kept for ${active} active schedules`];
};

export const SCHEDULE_INVARIANTS: readonly Invariant[] = [
  { name: 'every scheduled instant has one entry', check: each(everyInstantOnce) },
  { name: 'every run that was promised is there', check: each(everyWordKept) },
  { name: 'no run of a schedule goes on', check: each(nothingGoesOn) },
  { name: 'nothing ran twice for one instant and device', check: each(noneRanTwice) },
  { name: 'executions and deployments agree', check: each(executionsAgree) },
  { name: 'ledger and deployments agree', check: each(ledgerAgrees) },
  { name: 'schedules are as they were told to be', check: each(endedAsTold) },
  { name: 'alarms are kept for active schedules alone', check: alarmsOfActiveOnes },
];
