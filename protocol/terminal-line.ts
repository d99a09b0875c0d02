/**
 * Reads one line of terminal output: what of it is text that shows, and what are escape sequences. Search on the server and the
 * view in the browser read lines with this, so that what is found is what one sees.
 * A hand-written scanner, so that hostile input costs time in proportion to its length and nothing more.
 */

export type LineSink = {
  text: (piece: string) => void;
  /** Parameters of a sequence that sets colors and the like ("1;38;5;208"). */
  style: (parameters: string) => void;
  /** What follows replaces the line, as in a progress bar. */
  carriageReturn: () => void;
};

const ESC = 0x1b;
const CSI = 0x9b;
const TAB = 0x09;
const RETURN = 0x0d;
const BELL = 0x07;
const STRING_END = 0x9c;

const isControl = (code: number) => (code < 0x20 && code !== TAB) || (code >= 0x7f && code <= 0x9f);
/** Characters that turn the direction of text: output could otherwise show something else than it says. */
const turnsDirection = (code: number) => (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
const needsCare = (code: number) => isControl(code) || turnsDirection(code);

const firstSpecial = (raw: string, from: number): number => {
  let index = from;
  while (index < raw.length && !needsCare(raw.charCodeAt(index))) index++;
  return index;
};

type Escape = { next: number; style: string | null };

/** Where the control sequence whose parameters start at `from` ends, and its parameters if it sets the style. */
const readControlSequence = (raw: string, from: number): Escape => {
  let index = from;
  while (index < raw.length) {
    const code = raw.charCodeAt(index);
    if (code >= 0x40 && code <= 0x7e)
      return { next: index + 1, style: raw.charAt(index) === 'm' ? raw.slice(from, index) : null };
    // Not a part of any sequence: it was cut short, and what follows is text again.
    if (code < 0x20 || code > 0x7e) return { next: index, style: null };
    index++;
  }
  return { next: index, style: null };
};

/** Operating-system commands and their kin run up to BEL or ST; without an end the line's rest belongs to them. */
const skipString = (raw: string, from: number): number => {
  for (let index = from; index < raw.length; index++) {
    const code = raw.charCodeAt(index);
    if (code === BELL || code === STRING_END) return index + 1;
    if (code === ESC) return raw.charAt(index + 1) === '\\' ? index + 2 : index;
  }
  return raw.length;
};

const readEscape = (raw: string, at: number): Escape => {
  if (raw.charCodeAt(at) === CSI) return readControlSequence(raw, at + 1);
  const kind = raw.charAt(at + 1);
  if (kind === '[') return readControlSequence(raw, at + 2);
  if (kind !== '' && ']PX^_'.includes(kind)) return { next: skipString(raw, at + 2), style: null };
  let index = at + 1;
  while (index < raw.length && raw.charCodeAt(index) >= 0x20 && raw.charCodeAt(index) <= 0x2f) index++;
  const final = raw.charCodeAt(index);
  return { next: final >= 0x30 && final <= 0x7e ? index + 1 : index, style: null };
};

export const readTerminalLine = (raw: string, sink: LineSink): void => {
  let index = 0;
  while (index < raw.length) {
    const special = firstSpecial(raw, index);
    if (special > index) sink.text(raw.slice(index, special));
    index = special;
    if (index >= raw.length) return;
    const code = raw.charCodeAt(index);
    if (code === ESC || code === CSI) {
      const { next, style } = readEscape(raw, index);
      if (style !== null) sink.style(style);
      index = next;
      continue;
    }
    if (turnsDirection(code)) sink.text('\ufffd');
    else if (code === RETURN) sink.carriageReturn();
    index++;
  }
};

/** The text that a line shows. */
export const shownText = (raw: string): string => {
  if (firstSpecial(raw, 0) === raw.length) return raw;
  let text = '';
  let returned = false;
  readTerminalLine(raw, {
    text: (piece) => {
      text = returned ? piece : text + piece;
      returned = false;
    },
    style: () => {},
    carriageReturn: () => {
      returned = true;
    },
  });
  return text;
};
