import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runServiceCommand, selfCommand } from './run-service-command.ts';
import { type ServiceFacts, type ServicePlan, type ServiceStep, servicePlan } from './service-plan.ts';
import { systemdUnit } from './systemd.ts';
import { quoteWindowsArgument, windowsTask } from './windows-task.ts';

const facts = (parts: Partial<ServiceFacts>): ServiceFacts => ({
  platform: 'linux',
  home: '/home/ada',
  privileged: true,
  command: ['/usr/bin/node', '/opt/agent.mjs'],
  stateDirectory: '/var/lib/deployx-agent',
  ...parts,
});

const stepsOf = (plan: ServicePlan): readonly ServiceStep[] => {
  if (!plan.ok) throw new Error(plan.error);
  return plan.steps;
};
/** Steps in short: what runs, and what is written or removed where. */
const short = (plan: ServicePlan): string[] =>
  stepsOf(plan).map((step) =>
    step.type === 'run' ? `${step.optional ? 'try ' : ''}${step.args.join(' ')}` : `${step.type} ${step.path}`,
  );

describe('the plan', () => {
  test.each<[string, 'install' | 'uninstall', Partial<ServiceFacts>, string[]]>([
    [
      'systemd, for the machine',
      'install',
      {},
      [
        'write /etc/systemd/system/deployx-agent.service',
        'systemctl daemon-reload',
        'systemctl enable deployx-agent',
        'systemctl restart deployx-agent',
      ],
    ],
    [
      'systemd, for a user',
      'install',
      { privileged: false },
      [
        'write /home/ada/.config/systemd/user/deployx-agent.service',
        'systemctl --user daemon-reload',
        'systemctl --user enable deployx-agent',
        'systemctl --user restart deployx-agent',
      ],
    ],
    [
      'systemd, away',
      'uninstall',
      {},
      [
        'try systemctl disable --now deployx-agent',
        'remove /etc/systemd/system/deployx-agent.service',
        'try systemctl daemon-reload',
      ],
    ],
    [
      'launchd, for the machine',
      'install',
      { platform: 'darwin' },
      [
        'write /Library/LaunchDaemons/com.deployx.agent.plist',
        'try launchctl bootout system/com.deployx.agent',
        'launchctl bootstrap system /Library/LaunchDaemons/com.deployx.agent.plist',
      ],
    ],
    [
      'launchd, for a user',
      'install',
      { platform: 'darwin', privileged: false, home: '/Users/ada', userId: 502 },
      [
        'write /Users/ada/Library/LaunchAgents/com.deployx.agent.plist',
        'try launchctl bootout gui/502/com.deployx.agent',
        'launchctl bootstrap gui/502 /Users/ada/Library/LaunchAgents/com.deployx.agent.plist',
      ],
    ],
    [
      'launchd, away',
      'uninstall',
      { platform: 'darwin' },
      ['try launchctl bootout system/com.deployx.agent', 'remove /Library/LaunchDaemons/com.deployx.agent.plist'],
    ],
    [
      'Windows',
      'install',
      { platform: 'win32', stateDirectory: 'C:\\ProgramData\\DeployX Agent' },
      [
        'write C:\\ProgramData\\DeployX Agent\\service-task.xml',
        'try schtasks.exe /End /TN DeployX Agent',
        'schtasks.exe /Create /TN DeployX Agent /XML C:\\ProgramData\\DeployX Agent\\service-task.xml /F',
        'schtasks.exe /Run /TN DeployX Agent',
      ],
    ],
    [
      'Windows, away',
      'uninstall',
      { platform: 'win32' },
      ['try schtasks.exe /End /TN DeployX Agent', 'schtasks.exe /Delete /TN DeployX Agent /F'],
    ],
  ])('%s', (_name, operation, parts, expected) => {
    expect(short(servicePlan(operation, facts(parts)))).toEqual(expected);
  });

  test('a system without a known service manager is refused by name', () => {
    expect(servicePlan('install', facts({ platform: 'aix' }))).toMatchObject({
      ok: false,
      error: expect.stringMatching(/aix/),
    });
  });
});

describe('the files', () => {
  const command = ['/opt/my node', '/opt/100%/a$b"c.mjs', 'run', '--state-dir', '/var/lib/x & <y>'];

  test('a unit quotes words, and leaves nothing for systemd to replace', () => {
    const unit = systemdUnit(command, true);
    expect(unit).toContain(
      'ExecStart="/opt/my node" "/opt/100%%/a$$b\\"c.mjs" "run" "--state-dir" "/var/lib/x & <y>"\n',
    );
    expect(unit).toContain('Restart=on-failure');
    expect(unit).toContain('WantedBy=multi-user.target');
    expect(systemdUnit(command, false)).toContain('WantedBy=default.target');
  });

  test('a property list escapes words', () => {
    const [write] = stepsOf(servicePlan('install', facts({ platform: 'darwin', stateDirectory: '/x & <y>' })));
    if (write?.type !== 'write') throw new Error('the first step writes the file');
    expect(write.content).toContain('<string>/x &amp; &lt;y&gt;</string>');
    expect(write.content).toContain('<string>/usr/bin/node</string>\n    <string>/opt/agent.mjs</string>');
  });

  test("a file that launchd never shortens gets the agent's own log, not the host's", () => {
    const [write] = stepsOf(servicePlan('install', facts({ platform: 'darwin' })));
    if (write?.type !== 'write') throw new Error('the first step writes the file');
    expect(write.content).toContain('<key>StandardErrorPath</key><string>/Library/Logs/deployx-agent.log</string>');
    expect(write.content).not.toContain('StandardOutPath');
  });

  test('a task escapes its program and its arguments, and is written as Windows reads it', () => {
    const task = windowsTask(command);
    expect(task).toContain('<Command>/opt/my node</Command>');
    expect(task).toContain('run --state-dir &quot;/var/lib/x &amp; &lt;y&gt;&quot;</Arguments>');
    const [write] = stepsOf(servicePlan('install', facts({ platform: 'win32' })));
    expect(write).toMatchObject({ encoding: 'utf16le' });
  });

  test.each([
    ['plain', 'plain'],
    ['', '""'],
    ['two words', '"two words"'],
    ['C:\\dir\\', 'C:\\dir\\'],
    ['C:\\my dir\\', '"C:\\my dir\\\\"'],
    ['say "hi"', '"say \\"hi\\""'],
    ['back\\"slash', '"back\\\\\\"slash"'],
  ])('Windows reads %s back from %s', (argument, quoted) => {
    expect(quoteWindowsArgument(argument)).toBe(quoted);
  });
});

describe('the program itself', () => {
  test('is its executable when it was compiled, and Node with the script otherwise', () => {
    expect(selfCommand('/opt/deployx-agent', '/$bunfs/root/agent')).toEqual(['/opt/deployx-agent']);
    expect(selfCommand('C:\\x.exe', 'B:/~BUN/root/agent.exe')).toEqual(['C:\\x.exe']);
    const node = selfCommand('/usr/bin/node', '/opt/agent.mjs');
    expect([node[0], node.at(-1)]).toEqual(['/usr/bin/node', '/opt/agent.mjs']);
    expect(node.slice(1, -1).every((option) => option.startsWith('--'))).toBe(true);
  });
});

describe('carrying it out', () => {
  test('what a user installs is written, started and taken away by argument vectors', () => {
    const home = mkdtempSync(join(tmpdir(), 'deployx-service-'));
    const { PATH } = process.env;
    onTestFinished(() => {
      process.env.PATH = PATH;
      rmSync(home, { recursive: true, force: true });
    });
    const calls = join(home, 'calls');
    writeFileSync(join(home, 'systemctl'), `#!/bin/sh\nprintf '%s|' "$@" >> ${calls}\necho >> ${calls}\n`, {
      mode: 0o755,
    });
    process.env.PATH = `${home}:${PATH}`;
    const user = facts({ home, privileged: false, stateDirectory: join(home, 'my state') });
    expect(runServiceCommand('install', user)).toBeNull();
    const unit = join(home, '.config/systemd/user/deployx-agent.service');
    expect(readFileSync(unit, 'utf8')).toContain(`"--state-dir" "${home}/my state"`);
    expect(readFileSync(calls, 'utf8')).toBe(
      '--user|daemon-reload|\n--user|enable|deployx-agent|\n--user|restart|deployx-agent|\n',
    );
    expect(runServiceCommand('uninstall', user)).toBeNull();
    expect(() => readFileSync(unit)).toThrow('ENOENT');
  });

  test('a step that fails is named in one line', () => {
    const { PATH } = process.env;
    const home = mkdtempSync(join(tmpdir(), 'deployx-service-'));
    onTestFinished(() => {
      process.env.PATH = PATH;
      rmSync(home, { recursive: true, force: true });
    });
    writeFileSync(join(home, 'systemctl'), '#!/bin/sh\necho "no bus" >&2\nexit 1\n', { mode: 0o755 });
    process.env.PATH = `${home}:/bin`;
    expect(runServiceCommand('install', facts({ home, privileged: false }))).toBe(
      'service install: systemctl --user daemon-reload: no bus',
    );
  });
});
