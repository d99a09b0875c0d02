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
import type { Shell } from '#protocol/spec.ts';

const plainText = '[^\\r\\n;&|`$()<>]*';
const anything = '[^]*';

const escapeLiteral = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');

const toRegExp = (pattern: string, wildcard: string, shell: Shell): RegExp => {
  const ignoresCase = shell === 'cmd' || shell === 'powershell';
  return new RegExp(`^${pattern.trim().split('*').map(escapeLiteral).join(wildcard)}$`, ignoresCase ? 'iu' : 'u');
};

const commandParts = (command: string): string[] => [
  command.trim(),
  ...command.split(/[\r\n;&|`(){}]+|\$\(/).map((part) => part.trim()),
];

export const allowPatternMatches = (pattern: string, command: string, shell: Shell): boolean =>
  toRegExp(pattern, plainText, shell).test(command.trim());

export const denyPatternMatches = (pattern: string, command: string, shell: Shell): boolean => {
  const expression = toRegExp(pattern, anything, shell);
  return commandParts(command).some((part) => expression.test(part));
};
