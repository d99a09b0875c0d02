import { describe, expect, it } from 'vitest';
import { splitArguments } from './arguments.ts';
import { newId } from './ids.ts';
import { fieldIssues } from './issues.ts';
import { SpecWithTargets } from './spec.ts';

const source = { now: () => 1_772_366_400_000, randomBytes: (length: number) => new Uint8Array(length).fill(7) };
const device = newId('dev', source);
const file = newId('file', source);
const command = { kind: 'command', command: 'uptime' };
const spec = (overrides: Record<string, unknown> = {}) => ({ action: command, device_ids: [device], ...overrides });

const issuesOf = (value: unknown) => {
  const result = SpecWithTargets.safeParse(value);
  return result.success ? [] : fieldIssues(result.error).map(({ path, message }) => `${path}: ${message}`);
};

describe('a spec', () => {
  it('gets its defaults', () => {
    expect(SpecWithTargets.parse(spec())).toMatchObject({
      timeout_seconds: 600,
      retries: 0,
      idempotent: false,
      offline: { policy: 'fail' },
      strategy: { type: 'parallel', max_concurrency: null, max_failures: null },
      action: { shell: 'sh', env: {}, working_directory: null },
    });
  });

  it('names each device once', () => {
    expect(SpecWithTargets.parse(spec({ device_ids: [device, device] })).device_ids).toEqual([device]);
  });

  const refused: [string, unknown, RegExp][] = [
    ['no targets', { action: command }, /^device_ids: name at least one device or group$/],
    ['an unknown field', spec({ priority: 1 }), /^priority: is not a known field$/],
    [
      'an unknown field of the action',
      spec({ action: { ...command, sudo: true } }),
      /^action\.sudo: is not a known field$/,
    ],
    ['an unknown kind', spec({ action: { kind: 'magic' } }), /^action\.kind: /],
    ['an empty command', spec({ action: { ...command, command: '' } }), /^action\.command: must not be empty$/],
    ['a blank command', spec({ action: { ...command, command: ' \n' } }), /^action\.command: must not be blank$/],
    ['NUL in a command', spec({ action: { ...command, command: 'a\0b' } }), /^action\.command: must not contain NUL$/],
    ['an unknown shell', spec({ action: { ...command, shell: 'fish' } }), /^action\.shell: /],
    [
      'a relative working directory',
      spec({ action: { ...command, working_directory: 'tmp' } }),
      /^action\.working_directory: must be an absolute path$/,
    ],
    [
      'a variable whose name is none',
      spec({ action: { ...command, env: { 'A B': '1' } } }),
      /^action\.env\.A B: the name must be letters, digits and underscores, not starting with a digit$/,
    ],
    [
      'a group id among devices',
      spec({ device_ids: ['grp_1'] }),
      /^device_ids\.0: must be an id that starts with dev_$/,
    ],
    ['a time limit of 0', spec({ timeout_seconds: 0 }), /^timeout_seconds: /],
    ['a time limit in text', spec({ timeout_seconds: '60' }), /^timeout_seconds: /],
    ['an unknown offline policy', spec({ offline: { policy: 'hope' } }), /^offline\.policy: /],
    ['a strategy that is not there yet', spec({ strategy: { type: 'canary' } }), /^strategy\.type: /],
    [
      'a health check, which is not there yet',
      spec({ health_check: { type: 'tcp', port: 80 } }),
      /^health_check: health checks are not supported yet$/,
    ],
    ['no package', spec({ action: { kind: 'software' } }), /^action\.software_ids: name at least one package$/],
    [
      'an option for a package name',
      spec({ action: { kind: 'software', custom_software: [{ name: '--force', package_type: 'apt' }] } }),
      /^action\.custom_software\.0\.name: /,
    ],
    [
      'a package type that is not there yet',
      spec({ action: { kind: 'software', custom_software: [{ name: 'x', package_type: 'winget' }] } }),
      /^action\.custom_software\.0\.package_type: winget packages are not supported yet/,
    ],
    [
      'a package from a file URL',
      spec({
        action: {
          kind: 'software',
          custom_software: [{ name: 'x', package_type: 'deb', download_url: 'file:///etc/passwd' }],
        },
      }),
      /^action\.custom_software\.0\.download_url: must be an http or https address$/,
    ],
    [
      'a package file from nowhere',
      spec({ action: { kind: 'software', custom_software: [{ name: 'x', package_type: 'deb' }] } }),
      /^action\.custom_software\.0\.download_url: a deb package needs/,
    ],
    [
      'a mode that is no mode',
      spec({ action: { kind: 'files', file_ids: [file], destination: '/opt/', mode: '9999' } }),
      /^action\.mode: /,
    ],
    [
      'a relative destination',
      spec({ action: { kind: 'files', file_ids: [file], destination: '../etc' } }),
      /^action\.destination: must be an absolute path$/,
    ],
  ];
  for (const [name, value, expected] of refused)
    it(`is refused with ${name}`, () => {
      const issues = issuesOf(value);
      expect(
        issues.some((issue) => expected.test(issue)),
        issues.join(' | '),
      ).toBe(true);
    });
});

describe('arguments in one line', () => {
  const cases: [string, string[] | null][] = [
    ['', []],
    ['a  b\tc', ['a', 'b', 'c']],
    [`'a b' "c d" e\\ f`, ['a b', 'c d', 'e f']],
    [`--name="x y" ''`, ['--name=x y', '']],
    ['$(reboot) `id` ; rm', ['$(reboot)', '`id`', ';', 'rm']],
    [`'open`, null],
  ];
  for (const [line, words] of cases) it(JSON.stringify(line), () => expect(splitArguments(line)).toEqual(words));
});
