/**
 * The first admin. What is needed to sign in is written down before the account is made, and the account is asked for again at
 * every start, so a crash in between leaves neither an account without a known password nor a password without an account.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const DEFAULT_USERNAME = 'admin';
/** 18 bytes are 24 characters without padding: beyond guessing, and still typed by hand if need be. */
const PASSWORD_BYTES = 18;

/** Without `password` it was chosen through the environment and is not kept. */
const AdminFile = z.object({ username: z.string(), password: z.string().optional() });
type AdminFile = z.infer<typeof AdminFile>;

export interface AdminSeam {
  dataDir: string;
  given: { username?: string; password?: string };
  ensureAdmin: (input: { username: string; password: string }) => Promise<{ created: boolean }>;
  newPassword?: () => string;
}

/** How to sign in, as far as it is known here; `created` when the account was made by this start. */
export interface Admin {
  username: string | undefined;
  password: string | undefined;
  passwordFile: string | undefined;
  created: boolean;
}

export async function ensureFirstAdmin(seam: AdminSeam): Promise<Admin> {
  const file = join(seam.dataDir, 'admin.json');
  const known = readAdminFile(file);
  if (known?.password !== undefined) return await ensureKnown(seam, file, known.username, known.password);
  if (seam.given.password !== undefined) return await ensureGiven(seam, file, seam.given.password, known);
  if (known !== undefined)
    return { username: known.username, password: undefined, passwordFile: undefined, created: false };
  return await ensureNew(seam, file);
}

async function ensureKnown(seam: AdminSeam, file: string, username: string, password: string): Promise<Admin> {
  const { created } = await seam.ensureAdmin({ username, password });
  return { username, password, passwordFile: file, created };
}

async function ensureGiven(
  seam: AdminSeam,
  file: string,
  password: string,
  known: AdminFile | undefined,
): Promise<Admin> {
  const username = known?.username ?? seam.given.username ?? DEFAULT_USERNAME;
  const { created } = await seam.ensureAdmin({ username, password });
  if (known === undefined) writeAdminFile(file, { username });
  return { username, password: undefined, passwordFile: undefined, created };
}

async function ensureNew(seam: AdminSeam, file: string): Promise<Admin> {
  const username = seam.given.username ?? DEFAULT_USERNAME;
  const password = (seam.newPassword ?? randomPassword)();
  writeAdminFile(file, { username, password });
  const admin = await ensureKnown(seam, file, username, password);
  if (admin.created) return admin;
  // Somebody has an account already, and this password opens none.
  rmSync(file, { force: true });
  return { username: undefined, password: undefined, passwordFile: undefined, created: false };
}

function readAdminFile(file: string): AdminFile | undefined {
  try {
    return AdminFile.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

function writeAdminFile(file: string, content: AdminFile): void {
  const draft = `${file}.new`;
  rmSync(draft, { force: true });
  writeFileSync(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(draft, file);
}

const randomPassword = (): string => randomBytes(PASSWORD_BYTES).toString('base64url');
