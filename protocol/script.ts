/** Scripts: what the library keeps and a job carries. */
import { z } from 'zod';
import { utf8Length } from './utf8.ts';

export const Interpreter = z.enum(['sh', 'bash', 'python', 'node', 'powershell', 'cmd']);
export type Interpreter = z.infer<typeof Interpreter>;

/** A job carries the whole script in one frame: as JSON it at most doubles, and stays well below the frame's limit. */
export const MAX_SCRIPT_BYTES = 64 * 1024;

/** Blanks of any kind and the escape that colors output are text; NUL and the rest are not. */
const textual: ReadonlySet<number> = new Set([9, 10, 12, 13, 27]);
const hasControlCharacter = (text: string): boolean =>
  [...text].some((character) => {
    const point = character.codePointAt(0) ?? 0;
    return (point < 32 || point === 127) && !textual.has(point);
  });

export const ScriptContent = z
  .string()
  .refine((text) => text.trim() !== '', 'must not be blank')
  .refine((text) => utf8Length(text) <= MAX_SCRIPT_BYTES, `must be at most ${MAX_SCRIPT_BYTES} bytes`)
  .refine((text) => !hasControlCharacter(text), 'must not contain control characters');
