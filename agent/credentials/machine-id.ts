/** A name for this machine that survives restarts, from the operating system where it has one. */
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { promisify } from 'node:util';
import { writeFileAtomically } from '../state/write-file.ts';

/** How an operating system is asked: a file to read, or a program to run and a pattern for its answer. */
export type MachineIdSource =
  | { type: 'file'; path: string }
  | { type: 'program'; file: string; args: readonly string[]; pattern: RegExp };

export const machineIdSources = (platform: NodeJS.Platform): readonly MachineIdSource[] => {
  switch (platform) {
    case 'darwin':
      return [
        {
          type: 'program',
          file: '/usr/sbin/ioreg',
          args: ['-rd1', '-c', 'IOPlatformExpertDevice'],
          pattern: /"IOPlatformUUID" = "([0-9A-Fa-f-]{36})"/,
        },
      ];
    case 'win32':
      return [
        {
          type: 'program',
          file: 'reg.exe',
          args: ['query', 'HKLM\\SOFTWARE\\Microsoft\\Cryptography', '/v', 'MachineGuid', '/reg:64'],
          pattern: /MachineGuid\s+REG_SZ\s+([0-9A-Fa-f-]{36})/,
        },
      ];
    default:
      return [
        { type: 'file', path: '/etc/machine-id' },
        { type: 'file', path: '/var/lib/dbus/machine-id' },
      ];
  }
};

/** The operating system answers at once or not at all. */
const PROGRAM_TIMEOUT_MS = 5000;

const ask = async (source: MachineIdSource): Promise<string | null> => {
  try {
    if (source.type === 'file') return (await readFile(source.path, 'utf8')).trim() || null;
    const { stdout } = await promisify(execFile)(source.file, [...source.args], { timeout: PROGRAM_TIMEOUT_MS });
    return source.pattern.exec(stdout)?.[1] ?? null;
  } catch {
    return null;
  }
};

const ownId = async (path: string): Promise<string> => {
  const existing = await ask({ type: 'file', path });
  if (existing !== null) return existing;
  const made = randomBytes(16).toString('hex');
  await writeFileAtomically(path, `${made}\n`);
  return made;
};

/** Mixed with the state folder, so that several agents on one machine are several hosts. */
export const mixMachineId = (osId: string, stateDirectory: string): string =>
  createHash('sha256').update(`${osId}\0${stateDirectory}`).digest('hex');

export const machineId = async (
  stateDirectory: string,
  fallbackFile: string,
  sources = machineIdSources(process.platform),
): Promise<string> => {
  for (const source of sources) {
    const found = await ask(source);
    if (found !== null) return mixMachineId(found, await realpath(stateDirectory));
  }
  return mixMachineId(await ownId(fallbackFile), await realpath(stateDirectory));
};
