import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { outcome } from '../test/scripted-action.ts';
import { testJob } from '../test/test-ids.ts';
import { resultOf } from './job-results.ts';
import {
  applyRecord,
  compactRecords,
  emptyJournal,
  type JournalRecord,
  JournalRecord as JournalRecordSchema,
  type JournalState,
  journaledJobs,
  keyOf,
} from './journal-records.ts';

const job = testJob();
const key = keyOf(job);
const name = { target_id: job.target_id, attempt: job.attempt };
const result = resultOf(job, outcome(), 10);
const accepted: JournalRecord = { type: 'accepted', at: 1, job };
const started: JournalRecord = { type: 'started', at: 2, ...name };
const finished: JournalRecord = { type: 'finished', at: 3, result };
const acknowledged: JournalRecord = { type: 'acknowledged', at: 4, ...name, result };

const fold = (records: readonly JournalRecord[]): JournalState => {
  const state = emptyJournal();
  for (const record of records) applyRecord(state, record);
  return state;
};

describe('the fold', () => {
  test.each([
    ['nothing', [], undefined],
    ['accepted', [accepted], 'accepted'],
    ['started', [accepted, started], 'started'],
    ['finished', [accepted, started, finished], 'finished'],
    ['finished without a start', [accepted, finished], 'finished'],
    ['acknowledged', [accepted, started, finished, acknowledged], undefined],
    ['JOB7 started after it finished', [accepted, finished, started], 'finished'],
    ['started without being accepted', [started], undefined],
    ['finished without being accepted', [finished], undefined],
    ['accepted again after it was acknowledged', [accepted, acknowledged, accepted], undefined],
  ] as const)('%s', (_name, records, state) => {
    expect(fold(records).live.get(key)?.state).toBe(state);
  });

  test('JOB7 the first result wins', () => {
    const second = { ...finished, result: { ...result, outcome: 'failed' as const } };
    expect(fold([accepted, finished, second]).live.get(key)).toMatchObject({ result: { outcome: 'completed' } });
  });

  test('JOB4 counts starts, and keeps the time of the first', () => {
    const again: JournalRecord = { ...started, at: 50 };
    expect(fold([accepted, started, again]).live.get(key)).toMatchObject({ starts: 2, firstStartedAt: 2 });
  });

  test('JOB3 remembers what is over for longer than a job may run, and no more than a thousand jobs', () => {
    const day = 86_400_000;
    const over = Array.from({ length: 1200 }, (_, index): JournalRecord => {
      const other = testJob();
      return { type: 'acknowledged', at: index, target_id: other.target_id, attempt: 1, result };
    });
    const state = fold(over);
    expect(state.done.size).toBe(1000);
    applyRecord(state, { ...acknowledged, at: 7 * day });
    expect(state.done.size).toBe(1000);
    applyRecord(state, { ...acknowledged, at: 9 * day });
    expect([...state.done.keys()]).toEqual([key]);
  });
});

test('JOB5 hello lists what is not acknowledged', () => {
  expect(journaledJobs(fold([accepted, started]))).toEqual([{ ...name, state: 'started' }]);
  expect(journaledJobs(fold([accepted, started, finished, acknowledged]))).toEqual([]);
});

test('compaction keeps the state, whatever came before', () => {
  const jobs = [job, testJob(), testJob()];
  const record = fc.constantFrom(...jobs).chain((one) => {
    const named = { target_id: one.target_id, attempt: one.attempt };
    return fc.constantFrom<JournalRecord>(
      { type: 'accepted', at: 1, job: one },
      { type: 'started', at: 2, ...named },
      { type: 'started', at: 3, ...named },
      { type: 'finished', at: 1, result: resultOf(one, outcome(), 1) },
      { type: 'acknowledged', at: 4, ...named, result: resultOf(one, outcome(), 1) },
    );
  });
  fc.assert(
    fc.property(fc.array(record, { maxLength: 20 }), (records) => {
      const state = fold(records);
      const compacted = compactRecords(state);
      expect(compacted.map((line) => JournalRecordSchema.parse(JSON.parse(JSON.stringify(line))))).toEqual(compacted);
      expect(fold(compacted)).toEqual(state);
    }),
  );
});
