/**
 * Gives back what an agent that waits does not need. It allocates so little that its engine would not collect garbage for hours.
 * And starting touches some thirty megabytes of the compiled executable's code, of which waiting uses a part: the kernel is told
 * that the rest need not be mapped, and maps again whatever is used after all, from the file. That part is for the executable
 * compiled by Bun on Linux; Node has no way to say it.
 */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { z } from 'zod';

/** By then the agent is connected, and has started what it found to do. */
const FIRST_AFTER_MS = 5000;
/** Jobs, and tries to connect, touch more of the code again. Giving it back takes milliseconds. */
const EVERY_MS = 10_000;
/** The kernel forgets the mapped pages; those of a file that nobody has written to are in the file. */
const MADV_DONTNEED = 4;

export type Range = { from: bigint; to: bigint };

/** The executable's code among the lines of `/proc/self/maps`: mapped from its file, never written to. */
export const codeRanges = (maps: string, executable: string): Range[] =>
  maps.split('\n').flatMap((line) => {
    const [, from, to, path] = /^([0-9a-f]+)-([0-9a-f]+) r-xp \S+ \S+ [1-9]\d* +(.+)$/.exec(line) ?? [];
    if (from === undefined || to === undefined || path !== executable) return [];
    return [{ from: BigInt(`0x${from}`), to: BigInt(`0x${to}`) }];
  });

const Ffi = z.object({ dlopen: z.function({ input: [z.string(), z.unknown()], output: z.unknown() }) });
const Libc = z.object({
  symbols: z.object({ madvise: z.function({ input: [z.bigint(), z.bigint(), z.int()], output: z.unknown() }) }),
});
const Bun = z.object({ Bun: z.object({ gc: z.function({ input: [z.boolean()], output: z.unknown() }) }) });

const Collector = z.object({ gc: z.function({ input: [], output: z.unknown() }) });

const releaseCode = (madvise: (from: bigint, length: bigint, advice: number) => unknown): void => {
  Bun.parse(globalThis).Bun.gc(true);
  for (const { from, to } of codeRanges(readFileSync('/proc/self/maps', 'utf8'), process.execPath))
    madvise(from, to - from, MADV_DONTNEED);
};

/** Does nothing where there is nothing to gain; an agent works as well without it. */
export const releaseIdleMemory = async (): Promise<void> => {
  if (process.versions.bun === undefined) return collectGarbage();
  if (process.platform !== 'linux') return;
  try {
    // In a variable, because only Bun knows a module of this name.
    const ffiModule = 'bun:ffi';
    const { dlopen } = Ffi.parse(await import(ffiModule));
    const { symbols } = Libc.parse(dlopen('libc.so.6', { madvise: { args: ['u64', 'u64', 'i32'], returns: 'i32' } }));
    setTimeout(() => releaseCode(symbols.madvise), FIRST_AFTER_MS).unref();
    setInterval(() => releaseCode(symbols.madvise), EVERY_MS).unref();
  } catch {
    // A libc of another name, or a kernel without it.
  }
};

/** Exposed where Node was started with `--expose-gc`, as the service and `npm start` do; a new context has it in any case. */
const collector = (): z.infer<typeof Collector> => {
  const exposed = Collector.safeParse(globalThis);
  if (exposed.success) return exposed.data;
  setFlagsFromString('--expose-gc');
  return Collector.parse({ gc: runInNewContext('gc') });
};

const collectGarbage = (): void => {
  const { gc } = collector();
  setTimeout(() => gc(), FIRST_AFTER_MS).unref();
  setInterval(() => gc(), EVERY_MS).unref();
};
