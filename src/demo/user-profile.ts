import { z } from 'zod';

/** The caller, as far as the token lets this server know. What it does not is absent. */
export const UserProfile = z.object({
  userId: z.string(),
  email: z.string().optional(),
  emailVerified: z.boolean().optional(),
  firstName: z.string().optional(),
  lastName: z.string().optional(),
  imageUrl: z.string().optional(),
  organization: z
    .object({
      id: z.string(),
      name: z.string().optional(),
      slug: z.string().optional(),
      role: z.string().optional(),
    })
    .optional(),
});

export type UserProfile = z.infer<typeof UserProfile>;
