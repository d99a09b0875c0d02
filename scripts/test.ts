/** `npm test`: every check and every test there is. Ends with one line, `N passed, N failed`. */
import { buildAll } from './build.ts';
import { CHECK_STEPS } from './check-steps.ts';
import { oneCheck, runSteps, summarize } from './steps.ts';
import { TEST_STEPS, WAITING_STEPS } from './test-steps.ts';

// First, because it generates what the types and the unit tests of the app read.
const build = oneCheck('build', async () => {
  await buildAll();
  return true;
});
const checked = await runSteps([build, ...CHECK_STEPS]);
const [waited, tested] = await Promise.all([runSteps(WAITING_STEPS), runSteps(TEST_STEPS)]);
const { text, failed } = summarize([...checked, ...tested, ...waited]);
console.log(text);
process.exit(failed > 0 ? 1 : 0);
