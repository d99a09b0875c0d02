/** `npm run check`: types, lint and lockfile; `npm run types`: types alone. */
import { CHECK_STEPS, TYPE_STEPS } from './check-steps.ts';
import { runSteps, summarize } from './steps.ts';

const steps = process.argv.includes('types') ? TYPE_STEPS : CHECK_STEPS;
const { text, failed } = summarize(await runSteps(steps));
console.log(text);
process.exit(failed > 0 ? 1 : 0);
