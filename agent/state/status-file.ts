/** What a running agent says about itself, for `deployx-agent status`. Written when the connection changes, never in between. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { PRIVATE_FILE_MODE } from './write-file.ts';

export const AgentStatus = z.object({
  pid: z.int(),
  version: z.string(),
  connection: z.enum(['connecting', 'connected', 'stopped']),
  since: z.iso.datetime(),
  /** Why the last connection ended or could not be made. */
  last_error: z.string().nullable(),
});
export type AgentStatus = z.infer<typeof AgentStatus>;

export const readStatus = (path: string): AgentStatus | null => {
  try {
    return AgentStatus.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
};

/** Best effort: a full disk must not keep an agent from working. */
export const writeStatus = (path: string, status: AgentStatus): void => {
  try {
    writeFileSync(`${path}.new`, `${JSON.stringify(status)}\n`, { mode: PRIVATE_FILE_MODE });
    renameSync(`${path}.new`, path);
  } catch {
    // The next change writes it again.
  }
};
