import { expect, test } from 'vitest';
import { CreateGroup, UpdateGroup } from '#protocol/http/groups.ts';
import { DeviceId } from '#protocol/ids.ts';
import { groupChange, newGroup } from './group-draft.ts';

const device = DeviceId.parse(`dev_${'0'.repeat(26)}`);
const draft = { name: 'Web', description: '  ', kind: 'members' as const, selector: 'role=web' };

test('a group by hand takes its devices and leaves the selector that was typed before', () => {
  const body = newGroup(draft, [device]);
  expect(body).toEqual({ name: 'Web', description: null, device_ids: [device] });
  expect(CreateGroup.safeParse(body).success).toBe(true);
});

test('a group by labels leaves the devices that were chosen before', () => {
  const body = newGroup({ ...draft, kind: 'selector' }, [device]);
  expect(body).toEqual({ name: 'Web', description: null, selector: 'role=web' });
  expect(CreateGroup.safeParse(body).success).toBe(true);
});

test('a change sends a selector only for a group that has one', () => {
  expect(UpdateGroup.parse(groupChange(draft))).toEqual({ name: 'Web', description: null });
  expect(UpdateGroup.parse(groupChange({ ...draft, kind: 'selector' })).selector).toBe('role=web');
});
