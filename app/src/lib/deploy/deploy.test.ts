import { describe, expect, it } from 'vitest';
import { splitArguments } from '#protocol/arguments.ts';
import type { Target } from '#protocol/http/deployments.ts';
import type { Device } from '#protocol/http/hosts.ts';
import { DeviceId, HostId, TargetId } from '#protocol/ids.ts';
import { SpecWithTargets } from '#protocol/spec.ts';
import { checkForm, issuesByField } from './check-form.ts';
import { type DeployForm, emptyEnvRow, emptyForm, emptyPackageRow, formOf } from './form.ts';
import { joinArguments } from './join-arguments.ts';
import { KeyPerBody } from './key-per-body.ts';
import { LoadUntil } from './load-until.ts';
import { isNewer, mergeTargets } from './merge-targets.ts';
import { prefilledForm } from './prefill.ts';
import { previewOf } from './preview.ts';
import { statusesOf, targetFilters } from './target-filter.ts';

const id = (prefix: string, number = 0) => `${prefix}_${String(number).padStart(26, '0')}`;
const device1 = id('dev', 1);

const form = (change: (form: DeployForm) => void): DeployForm => {
  const made = emptyForm();
  made.command.command = 'uptime';
  made.deviceIds = [device1];
  change(made);
  return made;
};

const issues = (change: (form: DeployForm) => void): Record<string, string> => {
  const checked = checkForm(form(change));
  return checked.type === 'ok' ? {} : Object.fromEntries(checked.issues);
};

describe('form to spec', () => {
  it('makes a command with every option', () => {
    const checked = checkForm(
      form((f) => {
        f.name = 'nightly';
        f.command = {
          command: 'make',
          shell: 'bash',
          workingDirectory: ' /srv ',
          env: [{ key: 1, name: 'A', value: ' b ' }, emptyEnvRow()],
        };
        f.timeoutSeconds = '30';
        f.retries = '2';
        f.idempotent = true;
        f.offlinePolicy = 'wait';
        f.expiresInSeconds = '3600';
        f.maxConcurrency = '5';
        f.maxFailures = '0';
      }),
    );
    expect(checked).toEqual({
      type: 'ok',
      body: {
        name: 'nightly',
        action: { kind: 'command', command: 'make', shell: 'bash', working_directory: '/srv', env: { A: ' b ' } },
        device_ids: [device1],
        group_ids: [],
        timeout_seconds: 30,
        retries: 2,
        idempotent: true,
        offline: { policy: 'wait', expires_in_seconds: 3600 },
        strategy: { type: 'parallel', max_concurrency: 5, max_failures: 0 },
      },
    });
  });

  it('makes software of the catalogue and of rows, without the source of a package that has none', () => {
    const checked = checkForm(
      form((f) => {
        f.kind = 'software';
        f.software.softwareIds = [id('pkg')];
        f.software.custom = [
          { ...emptyPackageRow(), name: 'nginx', version: '1.22*', downloadUrl: 'https://left.over' },
          {
            ...emptyPackageRow(),
            name: 'tool',
            packageType: 'deb',
            downloadUrl: 'https://x.example/t.deb',
            installArgs: "--a 'b c'",
          },
        ];
      }),
    );
    expect(checked.type).toBe('ok');
    expect(checked.body.action).toMatchObject({
      software_ids: [id('pkg')],
      custom_software: [
        { name: 'nginx', version: '1.22*', download_url: null },
        { name: 'tool', download_url: 'https://x.example/t.deb', install_args: "--a 'b c'" },
      ],
    });
  });

  it('makes files', () => {
    const checked = checkForm(
      form((f) => {
        f.kind = 'files';
        f.files = { fileIds: [id('file')], destination: '/opt/app/', mode: '0755', overwrite: false };
      }),
    );
    expect(checked).toMatchObject({
      type: 'ok',
      body: {
        action: { kind: 'files', file_ids: [id('file')], destination: '/opt/app/', mode: '0755', overwrite: false },
      },
    });
  });

  it('and back gives the form that was filled in', () => {
    for (const kind of ['command', 'software', 'files'] as const) {
      const filled = form((f) => {
        f.name = 'again';
        f.kind = kind;
        if (kind === 'command') f.command.env = [{ key: 1, name: 'A', value: 'b' }];
        if (kind === 'software') f.software.custom = [{ ...emptyPackageRow(), name: 'jq', installArgs: "-o 'a b'" }];
        if (kind === 'files') f.files = { fileIds: [id('file')], destination: '/x', mode: '', overwrite: true };
        f.offlinePolicy = 'wait';
        f.expiresInSeconds = '60';
        f.maxFailures = '3';
      });
      const first = checkForm(filled);
      const again = checkForm(formOf(SpecWithTargets.parse(first.body)));
      expect(SpecWithTargets.parse(again.body)).toEqual(SpecWithTargets.parse(first.body));
    }
  });
});

describe('errors at the field', () => {
  const table: [string, (form: DeployForm) => void, Record<string, string>][] = [
    ['nothing', () => {}, {}],
    [
      'an empty command',
      (f) => {
        f.command.command = '';
      },
      { 'action.command': 'must not be empty' },
    ],
    [
      'no target',
      (f) => {
        f.deviceIds = [];
      },
      { device_ids: 'name at least one device or group' },
    ],
    [
      'a relative directory',
      (f) => {
        f.command.workingDirectory = 'srv';
      },
      { 'action.working_directory': 'must be an absolute path' },
    ],
    [
      'a number half typed',
      (f) => {
        f.timeoutSeconds = '6o';
      },
      { timeout_seconds: 'must be a whole number' },
    ],
    [
      'no number',
      (f) => {
        f.retries = '';
      },
      { retries: 'must be a whole number' },
    ],
    [
      'a number too small',
      (f) => {
        f.timeoutSeconds = '0';
      },
      { timeout_seconds: 'must be at least 1' },
    ],
    [
      'a number too large',
      (f) => {
        f.retries = '11';
      },
      { retries: 'must be at most 10' },
    ],
    [
      'a wrong limit',
      (f) => {
        f.maxConcurrency = '0';
      },
      { 'strategy.max_concurrency': 'must be at least 1' },
    ],
    [
      'a wrong wait',
      (f) => {
        f.offlinePolicy = 'wait';
        f.expiresInSeconds = 'x';
      },
      { 'offline.expires_in_seconds': 'must be a whole number' },
    ],
    [
      'a variable set twice',
      (f) => {
        f.command.env = [
          { key: 1, name: 'A', value: '1' },
          { key: 2, name: 'A', value: '2' },
        ];
      },
      { 'action.env.0': 'is set twice' },
    ],
    [
      'a file of no name',
      (f) => {
        f.kind = 'files';
        f.files.destination = '/x';
      },
      { 'action.file_ids': 'name at least one file' },
    ],
    [
      'a wrong mode',
      (f) => {
        f.kind = 'files';
        f.files = { fileIds: [id('file')], destination: '/x', mode: '9', overwrite: true };
      },
      { 'action.mode': 'must be three octal digits such as 0644' },
    ],
    [
      'no package',
      (f) => {
        f.kind = 'software';
      },
      { 'action.software_ids': 'name at least one package' },
    ],
    [
      'a package without its file',
      (f) => {
        f.kind = 'software';
        f.software.custom = [{ ...emptyPackageRow(), name: 'x', packageType: 'deb' }];
      },
      { 'action.custom_software.0.download_url': 'choose an uploaded file or give a download address' },
    ],
  ];
  for (const [name, change, expected] of table) it(`names ${name}`, () => expect(issues(change)).toEqual(expected));

  it('names the row of a variable whose name is wrong', () => {
    const found = issues((f) => {
      f.command.env = [
        { key: 1, name: 'OK', value: '' },
        { key: 2, name: '1.BAD', value: '' },
      ];
    });
    expect(found).toEqual({
      'action.env.1': 'the name must be letters, digits and underscores, not starting with a digit',
    });
  });

  it('brings what the server says to the control that chooses it', () => {
    const found = issuesByField(
      [
        { path: 'device_ids.3', message: 'no such device' },
        { path: 'group_ids', message: 'no such group' },
        { path: 'action.software_ids.0', message: 'no such package' },
        { path: 'action.custom_software.1.name', message: 'bad' },
      ],
      [],
    );
    expect([...found]).toEqual([
      ['device_ids', 'no such device'],
      ['action.software_ids', 'no such package'],
      ['action.custom_software.1.name', 'bad'],
    ]);
  });
});

describe('arguments', () => {
  it('written as one line are read back to the same words', () => {
    const words = ['--plain', 'two words', "it's", '"quoted"', '$HOME', 'back\\slash', 'a=b', '*', 'zażółć'];
    expect(splitArguments(joinArguments(words))).toEqual(words);
  });
});

describe('prefilled form', () => {
  it('takes kind and ids from the link and leaves out what is no id', () => {
    const params = new URLSearchParams(
      `device=${device1}&device=${device1}&device=x&group=${id('grp')}&file=${id('file')}`,
    );
    const made = prefilledForm(params, null);
    expect(made).toMatchObject({ kind: 'files', deviceIds: [device1], groupIds: [id('grp')] });
    expect(made.files.fileIds).toEqual([id('file')]);
  });

  it('takes an unknown kind for a command', () => {
    expect(prefilledForm(new URLSearchParams('kind=magic'), null).kind).toBe('command');
  });
});

const device = (number: number, change: Partial<Device> = {}): Device => ({
  id: DeviceId.parse(id('dev', number)),
  host_id: HostId.parse(id('host')),
  key: 'self',
  name: `device ${number}`,
  kind: 'host',
  labels: {},
  status: 'online',
  has_running_deployment: false,
  lock: null,
  ...change,
});

describe('preview', () => {
  const base = { devices: [], groups: [], itemsPerDevice: 1, offlinePolicy: 'fail' as const, expiresInSeconds: null };

  it('counts a device once that is chosen and in a group', () => {
    const preview = previewOf({
      ...base,
      devices: [device(1), device(2)],
      groups: [{ devices: [device(2), device(3)] }],
    });
    expect(preview).toMatchObject({ deviceCount: 3, exact: true, headline: '3 devices', notes: [] });
  });

  it('says what happens to devices that are offline, by the policy', () => {
    const devices = [device(1), device(2, { status: 'offline' }), device(3, { status: 'offline' })];
    expect(previewOf({ ...base, devices }).notes).toEqual(['2 offline will fail at once']);
    expect(previewOf({ ...base, devices, offlinePolicy: 'wait', expiresInSeconds: 3600 }).notes).toEqual([
      '2 offline will wait for their hosts, 1 h at most',
    ]);
  });

  it('says what it does not know', () => {
    const preview = previewOf({
      ...base,
      devices: [device(1, { has_running_deployment: null })],
      groups: [{ deviceCount: 5000 }],
    });
    expect(preview.headline).toBe('up to 5,001 devices');
    expect(preview.notes).toEqual(['of 1 it is not known whether it is locked']);
  });

  it('counts targets where each device gets several items', () => {
    expect(previewOf({ ...base, devices: [device(1), device(2)], itemsPerDevice: 3 }).headline).toBe(
      '2 devices × 3 = 6 targets',
    );
  });
});

const target = (number: number, change: Partial<Target> = {}): Target => ({
  id: TargetId.parse(id('tgt', number)),
  device_id: DeviceId.parse(device1),
  device_name: 'one',
  host_id: HostId.parse(id('host')),
  item: 'uptime',
  status: 'pending',
  attempt: 1,
  progress_percent: null,
  result_message: null,
  error_details: null,
  exit_code: null,
  waiting_for: null,
  started_at: null,
  completed_at: null,
  ...change,
});
const summary = (targets: readonly Target[]) => targets.map((t) => [Number(t.id.slice(4)), t.status]);

describe('merged targets', () => {
  const items = [target(1), target(2, { status: 'running' }), target(3, { status: 'completed' })];
  const all = { filter: 'all', hasMore: false } as const;

  it('change in place', () => {
    expect(summary(mergeTargets(items, [target(1, { status: 'failed' })], all))).toEqual([
      [1, 'failed'],
      [2, 'running'],
      [3, 'completed'],
    ]);
  });

  it('stay the same array when nothing in it changed', () => {
    expect(mergeTargets(items, [], all)).toBe(items);
    expect(mergeTargets(items, [target(9)], { ...all, hasMore: true })).toBe(items);
  });

  it('never go back to an earlier state', () => {
    expect(mergeTargets(items, [target(3, { status: 'running' }), target(2, { status: 'queued' })], all)).toBe(items);
  });

  it('start over with a new attempt', () => {
    expect(summary(mergeTargets(items, [target(2, { status: 'queued', attempt: 2 })], all))[1]).toEqual([2, 'queued']);
  });

  it('leave a filter that they no longer pass, and enter one that they pass now', () => {
    const running = [target(2, { status: 'running' })];
    const merged = mergeTargets(running, [target(2, { status: 'failed' }), target(5, { status: 'queued' })], {
      filter: 'running',
      hasMore: false,
    });
    expect(summary(merged)).toEqual([[5, 'queued']]);
  });

  it('keep the order of ids', () => {
    expect(
      summary(mergeTargets([target(1), target(5)], [target(3), target(7)], { ...all, hasMore: true })).map(([n]) => n),
    ).toEqual([1, 3, 5]);
  });

  it('accept progress within one state', () => {
    expect(isNewer(target(1, { status: 'running', progress_percent: 50 }), target(1, { status: 'running' }))).toBe(
      true,
    );
  });
});

describe('filters', () => {
  it('cover every state once', () => {
    const covered = targetFilters.filter((filter) => filter !== 'all').flatMap((filter) => statusesOf(filter));
    expect(new Set(covered).size).toBe(covered.length);
    expect(covered).toHaveLength(10);
  });
});

describe('idempotency keys', () => {
  it('stay the same for the same body and change with it', () => {
    let made = 0;
    const keys = new KeyPerBody(() => `key ${++made}`);
    expect(keys.keyOf({ a: 1 })).toBe('key 1');
    expect(keys.keyOf({ a: 1 })).toBe('key 1');
    expect(keys.keyOf({ a: 2 })).toBe('key 2');
  });
});

describe('loading until there is enough', () => {
  const pages = (count: number) => {
    let loaded = 0;
    let steps = 0;
    const loader = new LoadUntil(
      () => loaded,
      async () => {
        steps++;
        await Promise.resolve();
        if (loaded >= count) return false;
        loaded += 10;
        return true;
      },
    );
    return { loader, loaded: () => loaded, steps: () => steps };
  };

  it('asks for each page once, however often it is called meanwhile', async () => {
    const { loader, loaded, steps } = pages(1000);
    const first = loader.want(55);
    for (let call = 0; call < 20; call++) void loader.want(30);
    await first;
    expect([loaded(), steps()]).toEqual([60, 6]);
  });

  it('goes on as far as the furthest call wants', async () => {
    const { loader, loaded } = pages(1000);
    const first = loader.want(10);
    void loader.want(200);
    await first;
    expect(loaded()).toBe(200);
  });

  it('ends where there is nothing more, and can be asked again', async () => {
    const { loader, loaded, steps } = pages(20);
    await loader.want(100);
    await loader.want(100);
    expect([loaded(), steps()]).toEqual([20, 4]);
  });
});
