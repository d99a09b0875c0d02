/** What this machine can do, told in `hello`: shells and package managers that are there. */
import type { Capabilities } from '#protocol/agent/to-server.ts';
import type { PackageType } from '#protocol/software.ts';
import { ActionKind, Shell } from '#protocol/spec.ts';
import type { Platform } from '../policy/paths.ts';
import { jobPath } from './environment.ts';
import { platformOf } from './machine.ts';
import { findProgram } from './programs.ts';
import { shellPrograms } from './shells.ts';

/** For each type the programs of which all must be there. */
const needs: readonly { type: PackageType; programs: readonly string[] }[] = [
  { type: 'apt', programs: ['apt-get', 'apt-cache', 'dpkg-query'] },
  { type: 'deb', programs: ['dpkg', 'dpkg-deb', 'dpkg-query'] },
  { type: 'sh', programs: ['sh'] },
  { type: 'archive', programs: ['tar'] },
];

export const capabilitiesOf = (platform: Platform, has: (program: string) => boolean): Capabilities => ({
  actions: [...ActionKind.options],
  shells: Shell.options.filter((shell) => shellPrograms(platform, shell).some(has)),
  package_types:
    platform === 'windows' ? [] : needs.filter(({ programs }) => programs.every(has)).map(({ type }) => type),
});

export const capabilities = (): Capabilities => {
  const platform = platformOf(process.platform);
  const env = platform === 'windows' ? process.env : { PATH: jobPath(process.env.PATH) };
  return capabilitiesOf(platform, (program) => findProgram(platform, program, env) !== null);
};
