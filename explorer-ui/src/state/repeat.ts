import { signal } from '@preact/signals';

/** A tool whose form is about to open, and is to be sent as it stands: after a step-up. */
export const submitWhenOpen = signal<string | undefined>(undefined);

/** The arguments of an earlier call, that somebody wants back in the form. */
export const repeat = signal<{ readonly name: string; readonly args: unknown } | undefined>(
  undefined,
);
