import { describe, expect, it } from 'vitest';
import { makeFakePrograms } from '../test/fake-programs.ts';
import { runAdapter } from '../test/run-adapter.ts';
import { brewManager, parseBrewInstalled } from './brew.ts';

const missing = 'exit 1';

describe('brew', () => {
  const start = () => makeFakePrograms(['brew']);
  const asUser = { machine: { uid: 501 } };

  it('installs without questions and without an update of itself', async () => {
    const fake = start();
    fake.answer('brew list --versions demo', missing, 'echo demo 1.2');
    fake.answer('brew install demo', 'echo "$NONINTERACTIVE $HOMEBREW_NO_AUTO_UPDATE"');
    const { outcome, text } = await runAdapter('brew', fake, {}, asUser);
    expect(outcome).toMatchObject({ outcome: 'completed', reason: 'ok', message: 'installed demo 1.2' });
    expect(text('stdout')).toBe('1 1\n');
  });

  it('names a version as part of the formula', async () => {
    const fake = start();
    fake.answer('brew list --versions demo@18', missing, 'echo demo@18 18.20.4');
    fake.answer('brew install demo@18', 'true');
    expect((await runAdapter('brew', fake, { version: '18' }, asUser)).outcome).toMatchObject({
      message: 'installed demo@18 18.20.4',
    });
  });

  it('does nothing when it is installed', async () => {
    const fake = start();
    fake.answer('brew list --versions demo', 'echo demo 1.2');
    expect((await runAdapter('brew', fake, {}, asUser)).outcome.reason).toBe('already_installed');
  });

  it('waits for another brew, and updates its lists when they do not hold it', async () => {
    const fake = start();
    const locked =
      'echo "Error: A \\`brew install x\\` process has already locked /opt/homebrew/Cellar/x." >&2; exit 1';
    fake.answer('brew list --versions demo', missing, 'echo demo 1.2');
    fake.answer('brew install demo', locked, 'echo "Error: No formulae or casks found for demo." >&2; exit 1', 'true');
    fake.answer('brew update --quiet', 'true');
    expect((await runAdapter('brew', fake, {}, asUser)).outcome.reason).toBe('ok');
    expect(fake.calls().filter((line) => line === 'brew install demo')).toHaveLength(3);
  });

  it('removes', async () => {
    const fake = start();
    fake.answer('brew list --versions demo', 'echo demo 1.2');
    fake.answer('brew uninstall --zap demo', 'true');
    const action = { operation: 'uninstall', install_args: ['--zap', '--quiet'] } as const;
    expect(
      (await runAdapter('brew', fake, { ...action, install_args: [...action.install_args] }, asUser)).outcome,
    ).toMatchObject({
      message: 'removed demo',
    });
  });

  // Here the programs belong to root, who may run them as itself.
  it.skipIf(process.getuid?.() !== 0)('a root agent runs a brew that belongs to root as itself', async () => {
    const fake = start();
    fake.answer('brew list --versions demo', missing, 'echo demo 1');
    fake.answer('brew install demo', 'id -un');
    expect((await runAdapter('brew', fake)).text('stdout')).toBe('root\n');
  });

  it.skipIf(process.getuid?.() !== 0)('a root agent runs it as the user whom it belongs to', async () => {
    const fake = start();
    const { chmodSync, chownSync } = await import('node:fs');
    const { dirname } = await import('node:path');
    const bin = fake.path.split(':')[0] ?? '';
    chownSync(`${bin}/brew`, 65_534, 65_534);
    for (const folder of [bin, dirname(bin)]) chmodSync(folder, 0o777);
    fake.answer('brew list --versions demo', missing, 'echo demo 1');
    fake.answer('brew install demo', 'id -un; echo "$USER"');
    expect((await runAdapter('brew', fake)).text('stdout')).toBe('nobody\nnobody\n');
  });

  it.each([
    ['demo 1.2\n', ['1.2']],
    ['demo 1.2 1.1\n', ['1.2', '1.1']],
    ['', []],
  ])('of %j these are installed: %j', (text, versions) => {
    expect(parseBrewInstalled(text)).toEqual(versions);
  });

  it.each(['--cask', 'user/tap/demo x', '../x'])('%s is no name', (name) => {
    expect(brewManager.nameProblem?.(name)).toContain(name);
  });
});
