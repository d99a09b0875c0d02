/** The ways in which a secret's value shows up in output: as it is, and as programs commonly write it. Pure. */
import { MIN_SECRET_CHARACTERS } from '#protocol/environment.ts';

/** A line of a key or a certificate is a secret; a brace or a word of a larger text is not. */
const MIN_LINE_CHARACTERS = 8;

/** Fewer characters of base64 say too little to be looked for. */
const MIN_BASE64_CHARACTERS = 8;

const linesOf = (value: string): string[] =>
  value
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line.length >= MIN_LINE_CHARACTERS);

/**
 * What of the base64 of any text that holds the value depends on the value alone: three beginnings, because three bytes make four
 * characters and the value may begin at any of the three. Padding and what shares a character with other bytes are left out.
 */
const base64Of = (value: string): string[] => {
  const bytes = Buffer.from(value);
  return [0, 1, 2].flatMap((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    const whole = text.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6));
    const forUrls = whole.replaceAll('+', '-').replaceAll('/', '_');
    return whole.length < MIN_BASE64_CHARACTERS ? [] : [whole, forUrls];
  });
};

const percentOf = (value: string): string[] => {
  const text = encodeURIComponent(value);
  return [text, text.replaceAll('%20', '+'), text.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())];
};

const jsonOf = (value: string): string => JSON.stringify(value).slice(1, -1);

export const secretForms = (given: string): string[] => {
  // A process writes no half characters.
  const value = given.toWellFormed();
  const core = value.trim();
  if (core.length < MIN_SECRET_CHARACTERS) return [];
  const forms = [value, core, ...linesOf(value), ...base64Of(core), ...percentOf(core), jsonOf(core)];
  return [...new Set(forms)];
};
