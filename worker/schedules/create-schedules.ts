/** Makes schedules: written first, then told to their objects. One that cannot be told is told by the cron trigger. */
import type { Statement } from '#database/database.ts';
import { touchFiles } from '#database/files.repository.ts';
import { insertSchedules, type ScheduleRow, specOf } from '#database/schedules.repository.ts';
import { filesOfSpec } from '#domain/deployment/items.ts';
import { lateIssues, type Times, timesOf } from '#domain/schedule/times.ts';
import type { ResolvedDraft } from '#durable-objects/deployment/draft.ts';
import { resolveSpec } from '#durable-objects/deployment/resolve-spec.ts';
import { sealSpec } from '#durable-objects/secrets.ts';
import type { Schedule, ScheduleState } from '#protocol/http/schedules.ts';
import { type DeviceId, newId } from '#protocol/ids.ts';
import type { CreateSchedule, ScheduleRequest } from '#protocol/schedule.ts';
import type { PersonContext } from '../context.ts';
import { invalid, Refusal } from '../http/problem.ts';
import { nameOf, nameWith, newRow, settingsOf, usesOf, whatOf } from './draft-schedule.ts';
import { showAll } from './read-schedule.ts';
import { cannotSchedule, tooManyDevices, tooMuchAtOnce } from './schedules.errors.ts';
import { tellObjects } from './tell-object.ts';

/** A person cannot look through more, and each is an object that must be told before the answer. */
export const MAX_PER_DEVICE = 200;

/** All of them are in memory at once, and a Worker has 128 MB. */
const MAX_CHARACTERS_AT_ONCE = 8_000_000;

export type Checked = { request: ScheduleRequest; times: Times; resolved: ResolvedDraft };

/** Secrets may be sealed already. */
export const checkRequest = async (
  { db, team_id, now }: PersonContext,
  request: ScheduleRequest,
  when: 'now' | 'later',
): Promise<Checked | Refusal> => {
  const read = timesOf(request);
  if (!read.ok) return invalid(read.issues);
  const late = lateIssues(read.times, now.getTime());
  if (late.length > 0) return cannotSchedule(late);
  const resolved = await resolveSpec(db, team_id, request, when);
  return resolved.ok ? { request, times: read.times, resolved } : cannotSchedule(resolved.issues);
};

const devicesOf = ({ targets }: ResolvedDraft): { id: DeviceId; name: string }[] => [
  ...new Map(targets.map(({ device_id, device_name }) => [device_id, { id: device_id, name: device_name }])).values(),
];

type Named = ScheduleRequest & { name: string };

const oneForEach = (named: Named, resolved: ResolvedDraft): Named[] | Refusal => {
  const devices = devicesOf(resolved);
  if (devices.length > MAX_PER_DEVICE) return tooManyDevices(devices.length, MAX_PER_DEVICE);
  // The devices themselves are one each.
  const size = JSON.stringify({ ...named, device_ids: [], group_ids: [] }).length;
  if (size * devices.length > MAX_CHARACTERS_AT_ONCE) return tooMuchAtOnce();
  return devices.map(({ id, name }) => ({
    ...named,
    name: devices.length === 1 ? named.name : nameWith(named.name, ` on ${name}`),
    device_ids: [id],
    group_ids: [],
  }));
};

const rowsOf = (context: PersonContext, requests: readonly Named[], { times, resolved }: Checked): ScheduleRow[] => {
  // Ids of one moment come in no order: sorted they do.
  const ids = requests.map(() => newId('sch', context.ids)).toSorted();
  return requests.map((request, index) => {
    const settings = settingsOf(request, whatOf(request.action, resolved.items, context.now), times);
    return newRow(context, ids[index] ?? newId('sch', context.ids), settings, times);
  });
};

/** Writes them and tells their objects; answers how each stands then. */
export const writeSchedules = async (
  context: PersonContext,
  rows: readonly ScheduleRow[],
  action: string,
): Promise<(ScheduleState | null)[]> => {
  const { db, team_id, now, audit } = context;
  const specs = rows.map((row) => ({ id: row.id, spec: specOf(row) }));
  const files = [...new Set(specs.flatMap(({ spec }) => filesOfSpec(spec.action, []).map(({ id }) => id)))];
  const [first, ...rest]: Statement[] = [
    ...insertSchedules(
      db,
      team_id,
      rows,
      specs.map(({ id, spec }) => ({ id, uses: usesOf(spec) })),
    ),
    ...rows.map(({ id, name, kind }) => audit(action, id, { name, kind })),
    ...(files.length > 0 ? [touchFiles(db, team_id, files, now.toISOString())] : []),
  ];
  if (first === undefined) return [];
  await db.batch([first, ...rest]);
  const answers = await tellObjects(context, rows);
  return answers.map((answer) => (answer?.ok === true ? answer.state : null));
};

export const createSchedules = async (
  context: PersonContext,
  { per_device, ...asked }: CreateSchedule,
): Promise<Schedule[] | Refusal> => {
  const checked = await checkRequest(context, sealSpec(context.env, asked), per_device ? 'now' : 'later');
  if (checked instanceof Refusal) return checked;
  const named = { ...checked.request, name: nameOf(checked.request, checked.resolved.items, context.now) };
  const requests = per_device ? oneForEach(named, checked.resolved) : [named];
  if (requests instanceof Refusal) return requests;
  const rows = rowsOf(context, requests, checked);
  return showAll(context, rows, await writeSchedules(context, rows, 'schedules.create'));
};
