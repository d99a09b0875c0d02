import { describe, expect, it } from 'vitest';
import { judgeApk } from './apk.ts';
import { judgeApt } from './apt-commands.ts';
import { judgeBrew } from './brew.ts';
import type { Judge } from './change-system.ts';
import { judgeChoco } from './choco.ts';
import { judgeDnf } from './dnf.ts';
import { judgeExe } from './exe.ts';
import { judgeMsi } from './msi.ts';
import { judgePacman } from './pacman.ts';
import { judgePkg } from './pkg.ts';
import { judgeRpm } from './rpm.ts';
import { judgeWinget, judgeWingetRemoval } from './winget.ts';
import { judgeZypper } from './zypper.ts';

type Row = [code: number, output: string, meaning: string];

/** A failure is given by its message, with its reason in front when that is not the usual one. */
const meaningOf = (judge: Judge, code: number, output: string): string => {
  const verdict = judge(code, output);
  if (verdict.type !== 'failed') return verdict.type;
  return verdict.reason === 'install_failed' ? verdict.message : `${verdict.reason}: ${verdict.message}`;
};

const tables: Record<string, { judge: Judge; rows: Row[] }> = {
  apt: {
    judge: judgeApt,
    rows: [
      [0, '', 'done'],
      [100, 'E: Could not get lock /var/lib/dpkg/lock-frontend', 'locked'],
      [100, 'E: dpkg was interrupted, you must manually run', 'interrupted'],
      [100, 'E: Unable to correct problems', 'Unable to correct problems'],
      [100, '', 'apt-get exited with code 100'],
    ],
  },
  dnf: {
    judge: judgeDnf('dnf'),
    rows: [
      [0, '', 'done'],
      [200, '', 'locked'],
      [1, 'error: Failed to obtain the transaction lock', 'locked'],
      [1, 'Last metadata…\nError: Unable to find a match: demo', 'Unable to find a match: demo'],
      [
        1,
        'Error: Transaction test error:\n  At least 20MB more space needed on /',
        'disk_full: Transaction test error:',
      ],
      [1, 'No match for argument: demo\nError: Unable to find a match: demo', 'Unable to find a match: demo'],
      [1, '', 'dnf exited with code 1'],
    ],
  },
  yum: {
    judge: judgeDnf('yum'),
    rows: [
      [0, '', 'done'],
      [200, 'Another app is currently holding the yum lock; exiting', 'locked'],
      [1, 'Error: Nothing to do', 'Nothing to do'],
    ],
  },
  zypper: {
    judge: judgeZypper,
    rows: [
      [0, '', 'done'],
      [4, 'Problem: nothing provides demo', 'nothing provides demo'],
      [7, 'System management is locked by the application with pid 1', 'locked'],
      [8, '', 'zypper exited with code 8'],
      [102, '', 'reboot_required'],
      [103, '', 'done'],
      [104, '', 'no repository of this machine has the package in that version'],
      [105, '', 'zypper was ended by a signal'],
      [106, '', 'done'],
      [107, '', 'the package was installed, but a script of it failed'],
    ],
  },
  apk: {
    judge: judgeApk,
    rows: [
      [0, '', 'done'],
      [99, 'ERROR: Unable to lock database: Resource temporarily unavailable', 'locked'],
      [99, 'ERROR: Unable to lock database: temporary error (try again later)', 'locked'],
      [99, 'ERROR: Unable to lock database: Permission denied', 'Unable to lock database: Permission denied'],
      [1, 'ERROR: unable to select packages:\n  demo (no such package)', 'unable to select packages:'],
      [1, 'ERROR: demo-1.0: No space left on device', 'disk_full: demo-1.0: No space left on device'],
    ],
  },
  pacman: {
    judge: judgePacman,
    rows: [
      [0, '', 'done'],
      [1, 'error: failed to init transaction (unable to lock database)', 'locked'],
      [1, 'error: target not found: demo', 'target not found: demo'],
      [
        1,
        'error: Partition / too full: not enough free disk space',
        'disk_full: Partition / too full: not enough free disk space',
      ],
    ],
  },
  brew: {
    judge: judgeBrew,
    rows: [
      [0, 'Warning: demo 1.0 is already installed', 'done'],
      [1, 'Error: A `brew install demo` process has already locked /opt/homebrew/Cellar/demo.', 'locked'],
      [1, 'Error: No formulae or casks found for demo.', 'No formulae or casks found for demo.'],
    ],
  },
  choco: {
    judge: judgeChoco,
    rows: [
      [0, '', 'done'],
      [2, '', 'already_installed'],
      [350, '', 'the machine wants a restart first'],
      [1604, '', 'the installation was suspended; the machine wants a restart first'],
      [1605, '', 'not_installed'],
      [1618, '', 'locked'],
      [1638, '', 'already_installed'],
      [1641, '', 'reboot_required'],
      [3010, '', 'reboot_required'],
      [1, 'ERROR: broken', 'broken'],
    ],
  },
  winget: {
    judge: judgeWinget,
    rows: [
      [0, '', 'done'],
      [0x8a15002b, '', 'already_installed'],
      [0x8a150061, '', 'already_installed'],
      [0x8a15010d, '', 'already_installed'],
      [0x8a150102, '', 'locked'],
      // The same code as a signed number.
      [-1978334974, '', 'locked'],
      [0x8a150109, '', 'reboot_required'],
      [0x8a15010b, '', 'reboot_required'],
      [0x8a15010a, '', 'the machine wants a restart before this can be installed'],
      [0x8a150014, '', 'no repository has a package with this id'],
      [0x8a150105, '', 'disk_full: the disk is full'],
      [0x8a150001, '', 'winget exited with code 2316632065'],
    ],
  },
  'winget uninstall': {
    judge: judgeWingetRemoval,
    rows: [
      [0, '', 'done'],
      [0x8a150014, '', 'not_installed'],
    ],
  },
  msi: {
    judge: judgeMsi,
    rows: [
      [0, '', 'done'],
      [1602, '', 'the installation was canceled on the machine'],
      [1603, '', 'the installer failed (1603)'],
      [1605, '', 'not_installed'],
      [1618, '', 'locked'],
      [1619, '', 'the package cannot be opened'],
      [1638, '', 'already_installed'],
      [1641, '', 'reboot_required'],
      [3010, '', 'reboot_required'],
      [5, '', 'msiexec exited with code 5'],
    ],
  },
  exe: {
    judge: judgeExe,
    rows: [
      [0, '', 'done'],
      [3010, '', 'reboot_required'],
      [1641, '', 'reboot_required'],
      [1638, '', 'already_installed'],
      [1618, '', 'locked'],
      [7, '', 'the installer exited with code 7'],
    ],
  },
  pkg: {
    judge: judgePkg,
    rows: [
      [0, 'installer: The install was successful.', 'done'],
      [0, 'installer: The install requires restarting now.', 'reboot_required'],
      [1, 'installer: Error - the package path specified was invalid', 'the package path specified was invalid'],
    ],
  },
  rpm: {
    judge: judgeRpm,
    rows: [
      [0, '', 'done'],
      [1, "error: can't create transaction lock on /var/lib/rpm/.rpm.lock", 'locked'],
      [1, 'error: Failed dependencies:\n\tlibx is needed by demo', 'Failed dependencies:'],
    ],
  },
};

for (const [manager, { judge, rows }] of Object.entries(tables))
  describe(`the end of ${manager}`, () => {
    it.each(rows)('code %i, %j means %s', (code, output, meaning) => {
      expect(meaningOf(judge, code, output)).toBe(meaning);
    });
  });
