/** How terminal text looks, and how SGR parameters ("1;38;5;208") change that. */

export type Color = { kind: 'palette'; index: number } | { kind: 'rgb'; red: number; green: number; blue: number };

export interface Style {
  readonly color: Color | null;
  readonly background: Color | null;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly inverse: boolean;
  readonly strike: boolean;
}

/** The one plain style: compared by identity. */
export const PLAIN: Style = Object.freeze({
  color: null,
  background: null,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  inverse: false,
  strike: false,
});

/** Real sequences are far shorter; a longer one is noise and is dropped. */
const MAX_PARAMETER_CHARACTERS = 256;

const toByte = (value: number | undefined): number | null =>
  value !== undefined && value >= 0 && value <= 255 ? value : null;

const paletteColor = (index: number | undefined): Color | null => {
  const byte = toByte(index);
  return byte === null ? null : { kind: 'palette', index: byte };
};

const rgbColor = (parts: (number | undefined)[]): Color | null => {
  const [red, green, blue] = parts.map(toByte);
  if (red == null || green == null || blue == null) return null;
  return { kind: 'rgb', red, green, blue };
};

type Extended = { color: Color | null; used: number };

/** `38;5;N` and `38;2;R;G;B`: the parameters that follow 38 or 48. */
const extendedColor = (rest: readonly number[][]): Extended => {
  const mode = rest[0]?.[0];
  if (mode === 5) return { color: paletteColor(rest[1]?.[0]), used: 2 };
  if (mode === 2) return { color: rgbColor([rest[1]?.[0], rest[2]?.[0], rest[3]?.[0]]), used: 4 };
  return { color: null, used: 1 };
};

/** The same in one parameter: `38:5:N`, `38:2:R:G:B`, and with a color space `38:2::R:G:B`. */
const colonColor = (parts: readonly number[]): Color | null => {
  if (parts[1] === 5) return paletteColor(parts[2]);
  if (parts[1] === 2) return rgbColor(parts.length >= 6 ? parts.slice(3, 6) : parts.slice(2, 5));
  return null;
};

const attributeOf = (code: number): Partial<Style> | null => {
  switch (code) {
    case 1:
      return { bold: true };
    case 2:
      return { dim: true };
    case 3:
      return { italic: true };
    case 4:
    case 21:
      return { underline: true };
    case 7:
      return { inverse: true };
    case 9:
      return { strike: true };
    case 22:
      return { bold: false, dim: false };
    case 23:
      return { italic: false };
    case 24:
      return { underline: false };
    case 27:
      return { inverse: false };
    case 29:
      return { strike: false };
    case 39:
      return { color: null };
    case 49:
      return { background: null };
    default:
      return null;
  }
};

const basicColor = (code: number): Partial<Style> | null => {
  if (code >= 30 && code <= 37) return { color: { kind: 'palette', index: code - 30 } };
  if (code >= 90 && code <= 97) return { color: { kind: 'palette', index: code - 82 } };
  if (code >= 40 && code <= 47) return { background: { kind: 'palette', index: code - 40 } };
  if (code >= 100 && code <= 107) return { background: { kind: 'palette', index: code - 92 } };
  return null;
};

const parseParameters = (text: string): number[][] =>
  text
    .split(';')
    .map((parameter) => parameter.split(':').map((digits) => (/^\d{0,5}$/.test(digits) ? Number(digits) : -1)));

const isPlain = (style: Style): boolean =>
  style.color === null &&
  style.background === null &&
  !(style.bold || style.dim || style.italic || style.underline || style.inverse || style.strike);

const withColor = (style: Style, code: 38 | 48, color: Color | null): Style => {
  if (color === null) return style;
  return code === 38 ? { ...style, color } : { ...style, background: color };
};

export const applySgr = (style: Style, text: string): Style => {
  if (text.length > MAX_PARAMETER_CHARACTERS) return style;
  const parameters = parseParameters(text);
  let result = style;
  for (let index = 0; index < parameters.length; index++) {
    const parts = parameters[index] ?? [];
    const code = parts[0] ?? 0;
    if (code === 0) {
      result = PLAIN;
    } else if (code === 38 || code === 48) {
      const inOne = parts.length > 1;
      const extended = inOne ? { color: colonColor(parts), used: 0 } : extendedColor(parameters.slice(index + 1));
      result = withColor(result, code, extended.color);
      index += extended.used;
    } else {
      const isNotUnderlined = code === 4 && parts[1] === 0;
      const change = isNotUnderlined ? { underline: false } : (attributeOf(code) ?? basicColor(code));
      if (change !== null) result = { ...result, ...change };
    }
  }
  return isPlain(result) ? PLAIN : result;
};

const CUBE_STEPS = [0, 95, 135, 175, 215, 255] as const;

const cubeStep = (value: number): number => CUBE_STEPS[value % 6] ?? 0;

/** The first sixteen colors come from the theme; the 6×6×6 cube and the grays are fixed by convention. */
const colorCss = (color: Color): string => {
  if (color.kind === 'rgb') return `rgb(${color.red} ${color.green} ${color.blue})`;
  if (color.index < 16) return `var(--ansi-${color.index})`;
  if (color.index >= 232) {
    const gray = 8 + (color.index - 232) * 10;
    return `rgb(${gray} ${gray} ${gray})`;
  }
  const cube = color.index - 16;
  return `rgb(${cubeStep(Math.floor(cube / 36))} ${cubeStep(Math.floor(cube / 6))} ${cubeStep(cube)})`;
};

/** Made from numbers alone, so that nothing in the output can reach the style sheet. */
export const styleCss = (style: Style): string => {
  if (style === PLAIN) return '';
  const color = style.color === null ? null : colorCss(style.color);
  const background = style.background === null ? null : colorCss(style.background);
  const front = style.inverse ? (background ?? 'var(--log-background)') : color;
  const back = style.inverse ? (color ?? 'var(--log-text)') : background;
  const lines = [style.underline ? 'underline' : '', style.strike ? 'line-through' : ''].filter((line) => line !== '');
  return [
    front === null ? '' : `color:${front};`,
    back === null ? '' : `background-color:${back};`,
    style.bold ? 'font-weight:700;' : '',
    style.dim ? 'opacity:0.65;' : '',
    style.italic ? 'font-style:italic;' : '',
    lines.length > 0 ? `text-decoration:${lines.join(' ')};` : '',
  ].join('');
};
