/** Exit codes of Windows Installer, which installers of other kinds and Chocolatey pass on; pure. */
import type { JudgeRules } from './judge.ts';

export const installerCodes: NonNullable<JudgeRules['codes']> = {
  1601: { fails: 'the Windows Installer service cannot be reached' },
  1602: { fails: 'the installation was canceled on the machine' },
  1603: { fails: 'the installer failed (1603)' },
  1604: { fails: 'the installation was suspended; the machine wants a restart first' },
  1605: 'not_installed',
  1612: { fails: 'the source of the installed product is not available' },
  1614: 'not_installed',
  1618: 'locked',
  1619: { fails: 'the package cannot be opened' },
  1620: { fails: 'the file is not a Windows Installer package' },
  1625: { fails: 'a policy of the system forbids this installation' },
  1632: { fails: 'the folder for temporary files is full or cannot be written' },
  1633: { fails: 'the package is not made for this kind of machine' },
  1638: 'already_installed',
  1641: 'reboot_required',
  3010: 'reboot_required',
};
