/** The table for people and the file for programs. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { type Figure, isMet } from './benchmark.ts';
import type { Options } from './options.ts';

/** How busy the machine was meanwhile: a figure taken while others worked says less. */
export type Load = { averageBefore: number; othersPercent: number };
export type Report = { name: string; load: Load; figures: readonly Figure[]; error: string | null };

const digits = (value: number): number => (Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0);
const amount = (value: number, unit: string): string => `${value.toFixed(digits(value))} ${unit}`;

const targetText = ({ target, unit }: Figure): string =>
  target === null ? '' : `${target.at === 'most' ? '≤' : '≥'} ${target.value} ${unit}`;

const verdict = (figure: Figure): string => {
  const met = isMet(figure);
  return met === null ? '' : met ? 'met' : 'MISSED';
};

const row = (figure: Figure): string =>
  [
    `  ${figure.name.padEnd(58)}`,
    amount(figure.value, figure.unit).padStart(12),
    targetText(figure).padStart(12),
    verdict(figure).padEnd(7),
    figure.samples === null ? '' : `n=${figure.samples}`,
  ]
    .join(' ')
    .trimEnd();

export const table = (report: Report): string => {
  const { averageBefore, othersPercent } = report.load;
  const load = `load ${averageBefore.toFixed(1)} before, others used ${othersPercent.toFixed(0)} % of the machine`;
  const end = report.error === null ? [] : [`  FAILED: ${report.error}`];
  return [`${report.name} (${load})`, ...report.figures.map(row), ...end, ''].join('\n');
};

const machine = () => ({
  processors: cpus().length,
  model: cpus()[0]?.model ?? 'unknown',
  memory_bytes: totalmem(),
  kernel: release(),
  node: process.version,
});

/** Written after each benchmark, so that a run which is cut short leaves what it has. */
export const writeResults = (startedAt: Date, options: Options, reports: readonly Report[]): string => {
  const folder = join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${startedAt.toISOString().slice(0, 19).replaceAll(':', '-')}Z.json`);
  const benchmarks = reports.map(({ name, load, figures, error }) => ({
    name,
    load_average_before: load.averageBefore,
    others_percent_of_machine: load.othersPercent,
    figures: figures.map((figure) => ({ ...figure, met: isMet(figure) })),
    error,
  }));
  const content = { at: startedAt.toISOString(), machine: machine(), options, benchmarks };
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);
  return path;
};
