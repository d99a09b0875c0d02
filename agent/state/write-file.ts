/** Files that must be whole or not there at all, whatever happens while they are written. */
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

export const PRIVATE_FILE_MODE = 0o600;
/** Others may pass through, not look: a job that runs as another user must reach its work folder. */
export const PASSABLE_DIRECTORY_MODE = 0o711;
export const PRIVATE_DIRECTORY_MODE = 0o700;

/** Makes a rename or a new file in the folder durable; Windows has no such call and needs none. */
export const syncDirectory = async (directory: string): Promise<void> => {
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** Windows syncs only what is open for writing. */
export const syncFile = async (path: string): Promise<void> => {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

export const writeFileAtomically = async (path: string, content: string, mode = PRIVATE_FILE_MODE): Promise<void> => {
  await mkdir(dirname(path), { recursive: true, mode: PASSABLE_DIRECTORY_MODE });
  const temporary = `${path}.${process.pid}.new`;
  try {
    const handle = await open(temporary, 'w', mode);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
};
