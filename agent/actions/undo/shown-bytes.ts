const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** For people: `1.2 MB`. */
export const shownBytes = (bytes: number): string => {
  const power = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  const text = power === 0 || value >= 100 ? value.toFixed(0) : value.toFixed(1);
  return `${text} ${bytes === 1 ? 'byte' : UNITS[power]}`;
};
