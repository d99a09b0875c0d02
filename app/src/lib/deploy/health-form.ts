/** The health check as a person fills it in, and the way from it to a spec and back. */
import { assertNever } from '#protocol/assert.ts';
import type { HealthCheck } from '#protocol/health-check.ts';
import type { Shell } from '#protocol/shell.ts';
import { wholeNumber } from './number-text.ts';

export interface HealthForm {
  type: HealthCheck['type'] | 'none';
  command: string;
  shell: Shell;
  url: string;
  expectStatus: string;
  host: string;
  port: string;
  timeoutSeconds: string;
  retries: string;
  intervalSeconds: string;
}

export const emptyHealth = (): HealthForm => ({
  type: 'none',
  command: '',
  shell: 'sh',
  url: '',
  expectStatus: '200',
  host: '127.0.0.1',
  port: '',
  timeoutSeconds: '10',
  retries: '3',
  intervalSeconds: '5',
});

const ofType = (form: HealthForm): Record<string, unknown> => {
  switch (form.type) {
    case 'none':
      return {};
    case 'command':
      return { command: form.command, shell: form.shell };
    case 'http':
      return { url: form.url.trim(), expect_status: wholeNumber(form.expectStatus) };
    case 'tcp':
      return { host: form.host.trim(), port: wholeNumber(form.port) };
    default:
      return assertNever(form.type);
  }
};

export const healthInput = (form: HealthForm): Record<string, unknown> | null =>
  form.type === 'none'
    ? null
    : {
        type: form.type,
        ...ofType(form),
        timeout_seconds: wholeNumber(form.timeoutSeconds),
        retries: wholeNumber(form.retries),
        interval_seconds: wholeNumber(form.intervalSeconds),
      };

const fromType = (check: HealthCheck): Partial<HealthForm> => {
  switch (check.type) {
    case 'command':
      return { command: check.command, shell: check.shell };
    case 'http':
      return { url: check.url, expectStatus: String(check.expect_status) };
    case 'tcp':
      return { host: check.host, port: String(check.port) };
    default:
      return assertNever(check);
  }
};

export const healthForm = (check: HealthCheck | null): HealthForm =>
  check === null
    ? emptyHealth()
    : {
        ...emptyHealth(),
        ...fromType(check),
        type: check.type,
        timeoutSeconds: String(check.timeout_seconds),
        retries: String(check.retries),
        intervalSeconds: String(check.interval_seconds),
      };
