/** `npm test`: every check and every test there is. Ends with one line, `N passed, N failed`. */
import { buildAll } from './build.ts';
import { CHECK_STEPS } from './check-steps.ts';
import { oneCheck, runSteps, summarize } from './steps.ts';
import { TEST_STEPS } from './test-steps.ts';

const build = oneCheck('build', async () => {
  await buildAll();
  return true;
});
const { text, failed } = summarize(await runSteps([...CHECK_STEPS, build, ...TEST_STEPS]));
console.log(text);
process.exit(failed > 0 ? 1 : 0);
