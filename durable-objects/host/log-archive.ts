/** Output that is in R2 alone: its host has forgotten the job, or was removed. */
import { type LogFrame, parseSegment, readSegmentMetadata, type SegmentIndex } from './log-segment.ts';

const offsetOf = (key: string): number => Number(/(\d+)\.ndjson$/.exec(key)?.[1] ?? 0);

/** Frames from the segment that holds `offset` on. A prefix lists its segments in order of their offsets. */
export async function* archivedFrames(bucket: R2Bucket, prefix: string, offset: number): AsyncGenerator<LogFrame[]> {
  const keys = (await listObjects(bucket, prefix)).map((object) => object.key);
  for (const [index, key] of keys.entries()) {
    const next = keys[index + 1];
    if (next !== undefined && offsetOf(next) <= offset) continue;
    yield await readSegment(bucket, key);
  }
}

/** Throws when the segment is gone: a log must not look whole when it is not. */
export const readSegment = async (bucket: R2Bucket, key: string): Promise<LogFrame[]> => {
  const object = await bucket.get(key);
  if (object === null) throw new Error('a segment of the log is missing');
  return parseSegment(await object.text());
};

export type ArchivedSegment = SegmentIndex & { key: string };

/** Which lines are in which segment, without reading any. */
export const archiveIndex = async (bucket: R2Bucket, prefix: string): Promise<ArchivedSegment[]> =>
  (await listObjects(bucket, prefix)).map(({ key, customMetadata }) => ({
    key,
    ...readSegmentMetadata(customMetadata),
  }));

const listObjects = async (bucket: R2Bucket, prefix: string): Promise<R2Object[]> => {
  const objects: R2Object[] = [];
  let cursor: string | undefined;
  do {
    const page: R2Objects = await bucket.list({
      prefix,
      include: ['customMetadata'],
      ...(cursor === undefined ? {} : { cursor }),
    });
    objects.push(...page.objects);
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  return objects;
};
