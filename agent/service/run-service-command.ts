/** Carries a service plan out, step by step, with argument vectors and never a shell. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { LEAN_NODE } from '#protocol/agent/lean-node.ts';
import { assertNever } from '#protocol/assert.ts';
import { errorText } from '../log.ts';
import { type ServiceFacts, type ServiceStep, servicePlan } from './service-plan.ts';

/** Windows tells UTF-16 by its first two bytes. */
const BYTE_ORDER_MARK = '\ufeff';

/** A script compiled into the executable lies in a folder that exists only inside it. */
const isCompiled = (script: string | undefined): boolean =>
  script === undefined || script.startsWith('/$bunfs/') || /^[A-Z]:[\\/]~BUN[\\/]/i.test(script);

/** What starts this very program again. */
export const selfCommand = (executable: string, script: string | undefined): string[] =>
  script === undefined || isCompiled(script) ? [executable] : [executable, ...LEAN_NODE, resolve(script)];

const carryOut = (step: ServiceStep): void => {
  switch (step.type) {
    case 'write': {
      mkdirSync(dirname(step.path), { recursive: true });
      const mark = step.encoding === 'utf16le' ? BYTE_ORDER_MARK : '';
      writeFileSync(step.path, mark + step.content, step.encoding);
      break;
    }
    case 'remove':
      rmSync(step.path, { force: true });
      break;
    case 'run': {
      const [file, ...args] = step.args;
      const { status, error, stderr } = spawnSync(file, args, { encoding: 'utf8' });
      if (step.optional || status === 0) break;
      throw new Error(`${step.args.join(' ')}: ${error?.message ?? (stderr.trim() || `exit code ${status}`)}`);
    }
    default:
      assertNever(step);
  }
};

/** Null when all went well, otherwise one line that says what did not. */
export const runServiceCommand = (operation: 'install' | 'uninstall', facts: ServiceFacts): string | null => {
  const plan = servicePlan(operation, facts);
  if (!plan.ok) return plan.error;
  try {
    for (const step of plan.steps) carryOut(step);
    return null;
  } catch (error) {
    return `service ${operation}: ${errorText(error)}`;
  }
};
