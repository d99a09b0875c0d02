import { describe, expect, it } from 'vitest';
import { dayForm, momentForm, momentOrNull, momentText } from './moment-form.ts';

const ZONE = 'America/New_York';

describe('a moment as text', () => {
  it('is a day, or wall time on it', () => {
    expect(momentText({ date: '2027-03-01', time: '' })).toBe('2027-03-01');
    expect(momentText({ date: '2027-03-01', time: '09:00' })).toBe('2027-03-01T09:00');
    expect(momentOrNull({ date: '', time: '' })).toBeNull();
  });
});

describe('a moment in its fields', () => {
  it('is what a clock shows there, for an instant', () => {
    expect(momentForm('2027-07-01T03:30:00Z', ZONE)).toEqual({ date: '2027-06-30', time: '23:30' });
    expect(momentForm('2027-07-01T03:30:00+02:00', ZONE)).toEqual({ date: '2027-06-30', time: '21:30' });
  });
  it('is itself, for wall time', () =>
    expect(momentForm('2027-03-14T02:30', ZONE)).toEqual({ date: '2027-03-14', time: '02:30' }));
  it('is empty for what is none', () => expect(momentForm('soon', ZONE)).toEqual({ date: '', time: '' }));
});

describe('the edge of a day', () => {
  it('is the day alone', () => {
    expect(dayForm('2027-07-01T04:00:00.000Z', ZONE, '00:00:00')).toEqual({ date: '2027-07-01', time: '' });
    expect(dayForm('2027-07-02T03:59:59.999Z', ZONE, '23:59:59')).toEqual({ date: '2027-07-01', time: '' });
  });
  it('has its time where it is none', () => {
    expect(dayForm('2027-07-01T04:00:00.000Z', ZONE, '23:59:59')).toEqual({ date: '2027-07-01', time: '00:00' });
    expect(dayForm('2027-07-01T13:15:00.000Z', ZONE, '00:00:00')).toEqual({ date: '2027-07-01', time: '09:15' });
  });
  it('is empty where there is none', () => expect(dayForm(null, ZONE, '00:00:00')).toEqual({ date: '', time: '' }));
});
