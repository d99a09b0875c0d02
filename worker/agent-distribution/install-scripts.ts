/**
 * The scripts that make a machine part of a team. The server's address is the only thing put into them, and `serverOrigin`
 * lets no character through that means anything inside quotes; the token comes as an argument and stays one.
 */

/** The origin that the request was made to, or null when its host is not one that may stand in a script. */
export const serverOrigin = (url: string): string | null => {
  const { origin } = new URL(url);
  return /^https?:\/\/(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(origin) ? origin : null;
};

export const shellScript = (origin: string): string => `#!/bin/sh
# Installs the DeployX agent: curl -fsSL ${origin}/api/agent/install.sh | sh -s -- --token TOKEN
# Options: --token TOKEN (needed), --name NAME, --dir DIRECTORY (where the program goes), --foreground (no service).
set -eu

server='${origin}'
token=''
name=''
directory=''
foreground=no

fail() { printf 'deployx: %s\\n' "$1" >&2; exit 1; }

main() {
  while [ $# -gt 0 ]; do
    case "$1" in
      --token|--name|--dir) [ $# -ge 2 ] || fail "$1 needs a value" ;;
    esac
    case "$1" in
      --token) token=$2; shift 2 ;;
      --name) name=$2; shift 2 ;;
      --dir) directory=$2; shift 2 ;;
      --foreground) foreground=yes; shift ;;
      *) fail "unknown option: $1" ;;
    esac
  done
  [ -n "$token" ] || fail '--token is missing: make an enrollment token in the dashboard under Hosts'

  node=$(command -v node) || fail 'Node.js 20 or later is needed: https://nodejs.org'
  major=$("$node" -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 20 ] || fail "Node.js 20 or later is needed; $node is $("$node" --version)"

  if [ -z "$directory" ]; then
    if [ "$(id -u)" -eq 0 ]; then directory=/opt/deployx; else directory=$HOME/.local/share/deployx; fi
  fi
  mkdir -p "$directory"
  agent=$directory/deployx-agent.mjs
  # Beside the place where it belongs and moved there whole: a broken download replaces nothing.
  if command -v curl >/dev/null 2>&1; then curl -fsSL -o "$agent.new" "$server/api/agent/bundle"
  elif command -v wget >/dev/null 2>&1; then wget -q -O "$agent.new" "$server/api/agent/bundle"
  else fail 'curl or wget is needed'
  fi
  chmod 755 "$agent.new"
  mv -f "$agent.new" "$agent"

  if [ -n "$name" ]; then "$node" "$agent" enroll --server "$server" --token "$token" --name "$name"
  else "$node" "$agent" enroll --server "$server" --token "$token"
  fi
  if [ "$foreground" = no ] && "$node" "$agent" service install; then return 0; fi
  [ "$foreground" = yes ] || printf 'deployx: no service could be installed; the agent runs here until this ends\\n' >&2
  exec "$node" "$agent" run
}

# Called on the last line: a script that arrives cut short runs nothing.
main "$@"
`;

export const powershellScript = (origin: string): string => `# Installs the DeployX agent:
# & ([scriptblock]::Create((irm ${origin}/api/agent/install.ps1))) -Token TOKEN
param(
  [Parameter(Mandatory = $true)][string]$Token,
  [string]$Name,
  [string]$Directory = (Join-Path $env:ProgramFiles 'DeployX'),
  [switch]$Foreground
)
$ErrorActionPreference = 'Stop'
$server = '${origin}'

$node = Get-Command node -ErrorAction SilentlyContinue
if (-not $node) { throw 'deployx: Node.js 20 or later is needed: https://nodejs.org' }
$major = [int](& $node.Source -p 'process.versions.node.split(String.fromCharCode(46))[0]')
if ($major -lt 20) { throw "deployx: Node.js 20 or later is needed; this is $major" }

New-Item -ItemType Directory -Force -Path $Directory | Out-Null
$agent = Join-Path $Directory 'deployx-agent.mjs'
Invoke-WebRequest -UseBasicParsing -Uri "$server/api/agent/bundle" -OutFile "$agent.new"
Move-Item -Force -Path "$agent.new" -Destination $agent

$arguments = @('enroll', '--server', $server, '--token', $Token)
if ($Name) { $arguments += @('--name', $Name) }
& $node.Source $agent @arguments
if ($LASTEXITCODE -ne 0) { throw 'deployx: the agent could not be enrolled' }

if (-not $Foreground) {
  & $node.Source $agent service install
  if ($LASTEXITCODE -eq 0) { return }
  Write-Warning 'deployx: no service could be installed; the agent runs here until this ends'
}
& $node.Source $agent run
`;
