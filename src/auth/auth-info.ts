import { z } from 'zod';

/** What `getAuthInfo` answers. */
export const AuthInfo = z.object({
  provider: z.literal('clerk'),
  /** Whether anything here needs a signed-in caller. */
  authRequired: z.boolean(),
  tokenType: z.literal('Bearer'),
  instructions: z.string(),
  issuer: z.string().describe('Issuer of the tokens: the Frontend API of the Clerk instance'),
  resource: z.string().describe('Resource identifier of this server, RFC 8707'),
  scopes: z.array(z.string()).describe('OAuth scopes to ask for'),
  acceptedTokenTypes: z.array(z.string()).describe('Kinds of Clerk token that are let in'),
  resourceMetadataUrl: z.string().describe('Protected resource metadata, RFC 9728'),
  documentationUrl: z.string().optional(),
});

export type AuthInfo = z.infer<typeof AuthInfo>;
