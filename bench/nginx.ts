/** nginx as the measure of how fast a file can be served: from Debian's package, with its usual settings, on a free port. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stopProcess } from '#standalone/tied-process.ts';

const NGINX = '/usr/sbin/nginx';
/** It starts in milliseconds. */
const START_WITHIN_MS = 5000;

export type Nginx = { url: string; stop: () => Promise<void> };

const isRoot = process.getuid?.() === 0;

/** The package's own service stays off: this one runs beside whatever the machine serves. */
const install = (): void => {
  const run = (...args: string[]) =>
    spawnSync('apt-get', args, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' } }).status ===
    0;
  const packages = ['install', '-y', '-qq', '--no-install-recommends', 'nginx-light'];
  if (!run(...packages) && run('update', '-qq')) run(...packages);
};

export const haveNginx = (): boolean => {
  if (!existsSync(NGINX) && isRoot && existsSync('/usr/bin/apt-get')) install();
  return existsSync(NGINX);
};

const configuration = (directory: string, port: number): string => `
${isRoot ? 'user root;' : ''}
worker_processes auto;
daemon off;
pid ${directory}/nginx.pid;
error_log ${directory}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  default_type application/octet-stream;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  server { listen 127.0.0.1:${port}; root ${directory}/files; }
}
`;

const untilServing = async (url: string): Promise<void> => {
  const deadline = Date.now() + START_WITHIN_MS;
  while (Date.now() < deadline) {
    const answered = await fetch(url, { method: 'HEAD' }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answered) return;
    await sleep(20);
  }
  throw new Error(`nginx does not serve ${url}`);
};

/** Serves one file. */
export const startNginx = async (directory: string, port: number, content: Uint8Array): Promise<Nginx> => {
  await mkdir(join(directory, 'files'), { recursive: true });
  await writeFile(join(directory, 'files/content'), content);
  const file = join(directory, 'nginx.conf');
  await writeFile(file, configuration(directory, port));
  const child = spawn(NGINX, ['-p', directory, '-c', file], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}/content`;
  await untilServing(url);
  return { url, stop: () => stopProcess(child, START_WITHIN_MS) };
};
