/** Time zones to choose from, each with how far it is from UTC. */
import type { Option } from '../ui/option.ts';

/** What a place is called today, where the zone has kept another name. */
const TODAY: Readonly<Record<string, string>> = {
  'America/Godthab': 'Nuuk',
  'Asia/Calcutta': 'Kolkata',
  'Asia/Katmandu': 'Kathmandu',
  'Asia/Rangoon': 'Yangon',
  'Asia/Saigon': 'Ho Chi Minh City',
  'Atlantic/Faeroe': 'Faroe',
  'Europe/Kiev': 'Kyiv',
  'Pacific/Enderbury': 'Kanton',
  'Pacific/Ponape': 'Pohnpei',
  'Pacific/Truk': 'Chuuk',
};

/** One that a browser does not list, such as UTC or an older name, can still be chosen where it was. */
export const zoneNames = (...also: string[]): string[] => [
  ...new Set(['UTC', ...also.filter((name) => name !== ''), ...Intl.supportedValuesOf('timeZone')]),
];

/** "GMT+02:00". */
const offsetText = (timezone: string, now: number): string =>
  new Intl.DateTimeFormat('en', { timeZone: timezone, timeZoneName: 'longOffset' })
    .formatToParts(now)
    .find(({ type }) => type === 'timeZoneName')?.value ?? '';

/** As people search for it: "New York" for `America/New_York`. */
const placeOf = (timezone: string): string =>
  TODAY[timezone] ?? timezone.slice(timezone.lastIndexOf('/') + 1).replaceAll('_', ' ');

/** Offsets are worked out only for a list that is looked at: there are hundreds. */
export const zoneOptions = (names: readonly string[], offsetsAt: number | null): Option[] =>
  names.map((name) => ({
    value: name,
    label: name,
    description: [placeOf(name), offsetsAt === null ? '' : offsetText(name, offsetsAt)].filter(Boolean).join(' · '),
  }));
