/** Programs on the PATH that answer by their exact command line, and note what they were called with. */
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from './make-run.ts';

export type FakePrograms = {
  /** For the policy's env. */
  path: string;
  /** The same without the machine's other programs. */
  onlyPath: string;
  /**
   * What `command line` does: a piece of shell. Given several times, each serves one call, the last all further ones.
   * A command line that nothing was said about fails the test by exit code 99.
   */
  answer: (commandLine: string, ...scripts: string[]) => void;
  calls: () => string[];
};

const dispatcher = (folder: string): string => `#!/bin/sh
line="\${0##*/}"
for word in "$@"; do line="$line $word"; done
printf '%s\\n' "$line" >>'${folder}/calls'
key=$(printf %s "$line" | cksum | tr -d ' ')
count=$(cat "${folder}/$key.count" 2>/dev/null || echo 0)
count=$((count + 1))
echo $count >"${folder}/$key.count"
while [ $count -gt 0 ]; do
  [ -f "${folder}/$key.$count" ] && . "${folder}/$key.$count" && exit
  [ -f "${folder}/$key.$count" ] && exit
  count=$((count - 1))
done
echo "unexpected: $line" >&2
exit 99
`;

/** POSIX cksum of the line, as the dispatcher computes it. */
const keyOf = (line: string): string => {
  const bytes = [...Buffer.from(line)];
  let length = bytes.length;
  while (length > 0) {
    bytes.push(length & 0xff);
    length = Math.floor(length / 256);
  }
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  return `${~crc >>> 0}${Buffer.byteLength(line)}`;
};

/** What the dispatcher itself needs. */
const OWN_NEEDS = ['cat', 'cksum', 'echo', 'sh', 'tr', 'sleep', 'true'];

/** A folder with so few programs that a host which lacks the others can be played. */
const makeFewPrograms = (folder: string): string => {
  const few = join(folder, 'few');
  mkdirSync(few);
  for (const name of OWN_NEEDS)
    symlinkSync(existsSync(`/bin/${name}`) ? `/bin/${name}` : `/usr/bin/${name}`, join(few, name));
  return few;
};

export const makeFakePrograms = (names: readonly string[]): FakePrograms => {
  const folder = makeFolder();
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const name of names) {
    writeFileSync(join(bin, name), dispatcher(folder));
    chmodSync(join(bin, name), 0o755);
  }
  return {
    path: `${bin}:/usr/bin:/bin`,
    onlyPath: `${bin}:${makeFewPrograms(folder)}`,
    answer: (line, ...scripts) => {
      scripts.forEach((script, index) => {
        writeFileSync(join(folder, `${keyOf(line)}.${index + 1}`), `${script}\n`);
      });
    },
    calls: () =>
      existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8').trimEnd().split('\n') : [],
  };
};
