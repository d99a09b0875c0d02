/**
 * What must be true when a run is over and everything is quiet: DESIGN's promises as pure functions over a snapshot. Each
 * answers with what is wrong, in sentences; nothing wrong is an empty list.
 */
import type { Target } from '#protocol/http/deployments.ts';
import { type DeploymentStatus, isFinalDeployment, isFinalTarget } from '#protocol/states.ts';
import { type PlannedDeployment, printed } from './load-plan.ts';
import { readOutput } from './printed-output.ts';
import { SCHEDULE_INVARIANTS } from './schedule-invariants.ts';
import type { DeploymentRecord, Effect, Snapshot } from './snapshot.ts';

export type Invariant = { name: string; check: (snapshot: Snapshot) => string[] };

const each = (check: (deployment: DeploymentRecord) => string[]): Invariant['check'] => {
  return ({ deployments }) => deployments.flatMap((one) => check(one).map((wrong) => `${one.id}: ${wrong}`));
};

const eachTarget = (check: (target: Target, deployment: DeploymentRecord) => string[]): Invariant['check'] =>
  each((deployment) =>
    deployment.progress.targets.flatMap((target) =>
      check(target, deployment).map((wrong) => `${target.id} (${target.status}): ${wrong}`),
    ),
  );

const oneDeploymentForEachRequest = ({ names, deployments }: Snapshot): string[] =>
  deployments.flatMap(({ asked }) => {
    const count = names.filter((name) => name === asked.name).length;
    return count === 1 ? [] : [`"${asked.name}" was asked for once and is there ${count} times`];
  });

const everythingEnded = ({ progress }: DeploymentRecord): string[] => [
  ...(isFinalDeployment(progress.status) ? [] : [`is ${progress.status}`]),
  ...progress.targets.flatMap(({ id, status, waiting_for }) =>
    isFinalTarget(status) ? [] : [`${id} is ${status}${waiting_for === null ? '' : ` (${waiting_for})`}`],
  ),
];

const COUNTED = ['completed', 'failed', 'skipped', 'canceled'] as const;

const countsAddUp = ({ progress, listed, targets, asked }: DeploymentRecord): string[] => {
  const tally = (status: string): number => progress.targets.filter((target) => target.status === status).length;
  const wrong: string[] = [];
  const same = (what: string, is: unknown, should: unknown): void => {
    if (is !== should) wrong.push(`${what} is ${is}, not ${should}`);
  };
  same('total_targets', progress.total_targets, asked.devices.length);
  same('number of targets', progress.targets.length, asked.devices.length);
  for (const status of COUNTED) {
    same(`progress.${status}`, progress[status], tally(status));
    same(`listed.${status}`, listed[status], tally(status));
  }
  same('listed.status', listed.status, progress.status);
  same('listed.pending', listed.pending, 0);
  same('listed.running', listed.running, 0);
  same('listed.success_rate', listed.success_rate, progress.success_rate);
  const shown = (list: readonly Target[]): string =>
    list
      .map(({ id, status, attempt }) => `${id} ${status} ${attempt}`)
      .sort()
      .join();
  same('list of targets', shown(targets), shown(progress.targets));
  return wrong;
};

/** DESIGN §6: `completed` when nothing failed, `failed` when nothing succeeded, `partial` otherwise; skipped ones count neither way. */
const statusOf = ({ progress }: DeploymentRecord): DeploymentStatus => {
  if (progress.canceled > 0) return 'canceled';
  if (progress.failed === 0) return 'completed';
  return progress.completed === 0 ? 'failed' : 'partial';
};

const statusFollowsTargets = (deployment: DeploymentRecord): string[] => {
  const { status } = deployment.progress;
  const right = statusOf(deployment);
  return status === right ? [] : [`is ${status}; by its targets it is ${right}`];
};

/** What a fault may make of a job that would have completed. */
const FAULTS = /interrupted|host offline since|disk|MiB are free|ENOSPC|download failed/i;

const mayComplete = ({ work, retries }: PlannedDeployment): boolean => {
  if (work.type === 'overrun') return false;
  return work.type !== 'fail' || retries >= work.attempts;
};

const TIMED_OUT = /time limit|did not end within/i;

/** What is left of the time limit of a job that is begun anew goes by the clock on the wall, which may have jumped. */
const ranOutOfTime = ({ work, idempotent }: PlannedDeployment, { result_message }: Target): boolean =>
  (work.type === 'overrun' || idempotent) && TIMED_OUT.test(result_message ?? '');

const failureIsRight = (asked: PlannedDeployment, target: Target): boolean => {
  const { result_message, error_details, exit_code } = target;
  if (FAULTS.test(`${result_message} ${error_details}`)) return true;
  if (asked.work.type === 'fail' && exit_code === 7) return true;
  return ranOutOfTime(asked, target);
};

const rightState = (target: Target, { asked }: DeploymentRecord): string[] => {
  switch (target.status) {
    case 'completed':
      return mayComplete(asked) ? [] : [`a job that cannot complete did: ${JSON.stringify(asked.work)}`];
    case 'failed':
      return failureIsRight(asked, target) ? [] : [`failed with "${target.result_message}" (${target.error_details})`];
    case 'canceled':
      return asked.intervention?.type === 'cancel' ? [] : ['nobody canceled it'];
    case 'skipped':
      return asked.maxFailures === null ? ['there is no error budget to skip it for'] : [];
    default:
      return [];
  }
};

const attemptsWithinBounds = ({ attempt }: Target, { asked }: DeploymentRecord): string[] =>
  attempt <= asked.retries + 1 ? [] : [`attempt ${attempt} with ${asked.retries} retries`];

const count = (effects: readonly Effect[], event: Effect['event'], attempt?: number): number =>
  effects.filter((one) => one.event === event && (attempt === undefined || one.attempt === attempt)).length;

/** One target's effects: none twice unless it may, and those of a completed one exactly once. */
const effectsOf = (target: Target, { asked }: DeploymentRecord, effects: readonly Effect[]): string[] => {
  const wrong: string[] = [];
  if (target.status === 'skipped' && effects.length > 0) wrong.push('was skipped, and ran');
  for (const attempt of new Set(effects.map((one) => one.attempt))) {
    if (attempt > target.attempt) wrong.push(`attempt ${attempt} ran, the last that is known is ${target.attempt}`);
    const begun = count(effects, 'begin', attempt);
    const ended = count(effects, 'end', attempt);
    if (begun > 1 && !asked.idempotent) wrong.push(`attempt ${attempt} began ${begun} times`);
    if (ended > begun) wrong.push(`attempt ${attempt} ended ${ended} times and began ${begun} times`);
  }
  if (target.status === 'failed' && !/interrupted/.test(target.result_message ?? '') && !ranOutOfTime(asked, target)) {
    const [begun, ended] = [count(effects, 'begin', target.attempt), count(effects, 'end', target.attempt)];
    if (begun > ended) wrong.push('began and did not come to its end, and does not say that it was interrupted');
  }
  if (target.status === 'completed' && asked.work.type !== 'file') {
    const ended = count(effects, 'end', target.attempt);
    if (ended === 0 || (ended > 1 && !asked.idempotent)) wrong.push(`completed, and its work was done ${ended} times`);
  }
  return wrong;
};

const effectsOnce = (snapshot: Snapshot): string[] => {
  const byTarget = Map.groupBy(snapshot.effects, ({ targetId }) => targetId);
  const all = [
    ...snapshot.deployments.map(({ progress }) => progress),
    ...snapshot.schedules.flatMap(({ deployments }) => deployments),
  ];
  const known = new Set<string>(all.flatMap(({ targets }) => targets.map(({ id }) => id)));
  const strangers = [...byTarget.keys()].filter((id) => !known.has(id));
  return [
    ...strangers.map((id) => `${id} ran and belongs to no deployment`),
    ...eachTarget((target, deployment) => effectsOf(target, deployment, byTarget.get(target.id) ?? []))(snapshot),
  ];
};

/** The file of a completed target is there, whole. */
const filesDelivered = ({ asked, progress, file }: DeploymentRecord): string[] => {
  if (asked.work.type !== 'file' || progress.completed === 0) return [];
  return file === FILE_TEXT ? [] : [`completed, and the file is ${file === null ? 'not there' : 'another one'}`];
};

/** What the `file` work delivers. */
export const FILE_TEXT = Array.from({ length: 20_000 }, (_, index) => `${index}\n`).join('');

const noLockLeft = ({ devices }: Snapshot): string[] =>
  devices.flatMap(({ id, has_running_deployment, lock }) =>
    has_running_deployment === false && lock === null
      ? []
      : [`${id}: has_running_deployment ${has_running_deployment}, lock ${JSON.stringify(lock)}`],
  );

const LOST_OUTPUT = /output is lost/i;

/** No byte is lost or doubled: what each attempt printed is there from its first line on, and all of it if it completed. */
const logIsWhole = (target: Target, { asked, logs }: DeploymentRecord): string[] => {
  if (asked.work.type === 'file' || LOST_OUTPUT.test(`${target.result_message} ${target.error_details}`)) return [];
  const text = logs.get(target.id);
  if (text === undefined) return ['has no log'];
  const expected = printed(asked.work);
  const read = readOutput(text, expected);
  if (!read.ok) return [`its log is not what it printed, from byte ${read.at} of ${text.length} on: ${read.text}`];
  const last = read.runs.at(-1);
  if (target.status === 'completed' && last !== expected.length)
    return [`completed, and its log has ${last ?? 0} of ${expected.length} bytes of the last attempt`];
  // An attempt that an agent began anew after a crash prints anew; others print once each.
  if (!asked.idempotent && read.runs.length > target.attempt)
    return [`its log has the output of ${read.runs.length} attempts of ${target.attempt}`];
  return [];
};

const eventsOnce = ({ events, deployments }: Snapshot): string[] => {
  const ends = Map.groupBy(
    events.flatMap((one) => (one.event === 'deployment_completed' ? [one.data] : [])),
    ({ deployment_id }): string => deployment_id,
  );
  const sequence = events.flatMap((one, index) => {
    const before = events[index - 1];
    if (before === undefined) return [];
    if (one.event === 'resync') return [`the stream lost its thread before ${one.seq}`];
    return one.seq === before.seq + 1 ? [] : [`event ${one.seq} follows ${before.seq}`];
  });
  const told = deployments.flatMap(({ id, progress }) => {
    const seen = ends.get(id) ?? [];
    if (seen.length !== 1) return [`${id}: its end was told ${seen.length} times`];
    return seen[0]?.status === progress.status
      ? []
      : [`${id}: its end was told as ${seen[0]?.status}, it is ${progress.status}`];
  });
  return [...sequence, ...told];
};

const isStable = ({ progress, again }: DeploymentRecord): string[] =>
  JSON.stringify(progress) === JSON.stringify(again) ? [] : ['changed after its end'];

const nothingKeptBack = ({ spooled }: Snapshot): string[] => spooled.map((path) => `${path} was never acknowledged`);

export const INVARIANTS: readonly Invariant[] = [
  { name: 'each request made one deployment', check: oneDeploymentForEachRequest },
  { name: 'everything ended', check: each(everythingEnded) },
  { name: 'counts add up', check: each(countsAddUp) },
  { name: 'a deployment’s status follows from its targets', check: each(statusFollowsTargets) },
  { name: 'every target is in a right state', check: eachTarget(rightState) },
  { name: 'attempts stay within the retries', check: eachTarget(attemptsWithinBounds) },
  { name: 'no action ran twice', check: effectsOnce },
  { name: 'files are delivered whole', check: each(filesDelivered) },
  { name: 'no lock is left', check: noLockLeft },
  { name: 'every log is whole', check: eachTarget(logIsWhole) },
  { name: 'every end is told once', check: eventsOnce },
  { name: 'what ended does not change', check: each(isStable) },
  { name: 'agents keep nothing back', check: nothingKeptBack },
  ...SCHEDULE_INVARIANTS,
];

export const violations = (snapshot: Snapshot): string[] =>
  INVARIANTS.flatMap(({ name, check }) => check(snapshot).map((wrong) => `${name}: ${wrong}`));
