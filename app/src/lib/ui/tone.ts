/** What a color says. Words and icons say it too. */
export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'lock' | 'idle' | 'accent';

export const toneStyle: Record<Tone, string> = {
  good: 'bg-good-soft text-good',
  busy: 'bg-busy-soft text-busy',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
  lock: 'bg-lock-soft text-ink',
  idle: 'bg-idle-soft text-ink-soft',
  accent: 'bg-accent-soft text-accent',
};

/** The full color, for bars and dots. */
export const toneFill: Record<Tone, string> = {
  good: 'bg-good',
  busy: 'bg-busy',
  warn: 'bg-warn',
  bad: 'bg-bad',
  lock: 'bg-lock',
  idle: 'bg-line-strong',
  accent: 'bg-accent',
};

/** For words and signs on the page's own background. */
export const toneText: Record<Tone, string> = {
  good: 'text-good',
  busy: 'text-busy',
  warn: 'text-warn',
  bad: 'text-bad',
  lock: 'text-lock',
  idle: 'text-ink-soft',
  accent: 'text-accent',
};
