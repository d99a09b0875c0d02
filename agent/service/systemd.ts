/** A word of `ExecStart`: quoted, and without the specifiers and variables that systemd would replace. */
const word = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;

/**
 * `KillMode=mixed` lets the agent end its jobs itself and then ends whatever is left. A revoked host exits with 0 and stays
 * down; a crash is followed by a new start. Both outputs go to the journal, as they do when a unit does not say otherwise, and
 * the journal bounds itself.
 */
export const systemdUnit = (command: readonly string[], system: boolean): string => `[Unit]
Description=DeployX agent
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
ExecStart=${command.map(word).join(' ')}
Restart=on-failure
RestartSec=2
KillMode=mixed
TimeoutStopSec=30

[Install]
WantedBy=${system ? 'multi-user.target' : 'default.target'}
`;
