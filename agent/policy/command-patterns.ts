/**
 * Patterns over the text of a command. A pattern matches the whole text, blanks at the ends aside; `*` is its only
 * special character.
 *
 * In `allow_commands`, `*` stands for plain text: any characters but those by which a shell chains commands, puts the
 * result of one into another, redirects, or expands (line breaks, `;` `&` `|` `` ` `` `$` `(` `)` `<` `>`). So
 * `systemctl restart *` does not let `systemctl restart x; reboot` through. A pattern that needs one of them writes it.
 *
 * In `deny_commands`, `*` stands for anything, and the parts of a chained command are tried one by one as well. A deny
 * list stops mistakes, not a person who means harm (`r''m` is `rm` too): what must hold is written as an allow list.
 */
import type { Shell } from '#protocol/shell.ts';
import { wildcardMatches } from './wildcard.ts';

const isPlain = (gap: string): boolean => !/[\r\n;&|`$()<>]/.test(gap);

/** What shells take for blanks, which is less than `trim` does. */
const isBlank = (character: string): boolean => /^[ \t\r\n]$/.test(character);

const trimBlanks = (text: string): string => {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charAt(start))) start++;
  while (end > start && isBlank(text.charAt(end - 1))) end--;
  return text.slice(start, end);
};

/** The shells of Windows take names in any letter case. */
const comparable = (text: string, shell: Shell): string =>
  shell === 'cmd' || shell === 'powershell' ? trimBlanks(text).toLowerCase() : trimBlanks(text);

const commandParts = (command: string): string[] => [command, ...command.split(/[\r\n;&|`(){}]+/)];

export const allowPatternMatches = (pattern: string, command: string, shell: Shell): boolean =>
  wildcardMatches(comparable(pattern, shell), comparable(command, shell), isPlain);

export const denyPatternMatches = (pattern: string, command: string, shell: Shell): boolean =>
  commandParts(command).some((part) => wildcardMatches(comparable(pattern, shell), comparable(part, shell)));
