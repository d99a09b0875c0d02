import { describe, expect, it } from 'vitest';
import { SpecWithTargets } from '#protocol/spec.ts';
import { checkForm } from './check-form.ts';
import { emptyEnvRow, emptyPackageRow, formOf } from './form.ts';
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
