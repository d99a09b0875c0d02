/** All package types and what carries each out; the compiler asks for one that is missing. */
import type { PackageType } from '#protocol/software.ts';
import type { Adapter } from './adapter.ts';
import { apk } from './apk.ts';
import { apt } from './apt.ts';
import { archive } from './archive.ts';
import { brew } from './brew.ts';
import { choco } from './choco.ts';
import { deb } from './deb.ts';
import { dmg } from './dmg.ts';
import { dnf } from './dnf.ts';
import { exe } from './exe.ts';
import { msi } from './msi.ts';
import { pacman } from './pacman.ts';
import { pkg } from './pkg.ts';
import { rpm } from './rpm.ts';
import { sh } from './sh.ts';
import { winget } from './winget.ts';
import { yum } from './yum.ts';
import { zypper } from './zypper.ts';

export const adapters: Readonly<Record<PackageType, Adapter>> = {
  apt,
  dnf,
  yum,
  zypper,
  apk,
  pacman,
  brew,
  choco,
  winget,
  deb,
  rpm,
  msi,
  exe,
  pkg,
  dmg,
  sh,
  archive,
};
