/** Parts that the judges of several package managers share; pure. */
import type { ResultReason } from '#protocol/agent/to-server.ts';
import type { Failure, Judge, Verdict } from './change-system.ts';

const FULL =
  /enough free space|No space left on device|more space needed|not enough (?:free )?(?:disk )?space|disk is full/i;

export const reasonIn = (output: string): ResultReason => (FULL.test(output) ? 'disk_full' : 'install_failed');

/** What the first line that fits says: its group, or the whole of it; patterns that come first count first. */
export const errorLine = (output: string, patterns: readonly RegExp[]): string | null => {
  const lines = output.split(/[\r\n]+/).map((line) => line.trim());
  for (const pattern of patterns)
    for (const line of lines) {
      const match = pattern.exec(line);
      if (match !== null) return match[1] ?? line;
    }
  return null;
};

export const failure = (output: string, message: string): Failure => ({
  type: 'failed',
  reason: reasonIn(`${output}\n${message}`),
  message,
});

export type JudgeRules = {
  program: string;
  /** What other codes than 0 mean; a text is the message of a failure. */
  codes?: Readonly<Record<number, Exclude<Verdict['type'], 'failed' | 'interrupted'> | { fails: string }>>;
  /** In the output of a run that could not get the lock. */
  locked?: RegExp;
  /** Lines that tell an error, the telling ones first. */
  errors?: readonly RegExp[];
};

export const judgeBy =
  ({ program, codes = {}, locked, errors = [] }: JudgeRules): Judge =>
  (code, output) => {
    const meaning = codes[code];
    if (typeof meaning === 'string') return { type: meaning };
    if (code === 0) return { type: 'done' };
    if (meaning !== undefined) return failure(output, meaning.fails);
    if (locked?.test(output)) return { type: 'locked' };
    const line = errorLine(output, errors);
    return failure(output, line ?? `${program} exited with code ${code}`);
  };
