import { describe, expect, test } from 'vitest';
import { Timeline } from '#protocol/http/schedules.ts';
import { chipAddress, chipsIn, shownChips } from './calendar-chips.ts';
import { sampleId } from './sample-schedule.ts';

const HOUR = 3_600_000;
const START = Date.parse('2026-11-29T00:00:00.000Z');
const bounds = [START, START + HOUR, START + 2 * HOUR, START + 3 * HOUR];
const at = (minutes: number): string => new Date(START + minutes * 60_000).toISOString();
const DEPLOYMENT = `dep_${'0'.repeat(26)}`;

const ran = (minutes: number, change: object = {}) => ({
  schedule_id: sampleId(1),
  name: 'nightly',
  scheduled_at: at(minutes),
  kind: 'scheduled',
  outcome: 'completed',
  reason: null,
  deployment_id: DEPLOYMENT,
  fired_at: at(minutes),
  ended_at: at(minutes + 1),
  until: null,
  ...change,
});
const comes = (minutes: number[], more = false) => ({
  schedule_id: sampleId(2),
  name: 'often',
  runs: minutes.map(at),
  more,
});
const chips = (past: object[], upcoming: object[], foldAbove = 3) =>
  chipsIn(Timeline.parse({ from: at(0), to: at(180), past, upcoming, more: false }), bounds, foldAbove);

describe('a bucket of the calendar', () => {
  test('has what falls into it, by time; what falls on its end is in the next', () => {
    const [first, second] = chips([ran(10), ran(60)], [comes([5])]);
    expect(first?.map(({ name }) => name)).toEqual(['often', 'nightly']);
    expect(second).toHaveLength(1);
  });

  test('has an instant once, also when it is told as past and as to come', () => {
    const both = { schedule_id: sampleId(2), name: 'often' };
    expect(chips([ran(5, both)], [comes([5])])[0]).toMatchObject([{ mark: { outcome: 'completed' } }]);
  });

  test('folds a schedule that has too many into counts, the bad first', () => {
    const many = [ran(1), ran(2), ran(3, { outcome: 'failed' }), ran(4)];
    expect(chips(many, [])[0]).toMatchObject([
      {
        mark: null,
        counts: [
          { outcome: 'failed', count: 1 },
          { outcome: 'completed', count: 3 },
        ],
      },
    ]);
    expect(chips(many, [], 4)[0]).toHaveLength(4);
  });

  test('shows an entry that stands for many instants wherever some of them are', () => {
    const missed = ran(30, { outcome: 'missed', until: at(90), deployment_id: null });
    expect(chips([missed], []).map((list) => list.length)).toEqual([1, 1, 0]);
  });

  test('says that there may be more from the last run on that was listed', () => {
    const unlisted = chips([], [comes([10, 70], true)]).map((list) => list.map((chip) => chip.unlisted));
    expect(unlisted).toEqual([[false], [true], [true]]);
  });
});

test('one that ran leads to its deployment, others to the schedule', () => {
  const [[first, second] = []] = chips([ran(1)], [comes([2])]);
  expect(first && chipAddress(first)).toBe(`/deployments/${DEPLOYMENT}`);
  expect(second && chipAddress(second)).toBe(`/schedules/${sampleId(2)}`);
});

test('what has no room is counted, and never alone', () => {
  const [list = []] = chips([], [comes([1, 2, 3, 4])], 9);
  expect(shownChips(list, 4)).toMatchObject({ more: 0 });
  expect(shownChips(list, 3)).toMatchObject({ shown: list.slice(0, 2), more: 2 });
});
