import { describe, expect, it } from 'vitest';
import { scheduleList } from './schedule-list.ts';

const listed: Parameters<typeof scheduleList>[2] = [
  {
    name: 'login_test_device1_2025-10-15',
    cron_expression: '*/10 * * * *',
    description: 'Every 10 minutes',
    last_run_at: '2025-10-16T13:50:00.000Z',
    next_run_at: '2025-10-16T14:10:00.000Z',
    execution_count: 15,
    max_executions: null,
  },
  {
    name: 'checkout_test_device2_2025-10-15',
    cron_expression: '*/30 * * * *',
    description: 'Every 30 minutes',
    last_run_at: '2025-10-16T13:45:00.000Z',
    next_run_at: '2025-10-16T14:15:00.000Z',
    execution_count: 8,
    max_executions: 20,
  },
];
const text = (schedules: typeof listed, active = schedules.length): string[] =>
  scheduleList('host-01', active, schedules).map((entry) => entry.text);

describe('the list with which an agent’s log begins', () => {
  it('names each active schedule with its last and next run, frequency and count', () => {
    expect(text(listed)).toEqual([
      '=== DEPLOYMENT SCHEDULER STARTING === Host: host-01',
      '',
      '================================================================================',
      '                                 DEPLOYMENTS                                   ',
      '================================================================================',
      'Active: 2',
      '',
      '• login_test_device1_2025-10-15',
      '  Last execution:  2025-10-16 13:50:00 UTC',
      '  Next execution:  2025-10-16 14:10:00 UTC',
      '  Frequency:       */10 * * * *',
      '  Executions:      15/∞',
      '',
      '• checkout_test_device2_2025-10-15',
      '  Last execution:  2025-10-16 13:45:00 UTC',
      '  Next execution:  2025-10-16 14:15:00 UTC',
      '  Frequency:       */30 * * * *',
      '  Executions:      8/20',
      '',
      '================================================================================',
    ]);
  });

  it('counts also those that are too many to list', () => {
    const lines = text(listed, 7);
    expect(lines).toContain('Active: 7');
    expect(lines.slice(-3)).toEqual(['• and 5 more', '', '='.repeat(80)]);
  });

  it('says so when there is none', () => {
    expect(text([])).toContain('Active: 0');
    expect(text([])).toHaveLength(8);
  });

  it('of a schedule that never ran, that waits for no run, or that no expression says', () => {
    const [one] = listed;
    if (one === undefined) throw new Error('one');
    const lines = text([
      {
        ...one,
        last_run_at: null,
        next_run_at: null,
        cron_expression: null,
        description: 'On the last day of the month',
      },
    ]);
    expect(lines).toContain('  Last execution:  never');
    expect(lines).toContain('  Next execution:  none');
    expect(lines).toContain('  Frequency:       On the last day of the month');
  });

  it('is one line an entry, whatever its names bring', () => {
    const [one] = listed;
    if (one === undefined) throw new Error('one');
    const lines = text([{ ...one, name: 'a\nb' }]);
    expect(lines).toContain('• a b');
  });
});
