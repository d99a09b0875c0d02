/** Deployments in waves on six real agents: what stops them, what takes them back, and what a person decides on the way. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ActiveColors, CreatedDeployment, Deployment } from '#protocol/http/deployments.ts';
import { File as UploadedFile } from '#protocol/http/files.ts';
import { Group } from '#protocol/http/groups.ts';
import type { DeploymentId } from '#protocol/ids.ts';
import type { SpecInput } from '#protocol/spec.ts';
import { type Enrolled, World } from './support/world.ts';

const AGENTS = 6;
/** Longer than any wave of these tests takes on a busy machine. */
const WITHIN = { timeout: 30_000, interval: 50 };

let world: World;
let lab: Enrolled[];

const at = (index: number): Enrolled => {
  const one = lab[index];
  if (one === undefined) throw new Error('no such agent');
  return one;
};
/** Each agent's own folder: jobs know it as $HERE, file deployments as the agent's working directory. */
const folder = (index: number): string => join(world.directory, `here-${index}`);
const HERE = '/proc/self/cwd';

const devices = (...indices: number[]) => indices.map((index) => at(index).device.id);
const everyone = () => devices(...lab.keys());
const command = (text: string) => ({ kind: 'command' as const, command: text });

const read = (index: number, name: string): string | null => {
  const path = join(folder(index), name);
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
};
const readAll = (name: string): (string | null)[] => [...lab.keys()].map((index) => read(index, name));

const get = (id: DeploymentId): Promise<Deployment> => world.read(`/deployments/${id}`, Deployment);
const until = (id: DeploymentId, wanted: object): Promise<void> =>
  vi.waitFor(async () => expect(await get(id)).toMatchObject(wanted), WITHIN);
const tell = async (id: DeploymentId, word: 'pause' | 'resume' | 'promote'): Promise<void> => {
  const answer = await world.call('POST', `/deployments/${id}/${word}`);
  expect(answer.status, await answer.text()).toBe(200);
};

const upload = async (filename: string, text: string): Promise<UploadedFile> => {
  const form = new FormData();
  form.append('file', new Blob([text]), filename);
  const response = await fetch(`${world.system.url}/api/files`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.system.token}` },
    body: form,
  });
  expect(response.status).toBe(201);
  return UploadedFile.parse(await response.json());
};

beforeAll(async () => {
  world = await World.start();
  lab = [];
  for (let index = 0; index < AGENTS; index++) {
    const agentFile = { policy: { env: { HERE: folder(index) } } };
    lab.push(await world.enroll(`lab-${index}`, agentFile, { workingDirectory: folder(index) }));
  }
});
afterAll(() => world.stop());

describe('a canary', () => {
  it('that fails stops the deployment: the others are skipped, nothing ran there, and it says why', async () => {
    writeFileSync(join(folder(1), 'sick'), '');
    const id = await world.deploy({
      action: command('echo ran >> "$HERE/canary"; test ! -e "$HERE/sick"'),
      device_ids: everyone(),
      strategy: { type: 'canary', canary_size: 2 },
    });
    const progress = await world.untilEnded(id);
    expect(progress).toMatchObject({ status: 'partial', completed: 1, failed: 1, skipped: 4 });
    expect(await get(id)).toMatchObject({
      stop_reason: expect.stringMatching(/more than 0 failures/),
      rollback_id: null,
    });
    expect(readAll('canary')).toEqual(['ran\n', 'ran\n', null, null, null, null]);
  });

  it('that is well lets the others follow when a person has promoted it, and not before', async () => {
    const id = await world.deploy({
      action: command('echo ran >> "$HERE/promoted"'),
      device_ids: everyone(),
      strategy: { type: 'canary', canary_size: 1, promote: 'manual' },
    });
    await until(id, { completed: 1, pending: 5, gate: { kind: 'promotion' } });
    expect(readAll('promoted').filter((text) => text !== null)).toHaveLength(1);
    await tell(id, 'promote');
    expect(await world.untilEnded(id)).toMatchObject({ status: 'completed', completed: 6 });
    expect(readAll('promoted')).toEqual(lab.map(() => 'ran\n'));
  });
});

describe('a rolling deployment', () => {
  it('of files that fails beyond its budget stops, and takes every file back byte for byte', async () => {
    const former = (index: number): string => `the configuration of ${index}, as it was\n`;
    // On the third machine there is none yet; on the fourth a folder stands where the file should go.
    for (const index of [0, 1, 4, 5]) writeFileSync(join(folder(index), 'app.conf'), former(index));
    mkdirSync(join(folder(3), 'app.conf'));
    const file = await upload('app.conf', 'the new configuration\n');
    const id = await world.deploy({
      action: { kind: 'files', file_ids: [file.id], destination: `${HERE}/` },
      device_ids: everyone(),
      strategy: { type: 'rolling', batch_size: 2, max_failures: 0 },
      rollback_on_failure: true,
    });
    expect(await world.untilEnded(id)).toMatchObject({ status: 'partial', completed: 3, failed: 1, skipped: 2 });
    await until(id, { rollback_id: expect.any(String), stop_reason: expect.stringMatching(/more than 0 failures/) });
    const { rollback_id: child } = await get(id);
    if (child === null) throw new Error('it was rolled back');
    expect(await world.untilEnded(child)).toMatchObject({ status: 'completed', completed: 3, total_targets: 3 });
    expect(await get(child)).toMatchObject({ parent: { id, relation: 'rollback' } });
    for (const index of [0, 1, 4, 5]) expect(read(index, 'app.conf')).toBe(former(index));
    expect(read(2, 'app.conf')).toBeNull();
  });

  it('that is paused lets nothing further go until it is resumed', async () => {
    const id = await world.deploy({
      action: command('until test -e "$HERE/go"; do sleep 0.05; done; echo ran >> "$HERE/rolled"'),
      device_ids: everyone(),
      strategy: { type: 'rolling', batch_size: 2 },
      timeout_seconds: 60,
    });
    await until(id, { running: 2, pending: 4 });
    await tell(id, 'pause');
    for (const index of lab.keys()) writeFileSync(join(folder(index), 'go'), '');
    await until(id, { status: 'paused', completed: 2, pending: 4, running: 0 });
    expect(readAll('rolled').filter((text) => text !== null)).toHaveLength(2);
    await tell(id, 'resume');
    expect(await world.untilEnded(id)).toMatchObject({ status: 'completed', completed: 6 });
    expect(readAll('rolled')).toEqual(lab.map(() => 'ran\n'));
  });
});

describe('blue and green', () => {
  const group = async (name: string, ...indices: number[]): Promise<Group> =>
    world.post('/groups', { name, device_ids: devices(...indices) }, Group);

  it('the idle side is deployed and checked, a person promotes it, both sides switch; the next goes to the other', async () => {
    const [blue, green] = [await group('blue', 0, 1, 2), await group('green', 3, 4, 5)];
    const spec = (version: string): SpecInput => ({
      action: command(`echo ${version} > "$HERE/version"`),
      health_check: { type: 'command', command: 'test -s "$HERE/version"' },
      strategy: {
        type: 'blue_green',
        blue_group_id: blue.id,
        green_group_id: green.id,
        promote: 'manual',
        switch: { command: 'echo "$DEPLOYX_COLOR, $DEPLOYX_ACTIVE_COLOR serves" > "$HERE/serving"' },
      },
    });
    const active = async () => (await world.read('/blue-green', ActiveColors)).items.map((one) => one.active);
    const serving = (color: string) => lab.map((_, index) => `${index < 3 ? 'blue' : 'green'}, ${color} serves\n`);

    const first = await world.deploy(spec('one'));
    await until(first, { gate: { kind: 'promotion' }, completed: 3 });
    expect(readAll('version')).toEqual([null, null, null, 'one\n', 'one\n', 'one\n']);
    expect(readAll('serving')).toEqual(lab.map(() => null));
    expect(await active()).toEqual([]);
    await tell(first, 'promote');
    expect(await world.untilEnded(first)).toMatchObject({ status: 'completed', completed: 9 });
    expect(readAll('serving')).toEqual(serving('green'));
    await vi.waitFor(async () => expect(await active()).toEqual(['green']), WITHIN);

    const second = await world.deploy(spec('two'));
    await until(second, { gate: { kind: 'promotion' }, completed: 3 });
    expect(readAll('version')).toEqual(['two\n', 'two\n', 'two\n', 'one\n', 'one\n', 'one\n']);
    expect(readAll('serving')).toEqual(serving('green'));
    await tell(second, 'promote');
    expect(await world.untilEnded(second)).toMatchObject({ status: 'completed', completed: 9 });
    expect(readAll('serving')).toEqual(serving('blue'));
    await vi.waitFor(async () => expect(await active()).toEqual(['blue']), WITHIN);
  });
});

describe('a retry', () => {
  it('takes the targets that failed, and those alone', async () => {
    for (const index of [2, 4]) writeFileSync(join(folder(index), 'broken'), '');
    const id = await world.deploy({
      action: command('test ! -e "$HERE/broken" && echo ran >> "$HERE/retried"'),
      device_ids: everyone(),
    });
    expect(await world.untilEnded(id)).toMatchObject({ status: 'partial', completed: 4, failed: 2 });
    const again = 'rm -f "$HERE/broken"';
    expect(await world.run({ action: command(again), device_ids: devices(2, 4) })).toMatchObject({ completed: 2 });
    const { deployment_id: child } = await world.post(`/deployments/${id}/retry`, {}, CreatedDeployment);
    const progress = await world.untilEnded(child);
    expect(progress).toMatchObject({ status: 'completed', completed: 2, total_targets: 2 });
    expect(progress.targets.map(({ device_id }) => device_id).sort()).toEqual(devices(2, 4).sort());
    expect(await get(child)).toMatchObject({ parent: { id, relation: 'retry' } });
    expect(readAll('retried')).toEqual(lab.map(() => 'ran\n'));
  });
});

describe('a secret', () => {
  it('reaches the command, and neither the log nor any answer', async () => {
    const secret = 'correct-horse-battery-staple';
    const id = await world.deploy({
      action: {
        kind: 'command',
        command: [
          'echo "it is $PASSWORD."',
          // In two writes, as a program does whose buffer ends in the middle of it.
          'printf %s "$PASSWORD" | cut -c 1-9 | tr -d "\\n"; sleep 0.05; printf %s "$PASSWORD" | cut -c 10-',
          'printf %s "$PASSWORD" | sha256sum | cut -d " " -f 1 > "$HERE/hash"',
        ].join('; '),
        env: { PASSWORD: { secret: true, value: secret } },
      },
      device_ids: everyone(),
    });
    const progress = await world.untilEnded(id);
    expect(progress).toMatchObject({ status: 'completed', completed: 6 });
    for (const target of progress.targets) expect(await world.log(id, target.id)).toBe('it is ***.\n***\n');
    expect(readAll('hash')).toEqual(lab.map(() => `${createHash('sha256').update(secret).digest('hex')}\n`));
    const answers = [`/deployments/${id}`, `/deployments/${id}/progress`, '/deployments', '/audit'];
    for (const path of answers) expect(await (await world.call('GET', path)).text(), path).not.toContain(secret);
  });
});
