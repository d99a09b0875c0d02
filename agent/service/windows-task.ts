/**
 * A scheduled task that starts with the machine. A Windows service proper would have to answer the service control manager,
 * which neither Node nor a compiled script can do without a wrapper. A task's output is kept nowhere: the host's log is in the
 * agent's file, and what the connection does in `status`.
 */
import { escapeXml } from './xml.ts';

/** One argument as `CommandLineToArgvW` reads it back: backslashes count only before a quote. */
export const quoteWindowsArgument = (text: string): string => {
  if (text !== '' && !/[\s"]/.test(text)) return text;
  const escaped = text.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1');
  return `"${escaped}"`;
};

export const windowsTask = ([file = '', ...args]: readonly string[]): string => `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>DeployX agent</Description></RegistrationInfo>
  <Triggers><BootTrigger><Enabled>true</Enabled></BootTrigger></Triggers>
  <Principals><Principal id="Author"><UserId>S-1-5-18</UserId><RunLevel>HighestAvailable</RunLevel></Principal></Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure><Interval>PT1M</Interval><Count>999</Count></RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>${escapeXml(file)}</Command>
      <Arguments>${escapeXml(args.map(quoteWindowsArgument).join(' '))}</Arguments>
    </Exec>
  </Actions>
</Task>
`;
