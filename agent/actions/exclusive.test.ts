import { describe, expect, it } from 'vitest';
import { exclusive } from './exclusive.ts';

const never = new AbortController().signal;
const turn = () => new Promise((resolve) => setImmediate(resolve));

const gate = () => {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
};

describe('exclusive', () => {
  it('work of one key comes one after the other, work of another beside it', async () => {
    const events: string[] = [];
    const first = gate();
    const work = (name: string, until: Promise<void>) => async () => {
      events.push(`${name} in`);
      await until;
      events.push(`${name} out`);
      return name;
    };
    const results = [
      exclusive('a', never, work('one', first.opened)),
      exclusive('a', never, work('two', Promise.resolve())),
      exclusive('b', never, work('other', Promise.resolve())),
    ];
    await turn();
    expect(events).toEqual(['one in', 'other in', 'other out']);
    first.open();
    expect(await Promise.all(results)).toEqual(['one', 'two', 'other']);
    expect(events.slice(3)).toEqual(['one out', 'two in', 'two out']);
  });

  it('an abort while waiting gives up at once, and whoever is behind still waits for the one before', async () => {
    const first = gate();
    const controller = new AbortController();
    const events: string[] = [];
    const one = exclusive('c', never, () => first.opened);
    const two = exclusive('c', controller.signal, async () => events.push('two'));
    const three = exclusive('c', never, async () => events.push('three'));
    controller.abort();
    expect(await two).toBeNull();
    await turn();
    expect(events).toEqual([]);
    first.open();
    await Promise.all([one, three]);
    expect(events).toEqual(['three']);
  });

  it('work that fails lets the next one in', async () => {
    const failing = exclusive('d', never, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(await exclusive('d', never, async () => 'next')).toBe('next');
  });
});
