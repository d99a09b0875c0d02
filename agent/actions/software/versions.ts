/** What a version asks for, for all package managers; pure. */
import { wildcardMatches } from '../../policy/wildcard.ts';

/** Whether a version is the one asked for; `*` in it stands for any characters, and no wish takes any version. */
export const versionMatches = (wanted: string | null, version: string): boolean =>
  wanted === null || wildcardMatches(wanted, version);

/** Forms in which people write a version of rpm and its kin: with or without the epoch, with or without the release. */
const forms = (version: string): string[] => {
  const bare = version.replace(/^\d+:/, '');
  return [version, bare, ...[version, bare].map((each) => each.replace(/-[^-]*$/, ''))];
};

export const versionMatchesInParts = (wanted: string | null, version: string): boolean =>
  forms(version).some((form) => versionMatches(wanted, form));
