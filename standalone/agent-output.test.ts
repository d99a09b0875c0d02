import { expect, test } from 'vitest';
import { readAgentLine } from './agent-output.ts';

test("the agent's log keeps its level and becomes one readable line", () => {
  const line =
    '{"at":"2026-01-01T00:00:00.000Z","level":"info","event":"job.done","id":"job_1","why":"all well","code":0}';
  expect(readAgentLine(line)).toEqual({ level: 'info', text: 'job.done id=job_1 why="all well" code=0' });
});

test("a line of the host's log keeps its level", () => {
  expect(readAgentLine('2026-11-28 14:10:00 [WARN] ⏭️  SKIPPED: nightly | Already queued (max 1)')).toEqual({
    level: 'warn',
    text: '⏭️  SKIPPED: nightly | Already queued (max 1)',
  });
});

test.each(['Segmentation fault', '{"level":"info"}', '{"at":1}', '[]', ''])(
  '%j, which is no log line, passes as a warning',
  (line) => {
    expect(readAgentLine(line)).toEqual({ level: 'warn', text: line });
  },
);
