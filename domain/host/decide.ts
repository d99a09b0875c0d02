/**
 * The rules of one host: which job goes to the agent when, what its messages mean, what the passing of time does.
 * Pure: `decide(state, command, now)` answers with the next state and what to do once it is committed. Called by the HostObject alone.
 * Invariants: at most one job holds a device; the first final state of a job wins; a command that a state does not take changes nothing.
 */
import type { z } from 'zod';
import type { JobProgress, JobResult, JournaledJob } from '#protocol/agent/to-server.ts';
import { assertNever } from '#protocol/assert.ts';
import type { DeploymentId, ScheduleId, TargetId, UserId } from '#protocol/ids.ts';
import type { Millis } from '../millis.ts';
import { admit, carryOn, skipsReserved, withdraw } from './firings.ts';
import type { Connection, HostDecision, HostEffect, HostJob, HostState, JobEnd, Reservation } from './host-state.ts';
import {
  end,
  extend,
  finish,
  isActive,
  isEnded,
  isWaiting,
  overtake,
  progress,
  release,
  requestCancel,
  send,
} from './job.ts';
import { canceledBefore, canceledEnd, hostRemoved, skippedEnd } from './job-end.ts';
import { RECONNECT_GRACE_MS } from './limits.ts';
import { releaseReservation, reserve, withoutEndedReservations } from './reservations.ts';
import { describeWait, waitingFor } from './waiting-for.ts';

export type HostCommand =
  | { type: 'enqueue'; jobs: HostJob[] }
  | { type: 'connected'; jobs: readonly JournaledJob[]; attached: ReadonlySet<string> }
  | { type: 'connection_lost'; goodbye: boolean }
  | { type: 'job_progress'; progress: z.infer<typeof JobProgress> }
  | { type: 'job_result'; result: z.infer<typeof JobResult> }
  | { type: 'cancel'; deploymentId: DeploymentId; targetIds: readonly TargetId[] }
  | { type: 'reserve'; reservation: Reservation; takeOver: boolean }
  | { type: 'release'; deviceKey: string; userId: UserId; force: boolean }
  /** A person has paused or ended a schedule: what waits for its turn does not begin. */
  | { type: 'withdraw'; scheduleId: ScheduleId; reason: string }
  | { type: 'host_removed' }
  | { type: 'tick' };

export const decide = (state: HostState, command: HostCommand, now: Millis): HostDecision => {
  const decision = apply(withoutEndedReservations(state, now), command, now);
  if (decision.type === 'rejected') return decision;
  const settled = dispatch(settle(decision.state, now), now);
  const carried = { ...settled.state, jobs: carryOn(state.jobs, settled.state.jobs) };
  return { type: 'accepted', state: explainWaits(carried), effects: [...decision.effects, ...settled.effects] };
};

const apply = (state: HostState, command: HostCommand, now: Millis): HostDecision => {
  switch (command.type) {
    case 'enqueue':
      return enqueue(state, command.jobs, now);
    case 'connected':
      return connected({ ...state, attached: command.attached }, command.jobs, now);
    case 'connection_lost':
      return lost(state, command.goodbye, now);
    case 'job_progress':
      return update(state, { targetId: command.progress.target_id, attempt: command.progress.attempt }, (job) =>
        progress(job, command.progress, now),
      );
    case 'job_result':
      return takeResult(state, command.result, now);
    case 'cancel':
      return cancel(state, command.deploymentId, new Set(command.targetIds), now);
    case 'reserve':
      return reserve(state, command.reservation, command.takeOver);
    case 'release':
      return releaseReservation(state, command);
    case 'withdraw':
      return accepted({ ...state, jobs: withdraw(state.jobs, command, now) });
    case 'host_removed':
      return removed(state, now);
    case 'tick':
      return tick(state, now);
    default:
      return assertNever(command);
  }
};

const accepted = (state: HostState, effects: HostEffect[] = []): HostDecision => ({ type: 'accepted', state, effects });
const rejected = (reason: string, effects: HostEffect[] = []): HostDecision => ({ type: 'rejected', reason, effects });

const mapJobs = (state: HostState, change: (job: HostJob) => HostJob): HostState => ({
  ...state,
  jobs: state.jobs.map(change),
});

const enqueue = (state: HostState, jobs: readonly HostJob[], now: Millis): HostDecision => {
  const known = new Set(state.jobs.map((job) => job.targetId));
  const all = [...state.jobs];
  for (const job of jobs) if (!known.has(job.targetId)) all.push(admit(all, job, now));
  return accepted({ ...state, jobs: all });
};

const connected = (state: HostState, journal: readonly JournaledJob[], now: Millis): HostDecision => {
  const online: Connection = { state: 'online', since: now };
  const listed = new Map(journal.map((entry) => [entry.target_id, entry]));
  const effects: HostEffect[] = [];
  const jobs = state.jobs.map((job) => {
    if (isHeldByEnded(job)) {
      // Whatever the agent answers (JOB8) says that nothing of it runs any more, and frees the device.
      effects.push({ type: 'cancel', targetId: job.targetId, attempt: job.attempt, reason: 'canceled' });
      return job;
    }
    if (!isActive(job)) return job;
    const entry = listed.get(job.targetId);
    const current = overtake(job);
    if (entry?.attempt === job.attempt) {
      if (job.cancelRequested)
        effects.push({ type: 'cancel', targetId: job.targetId, attempt: job.attempt, reason: 'canceled' });
      return current;
    }
    // The offer never reached the agent's journal (JOB2); it cannot have begun.
    effects.push({ type: 'offer', targetId: job.targetId });
    return current;
  });
  return accepted({ ...state, connection: online, jobs }, [...effects, ...cancelUnknown(state, journal)]);
};

/** Canceled while the host was offline: it may still run there. */
const isHeldByEnded = (job: HostJob): boolean => isEnded(job) && job.holdsDevice;

/** Work that the server does not wait for must end (JOB5); a finished one is acknowledged when its result comes. */
const cancelUnknown = (state: HostState, journal: readonly JournaledJob[]): HostEffect[] => {
  const awaited = state.jobs.filter((job) => isActive(job) || isHeldByEnded(job));
  const open = new Map(awaited.map((job) => [job.targetId, job.attempt]));
  return journal
    .filter((entry) => entry.state !== 'finished' && open.get(entry.target_id) !== entry.attempt)
    .map((entry) => ({ type: 'cancel', targetId: entry.target_id, attempt: entry.attempt, reason: 'unknown' }));
};

const lost = (state: HostState, goodbye: boolean, now: Millis): HostDecision => {
  if (state.connection.state === 'offline') return rejected('host is offline already');
  return accepted({
    ...state,
    connection: { state: 'offline', since: now, graceUntil: goodbye ? now : now + RECONNECT_GRACE_MS },
  });
};

type JobKey = { targetId: TargetId; attempt: number };

const update = (state: HostState, key: JobKey, change: (job: HostJob) => HostJob): HostDecision => {
  const job = state.jobs.find((one) => one.targetId === key.targetId);
  if (job === undefined || !isActive(job)) return rejected('no such job is with the agent');
  if (job.attempt !== key.attempt) return rejected(`attempt ${key.attempt} is not the current one`);
  return accepted(mapJobs(state, (one) => (one === job ? change(one) : one)));
};

const takeResult = (state: HostState, result: z.infer<typeof JobResult>, now: Millis): HostDecision => {
  // Acknowledged in every case: the agent must be able to forget a job that nobody waits for (JOB7).
  const acknowledge: HostEffect = { type: 'acknowledge', targetId: result.target_id, attempt: result.attempt };
  const job = state.jobs.find((one) => one.targetId === result.target_id && one.attempt === result.attempt);
  if (job === undefined || !job.sent) return rejected('no such job is with the agent', [acknowledge]);
  if (isEnded(job)) {
    if (!job.holdsDevice) return rejected('the job has ended already', [acknowledge]);
    return accepted(
      mapJobs(state, (one) => (one === job ? { ...release(one), logEnd: result.log_end } : one)),
      [acknowledge],
    );
  }
  return accepted(
    mapJobs(state, (one) => (one === job ? finish(one, result, now) : one)),
    [acknowledge],
  );
};

const cancel = (
  state: HostState,
  deploymentId: DeploymentId,
  ids: ReadonlySet<TargetId>,
  now: Millis,
): HostDecision => {
  const effects: HostEffect[] = [];
  const next = mapJobs(state, (job) => {
    if (job.deploymentId !== deploymentId || !ids.has(job.targetId) || isEnded(job)) return job;
    if (!job.sent) return end(job, 'canceled', canceledBefore(now), true);
    if (job.cancelRequested) return job;
    if (state.connection.state === 'offline')
      return end(
        job,
        'canceled',
        canceledEnd(now, 'canceled while the host was offline; it may still run there until the host is back'),
        false,
      );
    effects.push({ type: 'cancel', targetId: job.targetId, attempt: job.attempt, reason: 'canceled' });
    return requestCancel(job, now);
  });
  return accepted(next, effects);
};

const removed = (state: HostState, now: Millis): HostDecision => {
  const jobs = state.jobs.map((job) => (isEnded(job) ? release(job) : end(job, 'failed', hostRemoved(now), true)));
  return accepted({ ...state, connection: { state: 'offline', since: now, graceUntil: now }, jobs, reservations: [] });
};

const tick = (state: HostState, now: Millis): HostDecision => {
  const effects: HostEffect[] = [];
  const jobs = state.jobs.map((job) => {
    if (job.deadlineAt === null || job.deadlineAt > now) return job;
    if (isEnded(job)) return release(job);
    const online = state.connection.state === 'online';
    if (online && job.startedAt === null && !job.cancelRequested) return extend(job, now);
    if (online)
      effects.push({
        type: 'cancel',
        targetId: job.targetId,
        attempt: job.attempt,
        reason: job.cancelRequested ? 'canceled' : 'timed_out',
      });
    if (job.cancelRequested)
      return end(job, 'canceled', canceledEnd(now, 'canceled; the agent did not confirm that it stopped'), true);
    const ending: JobEnd = {
      reason: 'timed_out',
      message: `no result within the time limit of ${job.timeoutMs / 1000} s`,
      details: null,
      exitCode: null,
      at: now,
    };
    return end(job, 'failed', ending, true);
  });
  return accepted({ ...state, jobs }, effects);
};

/** Waiting jobs whose host or device will not come in time end here, whatever command brought us. */
const settle = (state: HostState, now: Millis): HostState =>
  mapJobs(state, (job) => {
    const missing = isWaiting(job) ? missingFor(state, job) : null;
    if (missing === null || now < (job.waitUntil ?? missing.graceUntil)) return job;
    const message = job.waitUntil === null ? missing.message : `${missing.message}; the job expired`;
    return end(job, 'failed', { reason: missing.reason, message, details: null, exitCode: null, at: now }, true);
  });

type Missing = { reason: 'offline' | 'not_attached'; message: string; graceUntil: Millis };

const missingFor = ({ connection, attached }: HostState, job: HostJob): Missing | null => {
  if (connection.state === 'offline')
    return { reason: 'offline', message: describeWait.offline(connection.since), graceUntil: connection.graceUntil };
  if (!attached.has(job.deviceKey)) return { reason: 'not_attached', message: describeWait.detached, graceUntil: 0 };
  return null;
};

/** Hands the first waiting job of each free device to the agent. */
const dispatch = (state: HostState, now: Millis): { state: HostState; effects: HostEffect[] } => {
  if (state.connection.state === 'offline') return { state, effects: [] };
  const taken = new Set(state.jobs.filter((job) => job.holdsDevice).map((job) => job.deviceKey));
  // While a job goes on there, it is the job that is in the way and not the reservation.
  const reserved = new Map(
    state.reservations.filter((one) => !taken.has(one.deviceKey)).map((one) => [one.deviceKey, one]),
  );
  const effects: HostEffect[] = [];
  let skips = false;
  const next = mapJobs(state, (job) => {
    if (!isWaiting(job) || !state.attached.has(job.deviceKey)) return job;
    const reservation = reserved.get(job.deviceKey);
    // Whoever else waits for the device before it: nobody gets it now.
    if (reservation !== undefined && skipsReserved(job)) {
      skips = true;
      const reason = describeWait.reserved(reservation.userName, reservation.expiresAt);
      return end(job, 'skipped', skippedEnd(reason, now), true);
    }
    if (reservation !== undefined || taken.has(job.deviceKey)) return job;
    taken.add(job.deviceKey);
    effects.push({ type: 'offer', targetId: job.targetId });
    return send(job, now);
  });
  return effects.length === 0 && !skips ? { state, effects } : { state: next, effects };
};

const explainWaits = (state: HostState): HostState =>
  mapJobs(state, (job) => {
    const text = waitingFor(state, job);
    return text === job.waitingFor ? job : { ...job, waitingFor: text, version: job.version + 1 };
  });
