/** Output for tests, as lines. */
import { LineBuffer, type LogLine } from './line-buffer.ts';

export const linesOf = (text: string): readonly LogLine[] => {
  const buffer = new LineBuffer();
  buffer.take({ stream: 'stdout', offset: 0, text });
  return buffer.lines;
};
