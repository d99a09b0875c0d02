import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_AGENT_FRAME_BYTES } from '../limits.ts';
import { encodeToAgent, encodeToServer, parseToAgent, parseToServer } from './frames.ts';
import { ToAgent } from './to-agent.ts';
import { ToServer } from './to-server.ts';

const folder = new URL('../golden/', import.meta.url);
const golden = (file: string): string => readFileSync(new URL(file, folder), 'utf8').trimEnd();
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));

const typesOf = (options: readonly { shape: { type: { value: string } } }[]): string[] =>
  options.map((option) => option.shape.type.value);
const toServer = new Set(typesOf(ToServer.options));
const toAgent = new Set(typesOf(ToAgent.options));

/** `job.offer.files.json` is a second example of `job.offer`. */
const typeOf = (file: string): string => {
  const name = file.replace(/\.json$/, '');
  return [...toServer, ...toAgent].find((type) => name === type || name.startsWith(`${type}.`)) ?? name;
};

describe('golden frames', () => {
  it('there is one for each message', () => {
    expect(new Set(files.map(typeOf))).toEqual(new Set([...toServer, ...toAgent]));
  });

  for (const file of files)
    it(`${file} is read and written byte for byte`, () => {
      const text = golden(file);
      const frame = toServer.has(typeOf(file)) ? parseToServer(text) : parseToAgent(text);
      if (!frame.ok) throw new Error(frame.error);
      const message = frame.message;
      const again = toServer.has(typeOf(file))
        ? encodeToServer(ToServer.parse(message))
        : encodeToAgent(ToAgent.parse(message));
      expect(again).toBe(text);
    });
});

describe('BAD1 a bad frame is refused with the name of the field', () => {
  const hello = JSON.parse(golden('hello.json'));
  const result = JSON.parse(golden('job.result.json'));
  const cases: [string, unknown, RegExp][] = [
    ['an unknown type', { type: 'job.surprise' }, /^type: /],
    ['no type', {}, /^type: /],
    ['a list', [], /^\(message\): /],
    ['null', null, /^\(message\): /],
    ['a missing field', { ...result, outcome: undefined }, /^outcome: /],
    [
      'another team’s kind of id',
      { ...result, target_id: 'dep_01m7yasn4xxcc4sv78gmxghdfy' },
      /^target_id: must be an id that starts with tgt_/,
    ],
    ['a path for an id', { ...result, target_id: '../../etc/passwd' }, /^target_id: /],
    ['attempt 0', { ...result, attempt: 0 }, /^attempt: /],
    ['a message that is too long', { ...result, message: 'x'.repeat(501) }, /^message: /],
    [
      'a negative offset',
      { type: 'job.log', target_id: result.target_id, offset: -1, pieces: [{ stream: 'stdout', text: 'x' }] },
      /^offset: /,
    ],
    [
      'an unknown stream',
      { type: 'job.log', target_id: result.target_id, offset: 0, pieces: [{ stream: 'stdin', text: 'x' }] },
      /^pieces\.0\.stream: /,
    ],
    ['a device key with a slash', { ...hello, devices: [{ ...hello.devices[0], key: 'a/b' }] }, /^devices\.0\.key: /],
    ['too many devices', { ...hello, devices: Array.from({ length: 257 }, () => hello.devices[0]) }, /^devices: /],
  ];
  for (const [name, value, expected] of cases)
    it(name, () => {
      const frame = parseToServer(JSON.stringify(value));
      expect(frame.ok ? 'accepted' : frame.error).toMatch(expected);
    });

  it('what is no JSON, and what is too large', () => {
    expect(parseToServer('{"type":')).toEqual({ ok: false, error: 'frame is not JSON' });
    expect(parseToServer(`"${'x'.repeat(MAX_AGENT_FRAME_BYTES)}"`)).toMatchObject({
      ok: false,
      error: expect.stringContaining('larger'),
    });
  });

  it('any text is answered with a value and never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.json()),
        (text) => typeof parseToServer(text).ok === 'boolean' && typeof parseToAgent(text).ok === 'boolean',
      ),
    );
  });
});

describe('BAD2 unknown fields', () => {
  it('are ignored, so that versions can add some', () => {
    const frame = parseToServer(JSON.stringify({ ...JSON.parse(golden('job.result.json')), mood: 'good' }));
    expect(frame.ok && 'mood' in frame.message).toBe(false);
    expect(frame.ok).toBe(true);
  });
});
