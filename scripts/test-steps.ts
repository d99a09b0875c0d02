/** Everything that runs the product: unit and object tests, the whole system, and the browser. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fromRoot } from './paths.ts';
import { type Counts, runTool, type Step } from './steps.ts';
import { playwrightCounts, vitestCounts } from './test-reports.ts';

const END_TO_END = 'vitest.e2e.config.ts';

export const TEST_STEPS: readonly Step[] = [
  { name: 'unit and objects', run: () => vitest('vitest.config.ts') },
  { name: 'end to end', run: () => vitest(END_TO_END, 'e2e') },
  { name: 'browser', run: playwright },
];

/** They wait for real minutes nearly all the time, so they run beside the others. */
export const WAITING_STEPS: readonly Step[] = [{ name: 'schedules', run: () => vitest(END_TO_END, 'schedules') }];

async function vitest(config: string, project?: string): Promise<Counts> {
  const report = freshReport(project ?? 'vitest');
  const args = ['run', '--config', config, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  if (project !== undefined) args.push('--project', project);
  return vitestCounts(...readAfter(report, await runTool('vitest', args)));
}

async function playwright(): Promise<Counts> {
  const report = freshReport('playwright');
  const env = { PLAYWRIGHT_JSON_OUTPUT_NAME: report };
  return playwrightCounts(...readAfter(report, await runTool('playwright', ['test', '--reporter=list,json'], { env })));
}

function freshReport(name: string): string {
  const report = fromRoot('.cache/reports', `${name}.json`);
  mkdirSync(dirname(report), { recursive: true });
  rmSync(report, { force: true });
  return report;
}

function readAfter(report: string, exitedWell: boolean): [unknown, boolean] {
  try {
    return [JSON.parse(readFileSync(report, 'utf8')), exitedWell];
  } catch {
    return [undefined, exitedWell];
  }
}
