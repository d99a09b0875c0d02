/**
 * Loaded into an agent by `--import`: shifts its wall clock by the milliseconds that stand in a file, and leaves timers and
 * the machine's clock alone.
 */
import { readFileSync } from 'node:fs';

/** A jump takes effect this soon; a person who sets a clock is no faster. */
const LOOK_EVERY_MS = 50;

const file = process.env.DEPLOYX_TEST_CLOCK_FILE;
const realNow = Date.now.bind(Date);
let shiftMs = 0;

const look = (): void => {
  if (file === undefined) return;
  try {
    shiftMs = Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    shiftMs = 0;
  }
};
look();
setInterval(look, LOOK_EVERY_MS).unref();
Date.now = () => realNow() + shiftMs;
