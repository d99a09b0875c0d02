/** A group as it is in the form, and the bodies that it becomes. */
import type { DeviceId } from '#protocol/ids.ts';

export type GroupKind = 'members' | 'selector';
export type GroupDraft = { name: string; description: string; kind: GroupKind; selector: string };

const textOrNull = (text: string): string | null => (text.trim() === '' ? null : text);

export const newGroup = (draft: GroupDraft, deviceIds: DeviceId[]) => ({
  name: draft.name,
  description: textOrNull(draft.description),
  ...(draft.kind === 'selector' ? { selector: draft.selector } : { device_ids: deviceIds }),
});

export const groupChange = (draft: GroupDraft) => ({
  name: draft.name,
  description: textOrNull(draft.description),
  ...(draft.kind === 'selector' ? { selector: draft.selector } : {}),
});
