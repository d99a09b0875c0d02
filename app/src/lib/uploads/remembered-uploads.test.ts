import { describe, expect, it } from 'vitest';
import { UploadId } from '#protocol/ids.ts';
import { RememberedUploads } from './remembered-uploads.ts';

const DAY_MS = 24 * 3600 * 1000;
const one = UploadId.parse('upl_01234567890123456789012345');
const two = UploadId.parse('upl_01234567890123456789012346');
const file = { name: 'app.bin', size: 50, lastModified: 7 };

const withStorage = (initial: string | null = null) => {
  const clock = { now: 0 };
  let text = initial;
  const storage = {
    getItem: () => text,
    setItem: (_key: string, value: string) => {
      text = value;
    },
  };
  return {
    clock,
    reload: () =>
      new RememberedUploads(
        () => storage,
        () => clock.now,
      ),
    text: () => text,
  };
};

describe('the upload of a file', () => {
  it('is found again after a reload', () => {
    const { reload } = withStorage();
    reload().keep(file, one);
    expect(reload().find(file)).toBe(one);
    expect(reload().has(one)).toBe(true);
  });

  it.each([
    ['name', { ...file, name: 'other.bin' }],
    ['length', { ...file, size: 51 }],
    ['time of its last change', { ...file, lastModified: 8 }],
  ])('is not taken for that of a file with another %s', (_what, other) => {
    const { reload } = withStorage();
    reload().keep(file, one);
    expect(reload().find(other)).toBeNull();
  });

  it('is the last that was begun for it', () => {
    const { reload } = withStorage();
    reload().keep(file, one);
    reload().keep(file, two);
    expect(reload().find(file)).toBe(two);
    expect(reload().has(one)).toBe(false);
  });

  it('is forgotten when it has ended, and a week later in any case', () => {
    const { reload, clock } = withStorage();
    reload().keep(file, one);
    reload().keep({ ...file, name: 'b' }, two);
    reload().forget(one);
    expect(reload().find(file)).toBeNull();
    clock.now = 8 * DAY_MS;
    expect(reload().has(two)).toBe(false);
  });

  it.each(['{', '{}', '[1]', '[{"name":"a"}]'])('is unknown, and no error, where the browser has kept %s', (text) => {
    const { reload } = withStorage(text);
    expect(reload().find(file)).toBeNull();
    reload().keep(file, one);
    expect(reload().find(file)).toBe(one);
  });

  it('is unknown, and no error, where the browser keeps nothing', () => {
    const refuse = () => {
      throw new Error('SecurityError');
    };
    const memory = new RememberedUploads(refuse, () => 0);
    memory.keep(file, one);
    expect(memory.find(file)).toBeNull();
  });

  it('of the oldest goes when there are too many', () => {
    const { reload, text } = withStorage();
    for (let index = 0; index < 105; index++) reload().keep({ ...file, name: `${index}` }, one);
    expect(reload().find({ ...file, name: '4' })).toBeNull();
    expect(reload().find({ ...file, name: '104' })).toBe(one);
    expect(JSON.parse(text() ?? '')).toHaveLength(100);
  });
});
