/** The one line that makes a machine part of the team. */
export type InstallPlatform = 'unix' | 'windows';

export const installCommand = (platform: InstallPlatform, origin: string, token: string): string =>
  platform === 'unix'
    ? `curl -fsSL ${origin}/api/agent/install.sh | sh -s -- --token ${token}`
    : `& ([scriptblock]::Create((irm ${origin}/api/agent/install.ps1))) -Token ${token}`;
