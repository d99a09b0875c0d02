import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { KERNEL_ENDS_ORPHANS, spawnTied, stopProcess } from './tied-process.ts';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test.runIf(KERNEL_ENDS_ORPHANS)(
  'a process ends with the one that started it, also when that is killed outright',
  async () => {
    const module = join(import.meta.dirname, 'tied-process.ts');
    const program = `
    const { spawnTied } = await import(${JSON.stringify(module)});
    console.log(spawnTied({ command: 'sleep', args: ['60'] }).pid);
    setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(parent.stdout, 'data');
    const pid = Number(line);
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 5_000 });
  },
);

test('messages pass between a process and the one that started it', async () => {
  const program = "process.on('message', (text) => { process.send(text + '!'); process.disconnect(); });";
  const child = spawnTied({ command: process.execPath, args: ['-e', program], channel: true });
  child.send('hello');
  const [answer] = await once(child, 'message');
  expect(answer).toBe('hello!');
  await stopProcess(child, 1_000);
});

test('stopping a process that is gone, or never was there, ends at once', async () => {
  const child = spawnTied({ command: process.execPath, args: ['-e', ''] });
  await once(child, 'exit');
  await stopProcess(child, 60_000);
  const never = spawn('/nowhere/to/be/found');
  never.on('error', () => {});
  await stopProcess(never, 60_000);
});
