/**
 * Branded, prefixed ids. An id is `<prefix>_` and 26 characters of Crockford base32: 48 bits of time, so that
 * ids of one kind sort by creation and keyset pages need no second column, then 80 random bits, so that they cannot be guessed.
 */
import { z } from 'zod';

const body = '[0-9a-hjkmnp-tv-z]{26}';
const idSchema = <Name extends string>(prefix: string, _name: Name) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_${body}$`), `must be an id that starts with ${prefix}_`)
    .brand<Name>();

export const TeamId = idSchema('team', 'TeamId');
export const UserId = idSchema('user', 'UserId');
export const SessionId = idSchema('ses', 'SessionId');
export const EnrollmentTokenId = idSchema('enr', 'EnrollmentTokenId');
export const HostId = idSchema('host', 'HostId');
export const DeviceId = idSchema('dev', 'DeviceId');
export const GroupId = idSchema('grp', 'GroupId');
export const SoftwareId = idSchema('pkg', 'SoftwareId');
export const FileId = idSchema('file', 'FileId');
export const UploadId = idSchema('upl', 'UploadId');
export const DeploymentId = idSchema('dep', 'DeploymentId');
export const TargetId = idSchema('tgt', 'TargetId');
export const ScriptId = idSchema('scr', 'ScriptId');
export const AuditId = idSchema('aud', 'AuditId');
export const ScheduleId = idSchema('sch', 'ScheduleId');
export const ExecutionId = idSchema('exe', 'ExecutionId');
export const NotificationId = idSchema('ntf', 'NotificationId');

export type TeamId = z.infer<typeof TeamId>;
export type UserId = z.infer<typeof UserId>;
export type SessionId = z.infer<typeof SessionId>;
export type EnrollmentTokenId = z.infer<typeof EnrollmentTokenId>;
export type HostId = z.infer<typeof HostId>;
export type DeviceId = z.infer<typeof DeviceId>;
export type GroupId = z.infer<typeof GroupId>;
export type SoftwareId = z.infer<typeof SoftwareId>;
export type FileId = z.infer<typeof FileId>;
export type UploadId = z.infer<typeof UploadId>;
export type DeploymentId = z.infer<typeof DeploymentId>;
export type TargetId = z.infer<typeof TargetId>;
export type ScriptId = z.infer<typeof ScriptId>;
export type AuditId = z.infer<typeof AuditId>;
export type ScheduleId = z.infer<typeof ScheduleId>;
export type ExecutionId = z.infer<typeof ExecutionId>;
export type NotificationId = z.infer<typeof NotificationId>;

type Ids = {
  team: TeamId;
  user: UserId;
  ses: SessionId;
  enr: EnrollmentTokenId;
  host: HostId;
  dev: DeviceId;
  grp: GroupId;
  pkg: SoftwareId;
  file: FileId;
  upl: UploadId;
  dep: DeploymentId;
  tgt: TargetId;
  scr: ScriptId;
  aud: AuditId;
  sch: ScheduleId;
  exe: ExecutionId;
  ntf: NotificationId;
};

export type IdPrefix = keyof Ids;
export type IdOf<Prefix extends IdPrefix> = Ids[Prefix];

const schemas: { [Prefix in IdPrefix]: { parse: (value: unknown) => Ids[Prefix] } } = {
  team: TeamId,
  user: UserId,
  ses: SessionId,
  enr: EnrollmentTokenId,
  host: HostId,
  dev: DeviceId,
  grp: GroupId,
  pkg: SoftwareId,
  file: FileId,
  upl: UploadId,
  dep: DeploymentId,
  tgt: TargetId,
  scr: ScriptId,
  aud: AuditId,
  sch: ScheduleId,
  exe: ExecutionId,
  ntf: NotificationId,
};

/** Where new ids come from; tests pass a counter. */
export type IdSource = { now: () => number; randomBytes: (length: number) => Uint8Array };

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

const timePart = (milliseconds: number): string => {
  let rest = milliseconds;
  let text = '';
  for (let index = 0; index < 10; index++) {
    text = alphabet.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
};

const randomPart = (bytes: Uint8Array): string => {
  let text = '';
  // Sixteen characters of five bits use the low bits of sixteen bytes: 80 bits without a bit buffer.
  for (const byte of bytes) text += alphabet.charAt(byte & 31);
  return text;
};

/** A new id of the kind that `prefix` names. */
export const newId = <Prefix extends IdPrefix>(prefix: Prefix, source: IdSource): IdOf<Prefix> => {
  return schemas[prefix].parse(`${prefix}_${timePart(source.now())}${randomPart(source.randomBytes(16))}`);
};

/** With new ids that sort as the items do: those of one moment come in no order of their own. */
export const withNewIds = <Prefix extends IdPrefix, Item extends object>(
  prefix: Prefix,
  source: IdSource,
  items: readonly Item[],
): (Item & { id: IdOf<Prefix> })[] => {
  const ids = items.map(() => newId(prefix, source)).toSorted();
  return ids.flatMap((id, index) => {
    const item = items[index];
    return item === undefined ? [] : [{ ...item, id }];
  });
};

/** An execution is named after the first target of its device: whoever knows the one knows the other. */
export const executionIdOf = (firstTarget: TargetId): ExecutionId =>
  ExecutionId.parse(firstTarget.replace(/^tgt/, 'exe'));
