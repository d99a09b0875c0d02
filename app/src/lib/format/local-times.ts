/** Instants inside a sentence of the server, in the reader's own time zone. */
import { absoluteTime } from './time.ts';

const INSTANT = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z/g;

export const withLocalTimes = (text: string): string => text.replaceAll(INSTANT, (at) => absoluteTime(at));
