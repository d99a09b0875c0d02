/** Times as a clock in a zone shows them. Pure. */
const formats = new Map<string, Intl.DateTimeFormat>();

const formatOf = (timezone: string): Intl.DateTimeFormat => {
  const known = formats.get(timezone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en', {
    timeZone: timezone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  });
  formats.set(timezone, made);
  return made;
};

/** "Mon, Mar 1, 2027, 09:00 GMT+1". */
export const zonedTime = (at: string, timezone: string): string => formatOf(timezone).format(Date.parse(at));
