/** One large file to one and to many hosts, beside nginx serving the same bytes to the same download code. */
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { File, StartedUpload } from '#protocol/http/files.ts';
import { freePort } from '#test-support/whole-system/free-port.ts';
import { atLeast, type Benchmark, type Context, type Figure, figure } from '../benchmark.ts';
import { deploy } from '../deploy.ts';
import { median, now } from '../measure.ts';
import { haveNginx, type Nginx, startNginx } from '../nginx.ts';

const CLIENTS: readonly number[] = [1, 20];
/** In turn, so that a slow moment of the machine meets both sides. */
const ROUNDS = 5;
const MEGABYTE = 1_000_000;

const upload = async ({ system }: Context, content: Uint8Array, sha256: string): Promise<File> => {
  const order = { filename: 'measured.bin', size: content.byteLength };
  const { upload_id, part_size, parts } = await system.api.post('/files/uploads', order, StartedUpload);
  for (let part = 0; part < parts; part++)
    await system.api.put(
      `/files/uploads/${upload_id}/parts/${part + 1}`,
      content.subarray(part * part_size, (part + 1) * part_size),
    );
  return system.api.post(`/files/uploads/${upload_id}/complete`, { sha256 }, File);
};

const deployFile = async (context: Context, file: File, clients: number): Promise<number> => {
  const devices = context.fleet
    .members()
    .slice(0, clients)
    .map((member) => member.device_id);
  const action = { kind: 'files', file_ids: [file.id], destination: '/srv/measured/' };
  const { postedAt, endedAt } = await deploy(context, action, devices);
  return endedAt - postedAt;
};

type Rounds = { ours: number[]; theirs: number[] };

const compare = async (context: Context, file: File, nginx: Nginx | null, clients: number): Promise<Rounds> => {
  const rounds: Rounds = { ours: [], theirs: [] };
  // The first round opens connections and fills caches on both sides.
  for (let round = 0; round <= ROUNDS; round++) {
    const ours = await deployFile(context, file, clients);
    const theirs = nginx === null ? null : await context.fleet.download(nginx.url, file.sha256, clients);
    const beside = theirs === null ? '' : `, nginx ${theirs.toFixed(0)} ms`;
    context.say(`${clients} × ${file.size / MEGABYTE} MB: ${ours.toFixed(0)} ms${beside}`);
    if (round === 0) continue;
    rounds.ours.push(ours);
    if (theirs !== null) rounds.theirs.push(theirs);
  }
  return rounds;
};

const figuresOf = ({ ours, theirs }: Rounds, clients: number, bytes: number): Figure[] => {
  const name = `${clients} ${clients === 1 ? 'client' : 'clients'}`;
  const speed = (elapsed: readonly number[]): number => (clients * bytes) / MEGABYTE / (median(elapsed) / 1000);
  const own = figure(`${name}: deployed, all together`, speed(ours), 'MB/s');
  if (theirs.length === 0) return [own];
  // Round by round: both halves of a round meet the same machine.
  const ratios = theirs.map((elapsed, round) => elapsed / (ours[round] ?? Number.NaN));
  return [
    own,
    figure(`${name}: from nginx, all together`, speed(theirs), 'MB/s'),
    { ...figure(`${name}: speed in that of nginx`, median(ratios), '×', atLeast(0.5)), samples: ROUNDS },
  ];
};

const run = async (context: Context): Promise<Figure[]> => {
  const content = randomBytes(context.options.fileMegabytes * MEGABYTE);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const startedAt = now();
  const file = await upload(context, content, sha256);
  const uploaded = content.byteLength / MEGABYTE / ((now() - startedAt) / 1000);
  await context.fleet.openDownloaders(Math.max(...CLIENTS));
  if (!haveNginx())
    context.say('SKIPPED: the comparison with nginx, which is not installed and cannot be by this user');
  const nginx = haveNginx() ? await startNginx(join(context.directory, 'nginx'), await freePort(), content) : null;
  const figures = [figure('upload in parts', uploaded, 'MB/s')];
  for (const clients of CLIENTS)
    figures.push(...figuresOf(await compare(context, file, nginx, clients), clients, content.byteLength));
  await nginx?.stop();
  return figures;
};

export const files: Benchmark = { name: 'files', agents: () => Math.max(...CLIENTS), fresh: false, run };
