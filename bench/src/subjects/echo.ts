import { z } from 'zod';

export const EchoInput = z.object({ message: z.string().min(1) });
export const Echo = z.object({
  message: z.string(),
  timestamp: z.iso.datetime(),
  userId: z.string(),
});
export type Echo = z.infer<typeof Echo>;

export const ECHO_DESCRIPTION = 'Says a message back, together with who sent it and when.';
