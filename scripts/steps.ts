/** One check of the project: a command that is run, and how many of its cases passed and failed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter } from 'node:path';
import { fromRoot, ROOT } from './paths.ts';

export interface Counts {
  passed: number;
  failed: number;
}

export interface Step {
  name: string;
  run: () => Counts | Promise<Counts>;
}

export interface Result extends Counts {
  name: string;
  seconds: number;
}

/** Runs a program of node_modules with the output passed through; true when it ended well. */
export async function runTool(
  tool: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<boolean> {
  const child = spawn(tool, args, { cwd: options.cwd ?? ROOT, env: toolEnv(options.env), stdio: 'inherit' });
  const [status] = await once(child, 'exit');
  return status === 0;
}

function toolEnv(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const path = `${fromRoot('node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}`;
  return { ...process.env, PATH: path, ...more };
}

/** A check that either holds or does not. */
export function oneCheck(name: string, run: () => boolean | Promise<boolean>): Step {
  return { name, run: async () => ((await run()) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }) };
}

/** One after the other; a step that throws has failed, and the others run all the same. */
export async function runSteps(steps: readonly Step[]): Promise<Result[]> {
  const results: Result[] = [];
  for (const step of steps) {
    console.log(`\n━━ ${step.name}`);
    const started = performance.now();
    const counts = await runSafely(step);
    results.push({ name: step.name, ...counts, seconds: (performance.now() - started) / 1000 });
  }
  return results;
}

async function runSafely(step: Step): Promise<Counts> {
  try {
    return await step.run();
  } catch (error) {
    console.log(error instanceof Error ? error.message : String(error));
    return { passed: 0, failed: 1 };
  }
}

/** A table of all steps and the one last line. */
export function summarize(results: readonly Result[]): { text: string; failed: number } {
  const lines = results.map(({ name, passed, failed, seconds }) => {
    const mark = failed > 0 ? '✗' : '✓';
    return `${mark} ${name.padEnd(18)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed ${seconds.toFixed(1).padStart(7)} s`;
  });
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  return { text: ['', ...lines, '', `${passed} passed, ${failed} failed`].join('\n'), failed };
}
