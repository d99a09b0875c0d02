/**
 * One host: its agent's socket, the locks and queues of its devices, the output of its jobs.
 * Key: the host id. Called by the worker (enrollment, sockets, reservations, file downloads, logs) and by DeploymentObjects (enqueue, cancel).
 * Wiring only: an entry point turns its input into a command; `HostCore` applies it; the rules are in `domain/host`.
 */
import { DurableObject } from 'cloudflare:workers';
import { z } from 'zod';
import { fileObjectKey } from '#database/files.repository.ts';
import type { JobEnd } from '#domain/host/host-state.ts';
import { end, isActive } from '#domain/host/job.ts';
import { canceledBefore, hostRemoved } from '#domain/host/job-end.ts';
import { CloseCode } from '#protocol/agent/connection.ts';
import type { JobWork, StoredFile } from '#protocol/agent/job.ts';
import type { HostLogLine } from '#protocol/agent/to-agent.ts';
import { type FileId, TargetId } from '#protocol/ids.ts';
import type { Env } from '../env.ts';
import { migrate } from '../outbox/migrate.ts';
import { onAgentFrame } from './agent-messages.ts';
import { HostCore } from './host-core.ts';
import { jobReport } from './host-reports.ts';
import { queueOf, releaseDevice, reserveDevice } from './host-reservations.ts';
import type {
  EnqueueRequest,
  FileAuthorization,
  HostIdentity,
  HostRpc,
  JobReport,
  LogPart,
  LogPlace,
  QueuedJob,
  ReleaseAnswer,
  ReleaseRequest,
  ReportAuthorization,
  ReserveAnswer,
  ReserveRequest,
  ScheduleNote,
} from './host-rpc.ts';
import { hostMigrations } from './host-schema.ts';
import { earlierJobs, newJob } from './new-job.ts';
import { type Proof, refuse, verifyProof } from './proof.ts';

export class HostObject extends DurableObject<Env> implements HostRpc {
  readonly core: HostCore;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.core = new HostCore(ctx, env);
    if (this.#isEnrolled()) migrate(ctx.storage, hostMigrations);
  }

  /** An object is made for any id that somebody names; one that was never enrolled keeps nothing. */
  #isEnrolled(): boolean {
    return this.core.store.identity.get() !== null;
  }

  #job(target: TargetId): ReturnType<HostCore['store']['job']> {
    return this.#isEnrolled() ? this.core.store.job(target) : null;
  }

  async prepare(): Promise<void> {
    if (this.#isEnrolled()) this.core.store.state();
  }

  async enroll(identity: HostIdentity): Promise<void> {
    migrate(this.ctx.storage, hostMigrations);
    this.core.store.identity.set(identity);
  }

  async look(): Promise<void> {
    if (this.#isEnrolled()) await this.core.tick();
  }

  async rename(name: string): Promise<void> {
    const identity = this.core.store.identity.get();
    if (identity !== null) this.core.store.identity.set({ ...identity, name });
  }

  async revoke(): Promise<void> {
    if (!this.#isEnrolled()) return;
    this.core.apply({ type: 'host_removed' }, { write: () => this.core.store.revoked.set(true) });
    this.core.link.closeAll(CloseCode.revoked, 'this host was removed');
  }

  async disconnect(): Promise<void> {
    if (!this.#isEnrolled()) return;
    this.core.apply({ type: 'connection_lost', goodbye: true });
    this.core.link.closeAll(CloseCode.disconnected, 'disconnected by a person');
  }

  async reserve(request: ReserveRequest): Promise<ReserveAnswer> {
    return reserveDevice(this.core, request);
  }

  async release(request: ReleaseRequest): Promise<ReleaseAnswer> {
    return releaseDevice(this.core, request);
  }

  async deviceQueue(deviceKey: string): Promise<QueuedJob[]> {
    return this.#isEnrolled() ? queueOf(this.core, deviceKey) : [];
  }

  async enqueue(request: EnqueueRequest): Promise<JobReport[]> {
    const ids = request.jobs.map((job) => job.target_id);
    const { store } = this.core;
    if (!this.#isEnrolled() || store.revoked.get())
      return ids.map((id) => reportOfNoJob(id, hostRemoved(this.core.clock.now())));
    const known = store.knownTargets(ids);
    const fresh = request.jobs.filter((job) => !known.has(job.target_id));
    const earlier = earlierJobs(store, request);
    const jobs = fresh.map((job) => newJob(request, job, store.nextPosition(), earlier));
    this.core.apply({ type: 'enqueue', jobs }, { fresh });
    return this.#reports(ids);
  }

  async cancel(request: EnqueueRequest): Promise<JobReport[]> {
    const ids = request.jobs.map((job) => job.target_id);
    const now = this.core.clock.now();
    if (!this.#isEnrolled()) return ids.map((id) => reportOfNoJob(id, canceledBefore(now)));
    const known = this.core.store.knownTargets(ids);
    const fresh = request.jobs.filter((job) => !known.has(job.target_id));
    // Kept as canceled: an enqueue that was on its way when it was canceled finds it, and starts nothing.
    const jobs = fresh.map((job) =>
      end(newJob(request, job, this.core.store.nextPosition()), 'canceled', canceledBefore(now), true),
    );
    if (jobs.length > 0) this.core.apply({ type: 'enqueue', jobs }, { fresh });
    this.core.apply({ type: 'cancel', deploymentId: request.deployment_id, targetIds: ids });
    for (const id of ids) this.core.output.tails.endIfDone(id);
    return this.#reports(ids);
  }

  /** Counts as reported: a caller to whom the answer is lost asks again. */
  #reports(ids: readonly TargetId[]): JobReport[] {
    const jobs = this.core.store.jobs(ids);
    this.core.news.reported(jobs);
    return jobs.map(jobReport);
  }

  async readHostLog(limit: number): Promise<HostLogLine[]> {
    return this.#isEnrolled() ? this.core.log.last(limit) : [];
  }

  async noteSchedule(note: ScheduleNote): Promise<void> {
    if (this.#isEnrolled() && !this.core.store.revoked.get()) this.core.noteSchedule(note);
  }

  async readLog(request: { target_id: TargetId; offset: number }): Promise<LogPart> {
    const stored = this.#job(request.target_id);
    return stored === null
      ? { kind: 'unknown' }
      : this.core.output.read(request.target_id, request.offset, stored.job.end !== null);
  }

  async findLogLine(request: { target_id: TargetId; line: number }): Promise<LogPlace> {
    const stored = this.#job(request.target_id);
    return stored === null
      ? { kind: 'unknown' }
      : this.core.output.findLine(request.target_id, request.line, stored.job.end !== null);
  }

  async authorizeFile(request: { proof: string; file_id: FileId }): Promise<FileAuthorization> {
    const proof = await this.#prove(request.proof);
    if (!proof.ok) return proof;
    const now = this.core.clock.now();
    const identity = this.core.store.identity.get();
    const file = this.core.store
      .openWork()
      .flatMap(filesOf)
      .find((one) => one.file_id === request.file_id);
    if (file === undefined || identity === null)
      return refuse(404, 'files.not_found', 'no unfinished job of this host needs this file', now);
    return {
      ok: true,
      key: fileObjectKey(identity.team_id, file.file_id),
      size: file.size,
      sha256: file.sha256,
      filename: file.filename,
    };
  }

  async authorizeReport(request: {
    proof: string;
    target_id: TargetId;
    attempt: number;
  }): Promise<ReportAuthorization> {
    const proof = await this.#prove(request.proof);
    if (!proof.ok) return proof;
    const identity = this.core.store.identity.get();
    const job = this.core.store.job(request.target_id)?.job;
    if (identity === null || job === undefined || !isActive(job) || job.attempt !== request.attempt)
      return refuse(404, 'reports.not_found', 'this host has no such unfinished job', this.core.clock.now());
    const { targetId: target_id, deploymentId: deployment_id, attempt } = job;
    return { ok: true, team_id: identity.team_id, deployment_id, target_id, attempt };
  }

  async #prove(token: string): Promise<Proof> {
    const now = this.core.clock.now();
    const identity = this.core.store.identity.get();
    if (this.core.store.revoked.get()) return refuse(403, 'agent.revoked', 'this host was removed', now);
    if (identity === null) return refuse(401, 'agent.unknown_host', 'this host is not enrolled', now);
    const proof = await verifyProof(token, identity.public_key, now);
    if (!proof.ok) return proof;
    const fresh = this.core.store.useProof(proof.claims.jti, (proof.claims.exp + 60) * 1000, now);
    return fresh ? proof : refuse(401, 'agent.proof_reused', 'this proof was used before', now);
  }

  override async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname.endsWith('/tail')) return this.#tail(url);
    const proof = await this.#prove(request.headers.get('Authorization')?.replace(/^Bearer /i, '') ?? '');
    if (!proof.ok) return Response.json(proof, { status: proof.status });
    const pair = new WebSocketPair();
    this.core.link.accept(pair[1], crypto.randomUUID());
    this.core.expectHello(pair[1]);
    return new Response(null, { status: 101, webSocket: pair[0] });
  }

  /** A job that this host does not know has either not come yet, or was forgotten: the caller knows which. */
  #tail(url: URL): Response {
    const { target_id, offset, archive } = TailQuery.parse(Object.fromEntries(url.searchParams));
    const pair = new WebSocketPair();
    if (archive !== undefined && this.#job(target_id) === null)
      this.core.output.tails.openArchived(pair[1], archive, offset);
    else this.core.output.tails.open(pair[1], target_id, offset);
    return new Response(null, { status: 101, webSocket: pair[0] });
  }

  override async webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
    const attachment = this.core.link.attachment(socket);
    if (attachment !== null) onAgentFrame(this.core, socket, attachment, data);
  }

  override async webSocketClose(socket: WebSocket, code: number): Promise<void> {
    this.#closed(socket, code === 1000 || code === 1001);
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    this.#closed(socket, false);
  }

  #closed(socket: WebSocket, goodbye: boolean): void {
    const attachment = this.core.link.attachment(socket);
    if (attachment?.connection_id === this.core.store.connectionId.get())
      this.core.apply({ type: 'connection_lost', goodbye });
  }

  override async alarm(): Promise<void> {
    await this.core.tick();
  }
}

/** `archive` is the log's prefix in R2, given when the target has ended. */
const TailQuery = z.object({
  target_id: TargetId,
  offset: z.coerce.number().int().min(0),
  archive: z.string().optional(),
});

/** An undo may need the package once more: to tell what it is called. */
const filesOf = ({ action: given }: JobWork): StoredFile[] => {
  const action = given.kind === 'undo' ? given.action : given;
  if (action.kind === 'files') return [action.file];
  return action.kind === 'software' && action.source.type === 'file' ? [action.source.file] : [];
};

/** A host that was removed, or never was: the target ends, and there is nobody to report again. */
const reportOfNoJob = (id: TargetId, ending: JobEnd): JobReport => ({
  target_id: id,
  version: Number.MAX_SAFE_INTEGER,
  status: ending.reason === 'canceled' ? 'canceled' : 'failed',
  attempt: 1,
  progress_percent: null,
  result_message: ending.message,
  error_details: null,
  exit_code: null,
  waiting_for: null,
  started_at: null,
  completed_at: ending.at,
  undo: null,
});
