/** Everything that runs the product: unit and object tests, the whole system, and the browser. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fromRoot } from './paths.ts';
import { type Counts, runTool, type Step } from './steps.ts';
import { playwrightCounts, vitestCounts } from './test-reports.ts';

export const TEST_STEPS: readonly Step[] = [
  { name: 'unit and objects', run: () => vitest('vitest.config.ts', 'vitest') },
  { name: 'end to end', run: () => vitest('vitest.e2e.config.ts', 'e2e') },
  { name: 'browser', run: playwright },
];

function vitest(config: string, name: string): Counts {
  const report = freshReport(name);
  const args = ['run', '--config', config, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  return vitestCounts(...readAfter(report, runTool('vitest', args)));
}

function playwright(): Counts {
  const report = freshReport('playwright');
  const env = { PLAYWRIGHT_JSON_OUTPUT_NAME: report };
  return playwrightCounts(...readAfter(report, runTool('playwright', ['test', '--reporter=list,json'], { env })));
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
