/** The short chaos run: the same faults at the same times, each time. `npm run chaos` goes on for longer and with other seeds. */
import { expect, it } from 'vitest';
import { reportText, runChaos } from './chaos.ts';

/** Every kind there is; one that cannot be made here is named in the report. */
const KINDS = 12;
/** The faults take half a minute; the rest is for a machine that is busy otherwise. */
const TIMEOUT_MS = 420_000;

it(
  'under a steady load and a hundred faults everything ends once, in a right state, with its whole output',
  async () => {
    const lines: string[] = [];
    const report = await runChaos({
      seed: '1435',
      forMs: 32_000,
      agents: 5,
      everyMs: 400,
      keep: false,
      say: (line) => lines.push(line),
    });
    console.log(reportText(report));
    if (report.violations.length > 0) console.log(lines.join('\n'));
    expect(Object.keys(report.faults)).toHaveLength(KINDS - report.skipped.length);
    expect(report.violations, `kept in ${report.kept}`).toEqual([]);
  },
  TIMEOUT_MS,
);
