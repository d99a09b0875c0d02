import { z } from 'zod';
import { DeviceId, GroupId } from '../ids.ts';
import { Description, Instant, Name } from '../text.ts';

/** A label selector: comma-separated terms that must all hold: `key`, `!key`, `key=value`, `key!=value`. */
export const Selector = z.string().trim().min(1, 'must not be empty').max(1000);

const members = z.array(DeviceId).max(10_000);

export const Group = z.object({
  id: GroupId,
  name: z.string(),
  description: z.string().nullable(),
  selector: z.string().nullable(),
  /** Devices in the group now: its members, or what the selector matches. */
  device_count: z.int(),
  created_at: Instant,
});
export type Group = z.infer<typeof Group>;

export const CreateGroup = z
  .strictObject({
    name: Name,
    description: Description.nullish().transform((text) => text ?? null),
    device_ids: members.default([]),
    selector: Selector.nullish().transform((text) => text ?? null),
  })
  .refine((group) => group.selector === null || group.device_ids.length === 0, {
    path: ['device_ids'],
    message: 'a group has members by hand or a selector, not both',
  });

export const UpdateGroup = z.strictObject({
  name: Name.optional(),
  description: Description.nullable().optional(),
  selector: Selector.optional(),
});
export const GroupMembers = z.strictObject({ device_ids: members.min(1, 'name at least one device') });
