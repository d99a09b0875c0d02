import { describe, expect, it } from 'vitest';
import { changeIn, HOUR_MS, jumpOf, momentOf, occurrenceOf, offsetAt, wallAt } from './zone.ts';

const at = (text: string): number => Date.parse(text);
const iso = (millis: number | null): string | null => (millis === null ? null : new Date(millis).toISOString());

describe('the offset of a zone', () => {
  const offsets: [string, string, number][] = [
    ['UTC', '2026-01-01T00:00:00Z', 0],
    ['Europe/London', '2026-01-01T00:00:00Z', 0],
    ['Asia/Kolkata', '2026-01-01T00:00:00Z', 5.5],
    ['America/St_Johns', '2026-01-01T00:00:00Z', -3.5],
    ['Pacific/Kiritimati', '2026-01-01T00:00:00Z', 14],
    ['Australia/Lord_Howe', '2026-06-01T00:00:00Z', 10.5],
    ['Africa/Monrovia', '1960-01-01T00:00:00Z', -44.5 / 60],
    ['Europe/Berlin', '-000100-01-01T00:00:00Z', 3208 / 3600],
  ];
  for (const [zone, instant, hours] of offsets)
    it(`${zone} at ${instant}`, () => {
      expect(offsetAt(zone, at(instant))).toBe(hours * HOUR_MS);
    });
});

describe('a change of the clock', () => {
  it('is found to the second, with what it changes', () => {
    const change = changeIn('Europe/Berlin', at('2026-03-28T12:00:00.123Z'), at('2026-03-29T12:00:00Z'));
    expect(change).toEqual({ at: at('2026-03-29T01:00:00Z'), before: HOUR_MS, after: 2 * HOUR_MS });
  });

  it('belongs to the interval that ends with it, and not to the one that begins with it', () => {
    const change = at('2026-03-29T01:00:00Z');
    expect(changeIn('Europe/Berlin', change - 1, change)?.at).toBe(change);
    expect(changeIn('Europe/Berlin', change, change + HOUR_MS)).toBeNull();
    expect(changeIn('Europe/Berlin', change - HOUR_MS, change - 1)).toBeNull();
  });

  it('may be a whole day', () => {
    const change = changeIn('Pacific/Apia', at('2011-12-30T00:00:00Z'), at('2011-12-30T20:00:00Z'));
    expect(change === null ? null : [iso(change.at), jumpOf(change)]).toEqual([
      '2011-12-30T10:00:00.000Z',
      24 * HOUR_MS,
    ]);
  });
});

describe('a wall time', () => {
  it('is shown once, twice, or never', () => {
    expect(occurrenceOf('Europe/Berlin', at('2026-03-29T03:00:00Z'))).toEqual({
      type: 'once',
      at: at('2026-03-29T01:00:00Z'),
    });
    expect(occurrenceOf('Europe/Berlin', at('2026-10-25T02:30:00Z'))).toEqual({
      type: 'twice',
      first: at('2026-10-25T00:30:00Z'),
      last: at('2026-10-25T01:30:00Z'),
    });
    expect(occurrenceOf('Europe/Berlin', at('2026-10-25T03:00:00Z')).type).toBe('once');
    expect(occurrenceOf('Europe/Berlin', at('2026-03-29T02:59:59Z'))).toMatchObject({
      type: 'never',
      change: { at: at('2026-03-29T01:00:00Z') },
    });
    expect(occurrenceOf('Pacific/Apia', at('2011-12-30T12:00:00Z'))).toMatchObject({
      type: 'never',
      change: { at: at('2011-12-30T10:00:00Z') },
    });
  });

  it('of each quarter of an hour in a year of unusual zones leads back to itself', () => {
    const astray: string[] = [];
    for (const zone of ['Pacific/Apia', 'Australia/Lord_Howe', 'Africa/Casablanca', 'Antarctica/Troll'])
      for (let wall = at('2011-09-01T00:00:00Z'); wall < at('2012-09-01T00:00:00Z'); wall += HOUR_MS / 4) {
        const occurrence = occurrenceOf(zone, wall);
        const instants = occurrence.type === 'twice' ? [occurrence.first, occurrence.last] : [];
        if (occurrence.type === 'once') instants.push(occurrence.at);
        if (instants.some((instant) => wallAt(zone, instant) !== wall)) astray.push(`${iso(wall)} in ${zone}`);
      }
    expect(astray).toEqual([]);
  });
});

describe('a moment', () => {
  const moments: [string, string, 'start' | 'end', string | null][] = [
    ['2026-03-01T09:00:00+02:00', 'Asia/Tokyo', 'start', '2026-03-01T07:00:00.000Z'],
    ['2026-03-01T09:00', 'Asia/Tokyo', 'start', '2026-03-01T00:00:00.000Z'],
    ['2026-03-01 09:00:30', 'Asia/Tokyo', 'end', '2026-03-01T00:00:30.000Z'],
    // In a gap, and twice.
    ['2026-03-29T02:30', 'Europe/Berlin', 'start', '2026-03-29T01:00:00.000Z'],
    ['2026-10-25T02:30', 'Europe/Berlin', 'end', '2026-10-25T00:30:00.000Z'],
    ['2026-03-01', 'Asia/Tokyo', 'start', '2026-02-28T15:00:00.000Z'],
    ['2026-03-01', 'Asia/Tokyo', 'end', '2026-03-01T14:59:59.999Z'],
    // A day of 23 hours, one without midnight, one whose end comes twice, one whose end is jumped over, one that was lost.
    ['2026-03-29', 'Europe/Berlin', 'end', '2026-03-29T21:59:59.999Z'],
    ['2026-04-24', 'Africa/Cairo', 'start', '2026-04-23T22:00:00.000Z'],
    ['2026-04-23', 'Africa/Cairo', 'end', '2026-04-23T21:59:59.999Z'],
    ['2026-10-29', 'Africa/Cairo', 'end', '2026-10-29T21:59:59.999Z'],
    ['2024-03-30', 'America/Nuuk', 'end', '2024-03-31T00:59:59.999Z'],
    ['2011-12-30', 'Pacific/Apia', 'start', '2011-12-30T10:00:00.000Z'],
    ['2011-12-30', 'Pacific/Apia', 'end', '2011-12-30T09:59:59.999Z'],
    ['2011-12-31', 'Pacific/Apia', 'start', '2011-12-30T10:00:00.000Z'],
    ['next week', 'UTC', 'start', null],
    ['2026-02-30', 'UTC', 'start', null],
  ];
  for (const [text, zone, edge, expected] of moments)
    it(`${text} in ${zone} as ${edge} is ${expected}`, () => {
      expect(iso(momentOf(text, zone, edge))).toBe(expected);
    });
});
