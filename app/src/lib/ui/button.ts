import { tv, type VariantProps } from 'tailwind-variants';

export const buttonStyle = tv({
  base: 'inline-flex shrink-0 select-none items-center justify-center gap-1.5 whitespace-nowrap rounded-md font-medium transition-colors disabled:cursor-not-allowed disabled:opacity-55 aria-disabled:cursor-not-allowed aria-disabled:opacity-55 [&_svg]:size-4 [&_svg]:shrink-0',
  variants: {
    variant: {
      primary: 'bg-accent text-on-accent hover:bg-accent-hover',
      secondary: 'border border-line-strong bg-surface text-ink hover:bg-sunken dark:bg-raised dark:hover:bg-line',
      ghost: 'text-ink-soft hover:bg-sunken hover:text-ink dark:hover:bg-raised',
      danger: 'bg-bad text-white hover:bg-bad-hover dark:text-on-accent',
      link: 'h-auto! px-0! text-accent underline-offset-3 hover:underline',
    },
    size: {
      sm: 'h-7 px-2.5 text-[0.8125rem] max-md:h-9',
      md: 'h-8.5 px-3 max-md:h-10',
      icon: 'size-8 max-md:size-10',
    },
  },
});

export type ButtonVariant = NonNullable<VariantProps<typeof buttonStyle>['variant']>;
export type ButtonSize = NonNullable<VariantProps<typeof buttonStyle>['size']>;
