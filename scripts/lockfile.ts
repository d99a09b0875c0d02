/** npm leaves out a platform's package that the registry lacks when it locks, and then refuses its own lockfile in a clean install. */
export type LockedPackages = Readonly<Record<string, { optionalDependencies?: Record<string, string> | undefined }>>;

export function missingPlatformPackages(packages: LockedPackages): string[] {
  const paths = Object.keys(packages);
  return Object.entries(packages).flatMap(([owner, { optionalDependencies }]) =>
    Object.keys(optionalDependencies ?? {})
      .filter((name) => !paths.some((path) => path.endsWith(`node_modules/${name}`)))
      .map((name) => `${name} (wanted by ${owner || 'the project'})`),
  );
}
