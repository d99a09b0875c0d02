/**
 * Debian's cron as the measure of how late a job may start. It runs in a mount namespace of its own, with tables of its own in the
 * place of the machine's: nothing of the machine's starts because of it, and nothing of it stays.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnTied, stopProcess } from '#standalone/tied-process.ts';

const CRON = '/usr/sbin/cron';
const UNSHARE = '/usr/bin/unshare';
const MINUTE_MS = 60_000;
/** It ends at once when it is told to. */
const STOP_WITHIN_MS = 5000;
/** A daemon that starts this late in a minute may miss the next one. */
const START_BEFORE_END_MS = 5000;
/** Jobs of one minute have all started by then. */
const ALL_STARTED_MS = 20_000;

/** Only the administrator may mount. */
export const haveCron = (): boolean => process.getuid?.() === 0 && existsSync(CRON) && existsSync(UNSHARE);

/** `/run` as well: the daemon's lock is there, and the machine may have one that runs. */
const IN_ITS_PLACE = `
mount --bind "$1/cron.d" /etc/cron.d && mount --bind "$1/crontab" /etc/crontab &&
mount --bind "$1/spool" /var/spool/cron/crontabs && mount --bind "$1/run" /run && exec ${CRON} -f`;

/** Each job writes to a file of its own when it starts. */
const tableOf = (directory: string, jobs: number): string =>
  Array.from(
    { length: jobs },
    (_, index) => `* * * * * root /bin/date +\\%s.\\%N >> ${directory}/started-${index}\n`,
  ).join('');

const prepare = async (directory: string, jobs: number): Promise<void> => {
  for (const folder of ['cron.d', 'spool', 'run']) await mkdir(join(directory, folder), { recursive: true });
  await writeFile(join(directory, 'crontab'), '');
  await writeFile(join(directory, 'cron.d/bench'), tableOf(directory, jobs), { mode: 0o644 });
};

/** Milliseconds after its minute, one for each start. */
const lateOf = (text: string): number[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (Number(line) * 1000) % MINUTE_MS);

/**
 * Runs one daemon with so many jobs a minute; answers how late they started, minute by minute. It starts at the given part of a second:
 * the daemon sleeps for whole seconds, so its jobs come as late in theirs.
 */
export const runCron = async (
  directory: string,
  { jobs, minutes, phaseMs }: { jobs: number; minutes: number; phaseMs: number },
): Promise<number[][]> => {
  await prepare(directory, jobs);
  const inMinute = Date.now() % MINUTE_MS;
  if (inMinute > MINUTE_MS - START_BEFORE_END_MS) await sleep(MINUTE_MS - inMinute + 1000);
  await sleep(1000 - (Date.now() % 1000) + phaseMs);
  const firstAt = Math.ceil(Date.now() / MINUTE_MS) * MINUTE_MS;
  const child = spawnTied({ command: UNSHARE, args: ['--mount', '/bin/sh', '-c', IN_ITS_PLACE, 'sh', directory] });
  try {
    await sleep(firstAt + (minutes - 1) * MINUTE_MS + ALL_STARTED_MS - Date.now());
    if (child.exitCode !== null) throw new Error('cron ended by itself');
  } finally {
    await stopProcess(child, STOP_WITHIN_MS);
  }
  const late = await Promise.all(
    Array.from({ length: jobs }, async (_, index) =>
      lateOf(await readFile(join(directory, `started-${index}`), 'utf8')),
    ),
  );
  const wrong = late.find((starts) => starts.length !== minutes);
  if (wrong !== undefined) throw new Error(`cron started a job ${wrong.length} times in ${minutes} minutes`);
  return Array.from({ length: minutes }, (_, minute) => late.map((starts) => starts[minute] ?? Number.NaN));
};
