/** Numbers as people read them. */
const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** Bytes in decimal units, as operating systems' file lists show them: "1.4 MB". */
export const formatBytes = (bytes: number): string => {
  let value = bytes;
  let index = 0;
  while (value >= 999.5 && index < UNITS.length - 1) {
    value /= 1000;
    index++;
  }
  const digits = index === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[index]}`;
};

/** A percentage; null, which is "nothing to count yet", is a dash. Never rounds up to 100. */
export const formatPercent = (percent: number | null): string => {
  if (percent === null) return '–';
  const rounded = percent > 99 && percent < 100 ? Math.floor(percent * 10) / 10 : Math.round(percent * 10) / 10;
  return `${rounded}%`;
};

const separated = new Intl.NumberFormat('en');
export const formatCount = (count: number): string => separated.format(count);

/** "1 host", "3 hosts". */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`;
