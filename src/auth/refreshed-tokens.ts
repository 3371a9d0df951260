import { z } from 'zod';

/** What `refreshToken` answers: the token response of RFC 6749 §5.1. */
export const RefreshedTokens = z.object({
  access_token: z.string(),
  token_type: z.string(),
  expires_in: z.number().optional().describe('Lifetime of the access token, in seconds'),
  refresh_token: z.string().describe('Replaces the one that was sent'),
  id_token: z.string().optional().describe('Where the grant has the openid scope'),
  scope: z.string().optional(),
});

export type RefreshedTokens = z.infer<typeof RefreshedTokens>;
