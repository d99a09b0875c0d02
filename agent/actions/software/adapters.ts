/** Which package types this agent works with. A type that is not here is refused as unsupported. */
import type { PackageType } from '#protocol/software.ts';
import type { Adapter } from './adapter.ts';
import { apt } from './apt.ts';
import { archive } from './archive.ts';
import { deb } from './deb.ts';
import { sh } from './sh.ts';

export const adapters: Readonly<Partial<Record<PackageType, Adapter>>> = { apt, deb, sh, archive };
