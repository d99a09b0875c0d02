/** Carries out what a decision wants done on the agent's socket, once it is committed. */
import type { z } from 'zod';
import type { HostEffect, HostJob } from '#domain/host/host-state.ts';
import { encodeToAgent } from '#protocol/agent/frames.ts';
import type { JobAction } from '#protocol/agent/job.ts';
import type { JobResult } from '#protocol/agent/to-server.ts';
import { MAX_AGENT_FRAME_BYTES } from '#protocol/limits.ts';
import type { Env } from '../env.ts';
import { openAction } from '../secrets.ts';
import type { AgentLink } from './agent-link.ts';
import type { HostOutput } from './host-output.ts';
import type { AgentState, HostStore } from './host-store.ts';

type Result = z.infer<typeof JobResult>;
type Deps = { env: Env; store: HostStore; link: AgentLink; output: HostOutput };

/** Answers the result of a job that cannot be offered at all; null otherwise. */
export const perform = (effect: HostEffect, deps: Deps, socket: WebSocket | null): Result | null => {
  const { targetId: target_id } = effect;
  if (effect.type === 'offer') return offer(effect, deps, socket);
  const { attempt } = effect;
  if (effect.type === 'acknowledge') deps.link.send(socket, { type: 'result.ack', target_id, attempt });
  else deps.link.send(socket, { type: 'job.cancel', target_id, attempt, reason: effect.reason });
  return null;
};

const offer = (
  { targetId }: Extract<HostEffect, { type: 'offer' }>,
  { env, store, link, output }: Deps,
  socket: WebSocket | null,
): Result | null => {
  const stored = store.job(targetId);
  if (stored === null) return null;
  const { job, work } = stored;
  const opened = openAction(env, work.action);
  if (!opened.ok) return cannotOffer(job, opened.message, output.end(targetId));
  const frame = encodeToAgent({
    type: 'job.offer',
    job: {
      target_id: targetId,
      attempt: job.attempt,
      deployment_id: job.deploymentId,
      device_key: job.deviceKey,
      ...work,
      action: opened.action,
      timeout_seconds: job.timeoutMs / 1000,
      idempotent: job.idempotent,
      log_offset: job.attempt === 1 ? 0 : output.end(targetId),
    },
  });
  const refused = whyNotTaken(opened.action, frame, store.agent.get());
  if (refused !== null) return cannotOffer(job, refused, output.end(targetId));
  link.sendText(socket, frame);
  return null;
};

/** An agent ignores a frame that it cannot read (BAD1): the job would wait for its beginning without end. */
const whyNotTaken = (action: JobAction, frame: string, agent: AgentState | null): string | null => {
  if (frame.length > MAX_AGENT_FRAME_BYTES)
    return `the job is larger than the ${MAX_AGENT_FRAME_BYTES / 1024} KiB that an agent takes`;
  const kind = action.kind === 'undo' ? action.action.kind : action.kind;
  return agent === null || agent.capabilities.actions.includes(kind)
    ? null
    : `agent ${agent.agent_version} does not know how to do this: ${kind}`;
};

/** What cannot be offered now cannot be later: the job ends here, and no other attempt is made. */
const cannotOffer = (job: HostJob, message: string, log_end: number): Result => ({
  type: 'job.result',
  target_id: job.targetId,
  attempt: job.attempt,
  outcome: 'failed',
  reason: 'unsupported',
  exit_code: null,
  message,
  details: null,
  undo: null,
  log_end,
});
