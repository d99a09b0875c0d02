/** Packages by name on older releases of RHEL, whose yum is not dnf by another name. */
import { dnfLike } from './dnf.ts';
import { managerAdapter, type PackageManager } from './manager-adapter.ts';

const base = dnfLike('yum');

export const yumManager: PackageManager = {
  ...base,
  // `install` leaves a newer version in place, and there is no `--refresh`.
  downgrade: ({ name, version }, args) => [
    'yum',
    'downgrade',
    '--assumeyes',
    '--setopt=exit_on_lock=True',
    ...args,
    `${name}-${version}`,
  ],
  refresh: {
    when: /No package .* available|Nothing to do|Unable to find a match|Error 404|Status code: 404/,
    argv: ['yum', 'clean', 'expire-cache', '--setopt=exit_on_lock=True'],
  },
};

export const yum = managerAdapter(yumManager);
