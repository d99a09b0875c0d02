/** What another user may do, from the bits of a folder; for jobs that do not run as the agent's own user. */
import type { JobUser } from '../../policy/run-as.ts';

export type Owned = { uid: number; gid: number; mode: number };

/** May the user make, rename and remove entries in this folder? Access lists are not looked at: they may allow more. */
export const mayChangeFolder = (folder: Owned, user: Pick<JobUser, 'uid' | 'gid' | 'groups'>): boolean => {
  if (user.uid === 0) return true;
  if (folder.uid === user.uid) return (folder.mode & 0o300) === 0o300;
  const inGroup = folder.gid === user.gid || user.groups.includes(folder.gid);
  return inGroup ? (folder.mode & 0o030) === 0o030 : (folder.mode & 0o003) === 0o003;
};

/** In a sticky folder such as /tmp only the owner of an entry, or of the folder, may replace it. */
export const mayReplaceEntry = (folder: Owned, entry: Owned, user: Pick<JobUser, 'uid'>): boolean =>
  user.uid === 0 || (folder.mode & 0o1000) === 0 || folder.uid === user.uid || entry.uid === user.uid;
