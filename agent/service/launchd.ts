import { escapeXml } from './xml.ts';

const string = (text: string): string => `<string>${escapeXml(text)}</string>`;

/**
 * A crash is followed by a new start; an agent that ends on purpose stays down. Standard output goes nowhere: it has the lines
 * of the host's log, which the agent keeps in a file of its own with a bound, and launchd never shortens what it writes.
 */
export const launchdPlist = (
  label: string,
  command: readonly string[],
  logPath: string,
): string => `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>${string(label)}
  <key>ProgramArguments</key>
  <array>
${command.map((word) => `    ${string(word)}`).join('\n')}
  </array>
  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
  <key>ExitTimeOut</key><integer>30</integer>
  <key>StandardErrorPath</key>${string(logPath)}
</dict>
</plist>
`;
