import { expect, test } from 'vitest';
import { zoneNames, zoneOptions } from './zones.ts';

test('every zone can be chosen, UTC and the one that is chosen among them, each once', () => {
  const names = zoneNames('Europe/Berlin', 'US/Pacific');
  expect(names.slice(0, 3)).toEqual(['UTC', 'Europe/Berlin', 'US/Pacific']);
  expect(names).toContain('Asia/Tokyo');
  expect(new Set(names).size).toBe(names.length);
});

test('a zone is found by its place, by today’s name of it and by its offset', () => {
  const july = Date.parse('2027-07-01T00:00:00Z');
  const described = zoneOptions(['America/New_York', 'Asia/Calcutta'], july).map(({ description }) => description);
  expect(described).toEqual(['New York · GMT-04:00', 'Kolkata · GMT+05:30']);
});
