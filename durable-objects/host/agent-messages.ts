/** What each frame of an agent does to its host. Frames of a socket that is not the current one do nothing. */
import { agreeOnProtocol, CloseCode, PROTOCOL_MAX, PROTOCOL_MIN } from '#protocol/agent/connection.ts';
import { parseToServer } from '#protocol/agent/frames.ts';
import { SELF_DEVICE_KEY } from '#protocol/agent/job.ts';
import type { AgentDevice, Hello, LogPiece, ToServer } from '#protocol/agent/to-server.ts';
import { assertNever } from '#protocol/assert.ts';
import { newId } from '#protocol/ids.ts';
import { HEARTBEAT_SECONDS } from '#protocol/limits.ts';
import { logEvent } from '../log.ts';
import { type AgentAttachment, closeQuietly } from './agent-link.ts';
import type { HostCore } from './host-core.ts';
import type { KnownDevice } from './host-store.ts';
import { byteLength, placePieces } from './log-pieces.ts';

type Log = Extract<ToServer, { type: 'job.log' }>;

export const onAgentFrame = (
  core: HostCore,
  socket: WebSocket,
  attachment: AgentAttachment,
  data: string | ArrayBuffer,
): void => {
  const frame = typeof data === 'string' ? parseToServer(data) : { ok: false as const, error: 'frame is not text' };
  if (!frame.ok) {
    logEvent('agent.bad_frame', { host_id: core.store.identity.get()?.host_id ?? null, error: frame.error });
    closeQuietly(socket, CloseCode.badMessage, frame.error);
    return;
  }
  const { message } = frame;
  if (message.type === 'hello') greet(core, socket, attachment, message);
  else if (!attachment.greeted) closeQuietly(socket, CloseCode.badMessage, 'type: the first frame must be hello');
  else if (attachment.connection_id === core.store.connectionId.get()) take(core, message);
};

const take = (core: HostCore, message: Exclude<ToServer, Hello>): void => {
  switch (message.type) {
    case 'job.accepted':
      // The next `hello` lists it again, so there is nothing to keep.
      return;
    case 'job.progress':
      core.applyLater({ type: 'job_progress', progress: message });
      return;
    case 'job.result':
      core.apply({ type: 'job_result', result: message });
      core.output.tails.endIfDone(message.target_id);
      return;
    case 'job.log':
      takeLog(core, message);
      return;
    default:
      assertNever(message);
  }
};

const greet = (core: HostCore, socket: WebSocket, attachment: AgentAttachment, hello: Hello): void => {
  // A replaced connection that says hello once more must not take its place back (CON6).
  if (attachment.greeted && attachment.connection_id !== core.store.connectionId.get()) return;
  const protocol = agreeOnProtocol(hello.protocol);
  const identity = core.store.identity.get();
  if (protocol === null || identity === null) {
    closeQuietly(
      socket,
      CloseCode.unsupported,
      `the server speaks versions ${PROTOCOL_MIN} to ${PROTOCOL_MAX} of the protocol`,
    );
    return;
  }
  core.greeted(socket);
  core.link.attach(socket, { ...attachment, greeted: true });
  core.link.send(socket, {
    type: 'welcome',
    protocol,
    host_id: identity.host_id,
    server_time: new Date(core.clock.now()).toISOString(),
    heartbeat_seconds: HEARTBEAT_SECONDS,
  });
  // Before anything new is said: lines come in their order.
  core.log.resume(socket, hello.host_log_seq);
  core.news.forgetWhatTeamWasTold();
  const devices = mergeDevices(core, hello.devices);
  const attached = new Set([SELF_DEVICE_KEY, ...hello.devices.map((device) => device.key)]);
  core.apply(
    { type: 'connected', jobs: hello.jobs, attached },
    {
      write: () => {
        core.store.connectionId.set(attachment.connection_id);
        rememberAgent(core, hello, devices);
        rememberProcess(core, hello);
      },
    },
  );
  core.link.replaceOthers(attachment.connection_id);
};

/** Devices keep their id for as long as the host lives, also while they are away. */
const mergeDevices = (core: HostCore, reported: readonly AgentDevice[]): KnownDevice[] => {
  const known = core.store.devices.get();
  const source = {
    now: core.clock.now,
    randomBytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
  };
  const present = reported
    .filter((device) => device.key !== SELF_DEVICE_KEY)
    .map((device) => ({
      ...device,
      id: known.find((one) => one.key === device.key)?.id ?? newId('dev', source),
      attached: true,
    }));
  const keys = new Set(present.map((device) => device.key));
  return [
    ...present,
    ...known.filter((device) => !keys.has(device.key)).map((device) => ({ ...device, attached: false })),
  ];
};

const rememberAgent = (core: HostCore, hello: Hello, devices: KnownDevice[]): void => {
  const before = core.store.agent.get();
  const same =
    before !== null &&
    before.agent_version === hello.agent_version &&
    JSON.stringify([before.info, before.capabilities]) === JSON.stringify([hello.info, hello.capabilities]) &&
    JSON.stringify(core.store.devices.get()) === JSON.stringify(devices);
  if (same) return;
  core.store.devices.set(devices);
  core.store.agent.set({
    info: hello.info,
    agent_version: hello.agent_version,
    capabilities: hello.capabilities,
    version: (before?.version ?? 0) + 1,
    projected_version: before?.projected_version ?? 0,
  });
};

/** A process that was not there before begins with the list of its schedules; agents that do not say it get none. */
const rememberProcess = (core: HostCore, { process_id }: Hello): void => {
  if (process_id === undefined || core.store.process.get().id === process_id) return;
  core.store.process.set({ id: process_id, isUnlisted: true });
};

/** LOG3: only what begins where the log ends is taken; in every case the answer is where it ends then. */
const takeLog = (core: HostCore, log: Log): void => {
  const { output } = core;
  const next = log.offset + byteLength(log.pieces);
  const end = output.end(log.target_id);
  // The agent may drop output that is not wanted any more.
  if (output.isClosed(log.target_id)) core.acknowledgeLog(log.target_id, Math.max(next, end));
  else if (log.offset > end || next <= end) core.acknowledgeLog(log.target_id, end);
  else output.take(log.target_id, { offset: end, next_offset: next, pieces: piecesFrom(log, end) });
};

const piecesFrom = (log: Log, end: number): LogPiece[] =>
  placePieces(log.pieces, log.offset, end).map(({ stream, text }) => ({ stream, text }));
