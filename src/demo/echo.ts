import { z } from 'zod';

export const EchoInput = z.object({ message: z.string().min(1).describe('What to say back') });

/** What `echo` answers. */
export const Echo = z.object({
  message: z.string(),
  timestamp: z.iso.datetime().describe('Time of the answer, ISO 8601 in UTC'),
  userId: z.string(),
  userEmail: z.string().optional().describe('Where the token allows to know it'),
});

export type Echo = z.infer<typeof Echo>;
