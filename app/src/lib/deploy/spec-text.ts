/** A spec in words: what it does, and what was set beyond that. */
import { assertNever } from '#protocol/assert.ts';
import type { HealthCheck } from '#protocol/health-check.ts';
import type { Action, Spec } from '#protocol/spec.ts';
import type { Strategy } from '#protocol/strategy.ts';
import { formatBytes, plural } from '../format/number.ts';
import { formatElapsed } from '../format/time.ts';

export type Fact = [name: string, value: string];

const seconds = (count: number): string => formatElapsed(count * 1000);

/** `scriptName` is null where it is not known. */
export const headlineOf = ({ action }: Spec, scriptName: string | null): string => {
  switch (action.kind) {
    case 'command':
      return action.command.trim().split('\n')[0] ?? '';
    case 'script':
      return `Run ${scriptName ?? 'a script'} ${action.parameters}`.trim();
    case 'software': {
      const packages = plural(action.software_ids.length + action.custom_software.length, 'package');
      return `${action.operation === 'install' ? 'Install' : 'Uninstall'} ${packages}`;
    }
    case 'files':
      return `Copy ${plural(action.file_ids.length, 'file')} to ${action.destination}`;
    default:
      return assertNever(action);
  }
};

const runFacts = (action: Extract<Action, { kind: 'command' | 'script' }>): Fact[] => {
  const names = Object.entries(action.env).map(([name, value]) =>
    typeof value === 'string' ? name : `${name} (secret)`,
  );
  return [
    ...(names.length > 0 ? [['Environment', names.join(', ')] satisfies Fact] : []),
    ...(action.undo === null ? [] : [['What undoes it', action.undo.command] satisfies Fact]),
  ];
};

const actionFacts = (action: Action): Fact[] => {
  switch (action.kind) {
    case 'command': {
      const { shell, working_directory } = action;
      const directory: Fact[] = working_directory === null ? [] : [['Working directory', working_directory]];
      return [['Shell', shell], ...directory, ...runFacts(action)];
    }
    case 'script': {
      const { version, parameters, userinterface_name } = action;
      return [
        ['Version', version === null ? 'the newest' : String(version)],
        ...(parameters === '' ? [] : [['Parameters', parameters] satisfies Fact]),
        ...(userinterface_name === null ? [] : [['User interface', userinterface_name] satisfies Fact]),
        ...runFacts(action),
      ];
    }
    case 'software': {
      const packages = action.custom_software.map(
        ({ name, version, package_type }) =>
          `${[name, version].filter(Boolean).join(' ')} (${package_type ?? 'by platform'})`,
      );
      return packages.length === 0 ? [] : [['Packages', packages.join(', ')]];
    }
    case 'files': {
      const mode: Fact[] = action.mode === null ? [] : [['Mode', action.mode]];
      return [['Existing files', action.overwrite ? 'are replaced' : 'are kept'], ...mode];
    }
    default:
      return assertNever(action);
  }
};

const waves = (strategy: Strategy): string => {
  switch (strategy.type) {
    case 'parallel':
      return 'all at once';
    case 'rolling': {
      const size = strategy.batch_size ?? `${strategy.batch_percent}%`;
      return `rolling, ${size} at a time${strategy.pause_seconds > 0 ? `, ${seconds(strategy.pause_seconds)} between` : ''}`;
    }
    case 'canary': {
      const size = strategy.canary_size ?? `${strategy.canary_percent}%`;
      const bake = strategy.bake_seconds > 0 ? `, watched for ${seconds(strategy.bake_seconds)}` : '';
      return `canary of ${size}${bake}, promoted by ${strategy.promote === 'manual' ? 'a person' : 'itself'}`;
    }
    case 'blue_green':
      return `blue and green, promoted by ${strategy.promote === 'manual' ? 'a person' : 'itself'}`;
    default:
      return assertNever(strategy);
  }
};

const strategyFacts = (strategy: Strategy): Fact[] => [
  ['Order', waves(strategy)],
  ...(strategy.max_concurrency === null ? [] : [['At the same time', String(strategy.max_concurrency)] satisfies Fact]),
  ...(strategy.max_failures === null ? [] : [['Failures allowed', String(strategy.max_failures)] satisfies Fact]),
  ...(strategy.type === 'blue_green' && strategy.switch !== null
    ? [['Switch command', strategy.switch.command] satisfies Fact]
    : []),
];

const checkText = (check: HealthCheck): string => {
  switch (check.type) {
    case 'command':
      return check.command;
    case 'http':
      return `${check.url} answers ${check.expect_status}`;
    case 'tcp':
      return `${check.host}:${check.port} takes connections`;
    default:
      return assertNever(check);
  }
};

/** Only what was set, and what one asks for when something did not work. */
export const factsOf = (spec: Spec): Fact[] => {
  const { offline, health_check: check, bandwidth_limit: limit } = spec;
  const offlineText =
    offline.policy === 'fail' ? 'fail at once' : `wait, ${seconds(offline.expires_in_seconds)} at most`;
  return [
    ...actionFacts(spec.action),
    ...strategyFacts(spec.strategy),
    ['Time limit', seconds(spec.timeout_seconds)],
    ['If a host is offline', offlineText],
    ...(spec.retries > 0 ? [['Retries', String(spec.retries)] satisfies Fact] : []),
    ...(check === null
      ? []
      : [['Health check', `${checkText(check)}, ${plural(check.retries + 1, 'try', 'tries')}`] satisfies Fact]),
    ...(limit === null ? [] : [['Download limit', `${formatBytes(limit)} a second`] satisfies Fact]),
    ...(spec.rollback_on_failure ? [['When it fails', 'it is rolled back'] satisfies Fact] : []),
    ...(spec.idempotent ? [['Safe to run twice', 'yes'] satisfies Fact] : []),
  ];
};
