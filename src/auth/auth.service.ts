import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Public } from '../access/access.decorators.js';
import { ClerkRefreshGrant } from '../clerk/oauth/clerk-refresh-grant.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../clerk/resolved-clerk-options.js';
import { ClerkContext } from '../clerk/user/clerk-context.js';
import { McpTool } from '../mcp/authoring/mcp-tool.decorator.js';

/** The result of `getAuthInfo`. */
export const AuthInfo = z.object({
  provider: z.literal('clerk'),
  /** Whether this server has tools that need a signed-in caller. */
  authRequired: z.boolean(),
  tokenType: z.literal('Bearer'),
  instructions: z.string(),
  issuer: z.string().describe('Issuer of the tokens: the Frontend API of the Clerk instance'),
  resource: z.string().describe('Resource identifier of this server, RFC 8707'),
  scopes: z.array(z.string()).describe('OAuth scopes to request'),
  acceptedTokenTypes: z.array(z.string()).describe('Accepted kinds of Clerk token'),
  resourceMetadataUrl: z.string().describe('Protected resource metadata, RFC 9728'),
  documentationUrl: z.string().optional(),
});

export type AuthInfo = z.infer<typeof AuthInfo>;

/** The result of `refreshToken`: the token response of RFC 6749 §5.1. */
export const RefreshedTokens = z.object({
  access_token: z.string(),
  token_type: z.string(),
  expires_in: z.number().optional().describe('Lifetime of the access token, in seconds'),
  refresh_token: z.string().describe('Replaces the one that was sent'),
  id_token: z.string().optional().describe('Only if the grant has the openid scope'),
  scope: z.string().optional(),
});

export type RefreshedTokens = z.infer<typeof RefreshedTokens>;

const RefreshInput = z.object({
  refreshToken: z.string().min(1).describe('The refresh token to exchange'),
  clientId: z
    .string()
    .min(1)
    .optional()
    .describe('The OAuth client that the refresh token was issued to'),
});

/** Public tools that tell a client how to sign in, and that refresh its tokens. */
@Public()
@Injectable()
export class AuthService {
  constructor(
    @Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions,
    private readonly clerk: ClerkContext,
    private readonly grant: ClerkRefreshGrant,
  ) {}

  @McpTool({
    title: 'Refresh tokens',
    description:
      'Exchanges a Clerk refresh token for new tokens. Prefer the standard OAuth refresh at the token endpoint of the authorization server: this tool is for clients that cannot do it, and its result passes through the conversation.',
    input: RefreshInput,
    output: RefreshedTokens,
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false },
  })
  async refreshToken({
    refreshToken,
    clientId,
  }: z.infer<typeof RefreshInput>): Promise<RefreshedTokens> {
    const { principal } = this.clerk;
    return this.grant.refresh({
      refreshToken,
      clientId: clientId ?? principal?.clientId,
      principal,
    });
  }

  @McpTool({
    title: 'How to sign in',
    description: 'Tells how to authenticate with this server: issuer, scopes and metadata.',
    output: AuthInfo,
    annotations: { readOnlyHint: true },
  })
  getAuthInfo(): AuthInfo {
    const { issuer, acceptedTokens } = this.options;
    const { resource, scopes, metadataURL, docsURL } = this.clerk.resource;
    return {
      provider: 'clerk',
      authRequired: true,
      tokenType: 'Bearer',
      instructions: `Discover the authorization server at ${metadataURL}, sign in there with OAuth 2.1 (authorization code with PKCE) for the resource ${resource}, and send the access token as "Authorization: Bearer <token>". MCP clients with OAuth support do all of this by themselves.`,
      issuer,
      resource,
      scopes: [...scopes],
      acceptedTokenTypes: [...acceptedTokens],
      resourceMetadataUrl: metadataURL,
      ...(docsURL !== null && { documentationUrl: docsURL }),
    };
  }
}
