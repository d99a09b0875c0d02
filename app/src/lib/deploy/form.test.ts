import { describe, expect, it } from 'vitest';
import { ActionKind, RequestedSpec, Spec } from '#protocol/spec.ts';
import { checkForm } from './check-form.ts';
import { emptyEnvRow } from './env-rows.ts';
import { type DeployForm, formOf } from './form.ts';
import { emptyPackageRow } from './package-row.ts';
import { emptyStrategy, withType } from './strategy-form.ts';
import { device1, form } from './test-form.ts';
import { id } from './test-ids.ts';

describe('form to spec', () => {
  it('makes a command with every option', () => {
    const checked = checkForm(
      form((f) => {
        f.name = 'nightly';
        f.command = {
          command: 'make',
          shell: 'bash',
          workingDirectory: ' /srv ',
          env: [
            { key: 1, name: 'A', value: ' b ', secret: false },
            { key: 2, name: 'TOKEN', value: 'hush', secret: true },
            emptyEnvRow(),
          ],
          undo: { command: 'unmake', shell: 'bash' },
        };
        f.timeoutSeconds = '30';
        f.retries = '2';
        f.idempotent = true;
        f.offlinePolicy = 'wait';
        f.expiresInSeconds = '3600';
        f.strategy.maxConcurrency = '5';
        f.strategy.maxFailures = ' 5 %';
        f.health = { ...f.health, type: 'tcp', port: '80' };
        f.rollbackOnFailure = true;
        f.bandwidthLimit = '1.5 MB';
      }),
    );
    expect(checked).toEqual({
      type: 'ok',
      body: {
        name: 'nightly',
        action: {
          kind: 'command',
          command: 'make',
          shell: 'bash',
          working_directory: '/srv',
          env: { A: ' b ', TOKEN: { secret: true, value: 'hush' } },
          undo: { command: 'unmake', shell: 'bash' },
        },
        device_ids: [device1],
        group_ids: [],
        timeout_seconds: 30,
        retries: 2,
        idempotent: true,
        offline: { policy: 'wait', expires_in_seconds: 3600 },
        strategy: { type: 'parallel', max_concurrency: 5, max_failures: '5%' },
        health_check: {
          type: 'tcp',
          host: '127.0.0.1',
          port: 80,
          timeout_seconds: 10,
          retries: 3,
          interval_seconds: 5,
        },
        rollback_on_failure: true,
        bandwidth_limit: 1_500_000,
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

  it('makes a script', () => {
    const checked = checkForm(
      form((f) => {
        f.kind = 'script';
        f.script = { ...f.script, scriptId: id('scr'), version: '2', parameters: ' --smoke ', userinterfaceName: 'tv' };
      }),
    );
    expect(checked).toMatchObject({
      type: 'ok',
      body: {
        action: {
          script_id: id('scr'),
          version: 2,
          parameters: '--smoke',
          userinterface_name: 'tv',
          env: {},
          undo: null,
        },
      },
    });
  });

  it('takes the groups of blue and green for the targets, whatever else was chosen', () => {
    const checked = checkForm(
      form((f) => {
        f.groupIds = [id('grp', 7)];
        f.strategy = withType({ ...f.strategy, blueGroupId: id('grp', 1), greenGroupId: id('grp', 2) }, 'blue_green');
      }),
    );
    expect(checked).toMatchObject({
      type: 'ok',
      body: {
        device_ids: [],
        group_ids: [],
        strategy: { blue_group_id: id('grp', 1), green_group_id: id('grp', 2), switch: null, max_failures: 0 },
      },
    });
  });
});

describe('spec to form', () => {
  const fill: Record<ActionKind, (f: DeployForm) => void> = {
    command: (f) => {
      f.command.env = [{ key: 1, name: 'A', value: 'b', secret: false }];
      f.command.undo = { command: 'rm x', shell: 'bash' };
      f.health = { ...f.health, type: 'command', command: 'true', shell: 'bash', retries: '7' };
    },
    script: (f) => {
      f.script = { ...f.script, scriptId: id('scr'), version: '4', parameters: "--a 'b c'", userinterfaceName: 'tv' };
      f.health = { ...f.health, type: 'http', url: 'http://localhost/', expectStatus: '204' };
      f.strategy = { ...f.strategy, type: 'canary', canary: '5%', bakeSeconds: '90', promote: 'manual' };
    },
    software: (f) => {
      f.software.custom = [{ ...emptyPackageRow(), name: 'jq', installArgs: "-o 'a b'" }];
      f.strategy = { ...f.strategy, type: 'rolling', batch: '3', pauseSeconds: '10', maxFailures: '10%' };
      f.bandwidthLimit = '640 KB';
    },
    files: (f) => {
      f.files = { fileIds: [id('file')], destination: '/x', mode: '', overwrite: true };
      f.strategy = {
        ...f.strategy,
        type: 'blue_green',
        blueGroupId: id('grp', 1),
        greenGroupId: id('grp', 2),
        switchCommand: 'switch',
        switchShell: 'bash',
        maxFailures: '',
      };
      f.rollbackOnFailure = true;
    },
  };

  for (const kind of ActionKind.options)
    it(`and back is the same for ${kind}`, () => {
      const filled = form((f) => {
        f.name = 'again';
        f.kind = kind;
        f.offlinePolicy = 'wait';
        f.expiresInSeconds = '60';
        fill[kind](f);
      });
      const first = checkForm(filled);
      expect(first).toMatchObject({ type: 'ok' });
      const again = checkForm(formOf(RequestedSpec.parse(first.body)));
      expect(RequestedSpec.parse(again.body)).toEqual(RequestedSpec.parse(first.body));
    });

  it('asks for secrets again and for nothing else', () => {
    const spec = Spec.parse({
      action: { kind: 'command', command: 'x', env: { PLAIN: '1', TOKEN: { secret: true } } },
      device_ids: [device1],
    });
    const again = formOf(spec);
    expect(again.command.env).toMatchObject([
      { name: 'PLAIN', value: '1', secret: false },
      { name: 'TOKEN', value: '', secret: true },
    ]);
    const asked = checkForm(again);
    expect(asked.type === 'wrong' && [...asked.issues.keys()]).toEqual(['action.env.1']);
  });
});

describe('the type of the strategy', () => {
  it('brings its usual budget, and leaves one that was set', () => {
    const canary = withType(emptyStrategy(), 'canary');
    expect(canary.maxFailures).toBe('0');
    expect(withType(canary, 'rolling').maxFailures).toBe('');
    expect(withType({ ...canary, maxFailures: '2' }, 'rolling').maxFailures).toBe('2');
  });
});
