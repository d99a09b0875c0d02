import { describe, expect, it } from 'vitest';
import { LoadUntil } from './load-until.ts';

describe('loading until there is enough', () => {
  const pages = (count: number) => {
    let loaded = 0;
    let steps = 0;
    const loader = new LoadUntil(
      () => loaded,
      async () => {
        steps++;
        await Promise.resolve();
        if (loaded >= count) return false;
        loaded += 10;
        return true;
      },
    );
    return { loader, loaded: () => loaded, steps: () => steps };
  };

  it('asks for each page once, however often it is called meanwhile', async () => {
    const { loader, loaded, steps } = pages(1000);
    const first = loader.want(55);
    for (let call = 0; call < 20; call++) void loader.want(30);
    await first;
    expect([loaded(), steps()]).toEqual([60, 6]);
  });

  it('goes on as far as the furthest call wants', async () => {
    const { loader, loaded } = pages(1000);
    const first = loader.want(10);
    void loader.want(200);
    await first;
    expect(loaded()).toBe(200);
  });

  it('ends where there is nothing more, and can be asked again', async () => {
    const { loader, loaded, steps } = pages(20);
    await loader.want(100);
    await loader.want(100);
    expect([loaded(), steps()]).toEqual([20, 4]);
  });
});
