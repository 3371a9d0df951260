import { signal } from '@preact/signals';

/** The arguments of an earlier call, that somebody wants back in the form. */
export const repeat = signal<{ readonly name: string; readonly args: unknown } | undefined>(
  undefined,
);
