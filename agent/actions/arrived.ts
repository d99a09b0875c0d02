/** A file that a download brought, whole and verified, in the job's own folder. */
export type Arrived = { path: string; size: number; sha256: string };
