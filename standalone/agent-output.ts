/** The agent logs JSON, one object a line, and its host's log as text; here both become lines like all others. */
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { readHostLogLine } from '#protocol/host-log.ts';
import type { Level, Log } from './log.ts';

const Value = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const Line = z.object({ at: z.string(), level: z.enum(['info', 'warn', 'error']), event: z.string() }).catchall(Value);

export function logAgentOutput(child: ChildProcess, log: Log): void {
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      const { level, text } = readAgentLine(line);
      log[level](text);
    });
  }
}

export function readAgentLine(line: string): { level: Level; text: string } {
  const told = readHostLogLine(line);
  if (told !== null) return told;
  const parsed = Line.safeParse(parseJson(line));
  // What is not the agent's own log comes from the Node under it, and that speaks only when something is wrong.
  if (!parsed.success) return { level: 'warn', text: line };
  const { at: _, level, event, ...fields } = parsed.data;
  const details = Object.entries(fields).map(([name, value]) => `${name}=${quoted(value)}`);
  return { level, text: [event, ...details].join(' ') };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function quoted(value: z.infer<typeof Value>): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}
