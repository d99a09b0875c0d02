/** The look that text inputs, selects and comboboxes share. */
export const controlStyle =
  'h-8.5 w-full min-w-0 rounded-md border border-control bg-surface px-2.5 text-ink placeholder:text-ink-faint transition-colors hover:border-ink-faint focus-visible:border-accent focus-visible:outline-2 focus-visible:outline-offset-0 disabled:cursor-not-allowed disabled:opacity-60 aria-invalid:border-bad max-md:h-10 max-md:text-base dark:bg-sunken';

/** The look of lists that float over the page. */
export const floatingStyle =
  'z-50 rounded-lg border border-line bg-raised p-1 text-ink shadow-float outline-none data-[state=open]:animate-in data-[state=open]:fade-in-0 data-[state=open]:zoom-in-98';

export const optionStyle =
  'flex w-full cursor-default select-none items-center gap-2 rounded-md px-2 py-1.5 text-left outline-none data-disabled:opacity-50 data-highlighted:bg-accent-soft max-md:py-2.5 [&_svg]:size-4 [&_svg]:shrink-0';
