import { describe, expect, it } from 'vitest';
import { commandAction, scriptAction, softwareAction, storedFile } from '../actions/test/make-run.ts';
import { decideAction } from './decide.ts';
import { Policy } from './policy.ts';

const policy = (fields: Partial<Policy>): Policy => Policy.parse(fields);
const filesAction = {
  kind: 'files',
  file: storedFile('a.txt', 1, 'a'.repeat(64)),
  destination: '/opt/a.txt',
  into_directory: false,
  mode: null,
  overwrite: true,
} as const;

describe('JOB12 what the policy refuses names its rule', () => {
  it.each([
    [{}, commandAction('anything; at all'), null],
    [{ actions: ['files'] }, commandAction('uptime'), 'actions:'],
    [{ actions: ['command'] }, filesAction, 'actions:'],
    [{ actions: ['command', 'files'] }, softwareAction({}), 'actions:'],
    [{ actions: [] }, filesAction, 'actions:'],
    [{ actions: ['files'] }, filesAction, null],
    [{ allow_commands: ['uptime'] }, commandAction('uptime'), null],
    [{ allow_commands: ['uptime'] }, commandAction('reboot'), 'allow_commands:'],
    [{ allow_commands: [] }, commandAction('uptime'), 'allow_commands:'],
    [{ deny_commands: ['reboot'] }, commandAction('reboot'), 'deny_commands:'],
    [{ deny_commands: ['reboot'] }, commandAction('uptime'), null],
    [{ allow_commands: ['*'], deny_commands: ['reboot'] }, commandAction('reboot'), 'deny_commands:'],
    [{ allow_commands: ['*'] }, commandAction('uptime', { env: { PATH: '/tmp' } }), 'allow_commands:'],
    [{ allow_commands: ['*'], env: { STAGE: 'a' } }, commandAction('uptime', { env: { STAGE: 'b' } }), null],
    [{}, commandAction('uptime', { env: { PATH: '/tmp' } }), null],
    [{ allow_commands: ['uptime'] }, softwareAction({ package_type: 'apt' }), null],
    [{ allow_commands: ['uptime'] }, softwareAction({ package_type: 'sh' }), 'allow_commands:'],
    [{}, softwareAction({ package_type: 'sh' }), null],
    [{ allow_commands: ['uptime'] }, softwareAction({ package_type: 'exe' }), 'allow_commands:'],
    [
      { deny_commands: ['del *'] },
      softwareAction({ operation: 'uninstall', uninstall_command: 'DEL C:\\x' }),
      'deny_commands:',
    ],
    [
      { deny_commands: ['rm *'] },
      softwareAction({ operation: 'uninstall', uninstall_command: 'rm -rf /opt/x' }),
      'deny_commands:',
    ],
    [
      { allow_commands: ['rm -rf /opt/*'] },
      softwareAction({ operation: 'uninstall', uninstall_command: 'rm -rf /opt/x' }),
      null,
    ],
    [{ allow_commands: ['uptime'] }, softwareAction({ operation: 'uninstall' }), null],
    [{}, scriptAction('reboot'), null],
    [{ actions: ['command'] }, scriptAction('true'), 'actions:'],
    [{ allow_commands: ['true'] }, scriptAction('true'), 'allow_commands:'],
    [{ deny_commands: ['reboot'] }, scriptAction('echo x\nreboot\n'), 'deny_commands:'],
    [
      { deny_commands: ['Stop-Computer'] },
      scriptAction('STOP-COMPUTER', { interpreter: 'powershell' }),
      'deny_commands:',
    ],
    [{ deny_commands: ['STOP'] }, scriptAction('stop', { interpreter: 'python' }), null],
  ] as const)('%j, %o: %s', (fields, action, rule) => {
    const decision = decideAction(Policy.parse(fields), action);
    if (rule === null) expect(decision).toEqual({ allowed: true });
    else expect(decision).toEqual({ allowed: false, message: expect.stringContaining(rule) });
  });

  it('an inherited property name is no variable that the policy names', () => {
    const action = commandAction('uptime', { env: { toString: 'x' } });
    expect(decideAction(policy({ allow_commands: ['*'] }), action).allowed).toBe(false);
  });
});
