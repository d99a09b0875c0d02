/** Everything that runs the product: unit and object tests, the whole system, and the browser. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fromRoot } from './paths.ts';
import { type Counts, runTool, runToolAside, type Step } from './steps.ts';
import { playwrightCounts, vitestCounts } from './test-reports.ts';

export const TEST_STEPS: readonly Step[] = [
  { name: 'unit and objects', run: unitAndObjects },
  { name: 'end to end', run: endToEnd },
  { name: 'browser', run: playwright },
];

function unitAndObjects(): Counts {
  const report = freshReport('vitest');
  return vitestCounts(...readAfter(report, runTool('vitest', vitestArgs('vitest.config.ts', report))));
}

/** Those of schedules wait for real minutes most of the time: the others go on meanwhile. */
async function endToEnd(): Promise<Counts> {
  const counts = await Promise.all(['e2e', 'schedules'].map(endToEndProject));
  return {
    passed: counts.reduce((sum, { passed }) => sum + passed, 0),
    failed: counts.reduce((sum, { failed }) => sum + failed, 0),
  };
}

async function endToEndProject(project: string): Promise<Counts> {
  const report = freshReport(project);
  const args = [...vitestArgs('vitest.e2e.config.ts', report), '--project', project];
  return vitestCounts(...readAfter(report, await runToolAside('vitest', args)));
}

function vitestArgs(config: string, report: string): string[] {
  return ['run', '--config', config, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
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
