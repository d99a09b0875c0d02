import { describe, expect, it } from 'vitest';
import { checkForm, issuesByField } from './check-form.ts';
import type { DeployForm } from './form.ts';
import { emptyPackageRow } from './package-row.ts';
import { form } from './test-form.ts';
import { id } from './test-ids.ts';

const issues = (change: (form: DeployForm) => void): Record<string, string> => {
  const checked = checkForm(form(change));
  return checked.type === 'ok' ? {} : Object.fromEntries(checked.issues);
};

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
        f.strategy.maxConcurrency = '0';
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
          { key: 1, name: 'A', value: '1', secret: false },
          { key: 2, name: 'A', value: '2', secret: false },
        ];
      },
      { 'action.env.0': 'is set twice' },
    ],
    [
      'a secret that was not typed again',
      (f) => {
        f.command.env = [{ key: 1, name: 'TOKEN', value: '', secret: true }];
      },
      { 'action.env.0': 'type the secret value again; it is not kept in readable form' },
    ],
    [
      'a script that is not chosen',
      (f) => {
        f.kind = 'script';
      },
      { 'action.script_id': 'choose a script' },
    ],
    [
      'a parameter whose quote stays open',
      (f) => {
        f.kind = 'script';
        f.script = { ...f.script, scriptId: id('scr'), parameters: "--name 'x" };
      },
      { 'action.parameters': 'has a quote that is not closed' },
    ],
    [
      'waves of nothing',
      (f) => {
        f.strategy = { ...f.strategy, type: 'rolling', batch: '0%', pauseSeconds: 'soon' };
      },
      { 'strategy.batch_size': 'must be at least 1', 'strategy.pause_seconds': 'must be a whole number' },
    ],
    [
      'a budget that is none',
      (f) => {
        f.strategy.maxFailures = '101%';
      },
      { 'strategy.max_failures': 'must be a whole number or a percentage such as 10%' },
    ],
    [
      'sides that are not chosen, and not that devices are missing',
      (f) => {
        f.deviceIds = [];
        f.strategy.type = 'blue_green';
      },
      { 'strategy.blue_group_id': 'choose a group', 'strategy.green_group_id': 'choose a group' },
    ],
    [
      'a side twice',
      (f) => {
        f.strategy = { ...f.strategy, type: 'blue_green', blueGroupId: id('grp'), greenGroupId: id('grp') };
      },
      { 'strategy.green_group_id': 'must be another group than blue_group_id' },
    ],
    [
      'a health check without its address',
      (f) => {
        f.health = { ...f.health, type: 'http', url: 'localhost:80', retries: '' };
      },
      { 'health_check.url': 'must be an http or https address', 'health_check.retries': 'must be a whole number' },
    ],
    [
      'a limit that is no rate',
      (f) => {
        f.bandwidthLimit = 'fast';
      },
      { bandwidth_limit: 'must be a rate such as 500 KB or 2 MB' },
    ],
    [
      'a limit below all use',
      (f) => {
        f.bandwidthLimit = '10';
      },
      { bandwidth_limit: 'must be at least 1 KB' },
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
        { key: 1, name: 'OK', value: '', secret: false },
        { key: 2, name: '1.BAD', value: '', secret: false },
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
