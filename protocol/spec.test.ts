import { describe, expect, it } from 'vitest';
import { splitArguments } from './arguments.ts';
import { newId } from './ids.ts';
import { fieldIssues } from './issues.ts';
import { RequestedSpec } from './spec.ts';

const source = { now: () => 1_772_366_400_000, randomBytes: (length: number) => new Uint8Array(length).fill(7) };
const device = newId('dev', source);
const file = newId('file', source);
const group = newId('grp', source);
const otherGroup = newId('grp', { ...source, now: () => 1 });
const thirdGroup = newId('grp', { ...source, now: () => 2 });
const script = newId('scr', source);
const command = { kind: 'command', command: 'uptime' };
const spec = (overrides: Record<string, unknown> = {}) => ({ action: command, device_ids: [device], ...overrides });

const issuesOf = (value: unknown) => {
  const result = RequestedSpec.safeParse(value);
  return result.success ? [] : fieldIssues(result.error).map(({ path, message }) => `${path}: ${message}`);
};

describe('a spec', () => {
  it('gets its defaults', () => {
    expect(RequestedSpec.parse(spec())).toMatchObject({
      timeout_seconds: 600,
      retries: 0,
      idempotent: false,
      offline: { policy: 'fail' },
      strategy: { type: 'parallel', max_concurrency: null, max_failures: null },
      action: { shell: 'sh', env: {}, working_directory: null },
    });
  });

  it('names each device once', () => {
    expect(RequestedSpec.parse(spec({ device_ids: [device, device] })).device_ids).toEqual([device]);
  });

  it('may name blue and green alone', () => {
    const strategy = { type: 'blue_green', blue_group_id: group, green_group_id: otherGroup };
    expect(issuesOf({ action: command, strategy })).toEqual([]);
    expect(issuesOf({ action: command, strategy, group_ids: [otherGroup] })).toEqual([]);
  });

  it('is careful by default where a first wave is to show whether it is well', () => {
    const parsed = RequestedSpec.parse(spec({ strategy: { type: 'canary', canary_size: 1 } }));
    expect(parsed.strategy).toMatchObject({ max_failures: 0, bake_seconds: 0, promote: 'auto', max_concurrency: null });
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
    ['a strategy that there is not', spec({ strategy: { type: 'yolo' } }), /^strategy\.type: /],
    [
      'a canary of no size',
      spec({ strategy: { type: 'canary' } }),
      /^strategy\.canary_size: give either canary_size or canary_percent$/,
    ],
    [
      'batches of two sizes',
      spec({ strategy: { type: 'rolling', batch_size: 1, batch_percent: 10 } }),
      /^strategy\.batch_size: give either batch_size or batch_percent$/,
    ],
    ['batches of no device', spec({ strategy: { type: 'rolling', batch_size: 0 } }), /^strategy\.batch_size: /],
    [
      'a budget of more than all',
      spec({ strategy: { type: 'parallel', max_failures: '101%' } }),
      /^strategy\.max_failures: must be a whole number up to 10000 or a percentage such as "10%"$/,
    ],
    [
      'blue and green the same',
      { action: command, strategy: { type: 'blue_green', blue_group_id: group, green_group_id: group } },
      /^strategy\.green_group_id: must be another group than blue_group_id$/,
    ],
    [
      'devices beside blue and green',
      spec({ strategy: { type: 'blue_green', blue_group_id: group, green_group_id: otherGroup } }),
      /^device_ids: must be empty/,
    ],
    [
      'a third group beside blue and green',
      {
        action: command,
        group_ids: [group, thirdGroup],
        strategy: { type: 'blue_green', blue_group_id: group, green_group_id: otherGroup },
      },
      /^group_ids\.1: is neither blue_group_id nor green_group_id$/,
    ],
    ['a health check of nothing', spec({ health_check: { type: 'tcp' } }), /^health_check\.port: /],
    [
      'a health check of a strange address',
      spec({ health_check: { type: 'http', url: 'file:///etc/passwd' } }),
      /^health_check\.url: must be an http or https address$/,
    ],
    [
      'a secret without its value',
      spec({ action: { ...command, env: { TOKEN: { secret: true } } } }),
      /^action\.env\.TOKEN\.value: give the secret value/,
    ],
    [
      'a script parameter with an open quote',
      spec({ action: { kind: 'script', script_id: script, parameters: '--name "x' } }),
      /^action\.parameters: has a quote that is not closed$/,
    ],
    ['an empty undo command', spec({ action: { ...command, undo: { command: ' ' } } }), /^action\.undo\.command: /],
    ['no package', spec({ action: { kind: 'software' } }), /^action\.software_ids: name at least one package$/],
    [
      'an option for a package name',
      spec({ action: { kind: 'software', custom_software: [{ name: '--force', package_type: 'apt' }] } }),
      /^action\.custom_software\.0\.name: /,
    ],
    [
      'a package type that there is not',
      spec({ action: { kind: 'software', custom_software: [{ name: 'x', package_type: 'snap' }] } }),
      /^action\.custom_software\.0\.package_type: /,
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
      /^action\.custom_software\.0\.download_url: a package of type deb needs/,
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
