// @ts-check
/**
 * Whether node_modules is what package-lock.json says, judged by the list that npm leaves in node_modules after a finished
 * install, so that an install made by hand counts as well. Plain JavaScript: scripts/bootstrap.mjs needs it before any package.
 *
 * @param {{ packages?: Record<string, { version?: string, integrity?: string, optional?: boolean }> } | undefined} lock
 * @param {{ packages?: Record<string, { version?: string, integrity?: string }> } | undefined} installed
 * @returns {string | undefined} the first difference in words
 */
export function differsFromLock(lock, installed) {
  if (installed?.packages === undefined) return 'first start';
  for (const [path, wanted] of Object.entries(lock?.packages ?? {})) {
    if (path === '') continue;
    const present = installed.packages[path];
    // Packages for other platforms are never installed.
    if (present === undefined && wanted.optional === true) continue;
    if (present?.version !== wanted.version || present?.integrity !== wanted.integrity) return `${path} is not current`;
  }
  return undefined;
}
