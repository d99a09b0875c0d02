import { describe, expect, test } from 'vitest';
import { type Command, parseCommand } from './arguments.ts';

const enroll = { type: 'enroll', server: 'https://x.example', token: 't', name: null, stateDirectory: null } as const;

describe('commands', () => {
  test.each<[string, Command]>([
    ['enroll --server https://x.example --token t', enroll],
    [
      'enroll --server=https://x.example/ --token=t --name lab --state-dir /s',
      { ...enroll, name: 'lab', stateDirectory: '/s' },
    ],
    ['run', { type: 'run', stateDirectory: null }],
    ['run --state-dir D', { type: 'run', stateDirectory: 'D' }],
    ['status --json', { type: 'status', json: true, stateDirectory: null }],
    ['service install --state-dir D', { type: 'service', operation: 'install', stateDirectory: 'D' }],
    ['service uninstall', { type: 'service', operation: 'uninstall', stateDirectory: null }],
    ['--version', { type: 'version' }],
    ['--help', { type: 'help' }],
    ['run -h', { type: 'help' }],
    ['', { type: 'help' }],
  ])('%s', (line, command) => {
    expect(parseCommand(line.split(' ').filter((word) => word !== ''))).toEqual({ ok: true, command });
  });
});

describe('mistakes are answered with one line that names them', () => {
  test.each([
    ['enroll --token t', /^--server is missing/],
    ['enroll --server https://x.example', /^--token is missing/],
    ['enroll --server ftp://x --token t', /^--server: must be an http or https address/],
    ['enroll --server x --token t', /^--server: /],
    ['enroll --server https://x.example --token t --name=', /^--name must be/],
    ['enroll --server https://x.example --token t --json', /^--json is no option of enroll/],
    ['enroll --server', /--server/],
    ['run --token t', /^--token is no option of run/],
    ['run fast', /^unexpected argument: fast/],
    ['run --state-dir=', /^--state-dir must not be empty/],
    ['run --fast', /--fast/],
    ['service', /^service takes install or uninstall/],
    ['service restart', /^service takes install or uninstall/],
    ['explode', /^unknown command: explode/],
    ['constructor', /^unknown command: constructor/],
  ])('%s', (line, error) => {
    const parsed = parseCommand(line.split(' '));
    expect(parsed).toMatchObject({ ok: false, error: expect.stringMatching(error) });
    expect(parsed.ok ? '' : parsed.error).not.toContain('\n');
  });
});
