import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeMask } from './mask.ts';
import { secretForms } from './secret-forms.ts';

/** What masking is, without a stream: everything that any form covers, touching parts as one. */
const expected = (text: string, secrets: readonly string[]): string => {
  const hidden = new Array<boolean>(text.length).fill(false);
  for (const form of secrets.flatMap(secretForms))
    for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1)) hidden.fill(true, at, at + form.length);
  let out = '';
  for (let index = 0; index < text.length; index++) {
    if (!hidden[index]) out += text.charAt(index);
    else if (index === 0 || !hidden[index - 1]) out += '***';
  }
  return out;
};

const masked = (secrets: readonly string[], pieces: readonly string[]): string => {
  let out = '';
  const stream = makeMask(secrets)?.stream((text) => {
    out += text;
  });
  if (stream === undefined) return pieces.join('');
  for (const piece of pieces) stream.write(piece);
  stream.end();
  return out;
};

const cut = (text: string, at: readonly number[]): string[] => {
  const places = [...new Set(at.map((place) => place % (text.length + 1)))].sort((left, right) => left - right);
  return [...places, text.length].map((end, index) => text.slice(places[index - 1] ?? 0, end));
};

/** Few letters, so that secrets overlap each other and themselves, and beginnings of them are everywhere. */
const alphabet = fc.constantFrom('a', 'b', ' ', 'é', '🔑', '\n');
const word = (bounds: { minLength: number; maxLength: number }) => fc.string({ unit: alphabet, ...bounds });
const secrets = fc.array(word({ minLength: 4, maxLength: 8 }), { minLength: 1, maxLength: 4 });

const cases = secrets.chain((given) =>
  fc.record({
    given: fc.constant(given),
    text: fc
      .array(fc.oneof(fc.constantFrom(...given), word({ minLength: 0, maxLength: 6 })), { maxLength: 8 })
      .map((parts) => parts.join('')),
    at: fc.array(fc.nat(), { maxLength: 12 }),
  }),
);

describe('LOG9 secrets in output', () => {
  it('are replaced however the text is split, and nothing else is altered', () => {
    fc.assert(
      fc.property(cases, ({ given, text, at }) => {
        expect(masked(given, cut(text, at))).toBe(expected(text, given));
      }),
      { numRuns: 2000 },
    );
  });

  it('do not come through, however the text is split', () => {
    fc.assert(
      fc.property(cases, ({ given, text, at }) => {
        const out = masked(given, cut(text, at));
        for (const form of given.flatMap(secretForms)) expect(out.includes(form)).toBe(false);
      }),
    );
  });

  it.each([
    ['one', ['hunter2'], 'the password is hunter2!', 'the password is ***!'],
    ['one that touches itself', ['abab'], 'ababab', '***'],
    ['overlapping ones', ['secret-one', 'one-secret'], 'x secret-one-secret y', 'x *** y'],
    ['one within another', ['cret', 'secret!'], 'secret! cret', '*** ***'],
    ['a beginning only', ['hunter2'], 'hunter hunte', 'hunter hunte'],
    ['a secret that was trimmed', [' hunter2\n'], 'is hunter2.', 'is ***.'],
    ['lines of a key', ['-----BEGIN-----\nMIIEpAIBAAK\n-----END-----'], 'read MIIEpAIBAAK', 'read ***'],
    ['a secret in JSON', ['say "hi"\nthere'], '{"k":"say \\"hi\\"\\nthere"}', '{"k":"***"}'],
    ['a secret in a URL', ['p@ss w/rd'], 'a?p=p%40ss%20w%2Frd&q=p%40ss+w%2Frd', 'a?p=***&q=***'],
    ['nothing for a word that is too short', ['ab'], 'ab ab', 'ab ab'],
  ])('%s', (_what, given, text, result) => {
    expect(masked(given, [text])).toBe(result);
    expect(masked(given, [...text])).toBe(result);
    expect(makeMask(given)?.text(text) ?? text).toBe(result);
  });

  it('are found in base64 at any place of the text that was encoded', () => {
    const secret = 'hunter2-Ünïcode?>';
    for (const before of ['', 'u', 'us', 'user:'])
      for (const after of ['', '\n', '!!', 'more'])
        for (const encoding of ['base64', 'base64url'] as const) {
          const text = Buffer.from(before + secret + after).toString(encoding);
          const out = masked([secret], [`Basic ${text} end`]);
          expect(out).toMatch(/^Basic .{0,8}\*\*\*.{0,10} end$/);
          expect(Buffer.from(out.slice(6, -4), encoding).toString()).not.toContain(secret.slice(1, -1));
        }
  });
});

describe('output that stops in the middle', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const typed = (secret: string) => {
    let out = '';
    const stream = makeMask([secret])?.stream((text) => {
      out += text;
    }, 100);
    if (stream === undefined) throw new Error('there is a secret');
    return { stream, out: () => out };
  };

  it('shows a prompt after a moment, although it ends like a secret begins', () => {
    const { stream, out } = typed(': hunter2');
    stream.write('Password: ');
    expect(out()).toBe('Password');
    vi.advanceTimersByTime(100);
    expect(out()).toBe('Password: ');
    stream.write('hunter2\n');
    expect(out()).toBe('Password: ***\n');
  });

  it('lets no secret through, whenever it stops, and loses nothing else', () => {
    fc.assert(
      fc.property(cases, ({ given, text, at }) => {
        let out = '';
        const stream = makeMask(given)?.stream((part) => {
          out += part;
        }, 100);
        if (stream === undefined) return;
        for (const piece of cut(text, at)) {
          stream.write(piece);
          vi.advanceTimersByTime(100);
        }
        stream.end();
        const forms = given.flatMap(secretForms);
        for (const form of forms) expect(out.includes(form)).toBe(false);
        if (!forms.some((form) => text.includes(form))) expect(out).toBe(text);
        if (forms.every((form) => !text.slice(-form.length - 4).includes(form))) expect(out.at(-1)).toBe(text.at(-1));
      }),
      { numRuns: 500 },
    );
  });

  it('shows no more than three characters of a secret that comes slowly', () => {
    const { stream, out } = typed('hunter2-hunter2');
    for (const character of 'hunter2-hunter2') {
      stream.write(character);
      vi.advanceTimersByTime(1000);
    }
    stream.write(' done');
    stream.end();
    expect(out()).toBe('hun*** done');
  });

  it('holds the beginning of a secret back for as long as it may go on, and shows it at the end', () => {
    const { stream, out } = typed('hunter2');
    stream.write('hunte');
    vi.advanceTimersByTime(60_000);
    expect(out()).toBe('');
    stream.end();
    expect(out()).toBe('hunte');
  });
});

it('a job without secrets has no mask', () => {
  expect(makeMask([])).toBeNull();
  expect(makeMask(['', '   '])).toBeNull();
});
