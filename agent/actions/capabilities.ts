/** What this machine can do, told in `hello`: shells, interpreters and package managers that are there. */
import type { Capabilities } from '#protocol/agent/to-server.ts';
import { Interpreter } from '#protocol/script.ts';
import { Shell } from '#protocol/shell.ts';
import { PackageType } from '#protocol/software.ts';
import { ActionKind } from '#protocol/spec.ts';
import type { Platform } from '../policy/paths.ts';
import { jobPath } from './environment.ts';
import { interpreterPrograms } from './interpreters.ts';
import { platformOf } from './machine.ts';
import { shellPrograms } from './shells.ts';
import { adapters } from './software/adapters.ts';
import { type FindProgram, missingFor, programFinder } from './software/package-host.ts';

export const capabilitiesOf = (platform: Platform, find: FindProgram): Capabilities => ({
  actions: [...ActionKind.options],
  shells: Shell.options.filter((shell) => shellPrograms(platform, shell).some((name) => find(name) !== null)),
  interpreters: Interpreter.options.filter((name) =>
    interpreterPrograms(platform, name).some((one) => find(one) !== null),
  ),
  package_types: PackageType.options.filter((type) => missingFor(adapters[type].host, platform, find) === null),
});

export const capabilities = (): Capabilities => {
  const platform = platformOf(process.platform);
  const env = platform === 'windows' ? process.env : { PATH: jobPath(process.env.PATH) };
  return capabilitiesOf(platform, programFinder(platform, env));
};
