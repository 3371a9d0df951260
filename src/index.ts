import 'reflect-metadata';

export { Authenticated, Public, RequireScopes, accessRuleOf } from './access/access.decorators.js';
export type { AccessRule } from './access/access-rule.js';
export { AccessRefusedError } from './access/access-refused.error.js';
export { ContradictoryAccessError } from './access/contradictory-access.error.js';
export { decide, type Decision } from './access/decide.js';
export { DeferAccess } from './access/deferred-access.js';
export type { Principal, PrincipalOrganization } from './access/principal.js';
export type { Refusal } from './access/refusal.js';
export { RefusalResponder, type RefusalAnswer } from './access/refusal-responder.js';
export { attachPrincipal, principalOf } from './access/request-principal.js';

export { AuthModule } from './auth/auth.module.js';
export { AuthService } from './auth/auth.service.js';

export { ClerkAuthGuard } from './clerk/clerk-auth.guard.js';
export { ClerkAuthModule } from './clerk/clerk-auth.module.js';
export type { ClerkAuthOptions } from './clerk/clerk-auth.options.js';
export { ClerkConfigurationError } from './clerk/clerk-configuration.error.js';
export { ClerkHealth, type ClerkHealthReport } from './clerk/clerk-health.js';
export type { ClerkLimits } from './clerk/clerk-limits.js';
export { CLERK_CLIENT } from './clerk/clerk.client.js';
export {
  ClerkRefreshError,
  type ClerkRefreshErrorCode,
} from './clerk/oauth/clerk-refresh.error.js';
export { ClerkRefreshGrant, type RefreshRequest } from './clerk/oauth/clerk-refresh-grant.js';
export type { RefreshedTokens } from './clerk/oauth/refreshed-tokens.js';
export type { TokenType } from './clerk/tokens/token-type.js';
export { ClerkBackendError, type ClerkBackendErrorCode } from './clerk/user/clerk-backend.error.js';
export { ClerkClientNotInitializedError } from './clerk/user/clerk-client-not-initialized.error.js';
export { ClerkContext } from './clerk/user/clerk-context.js';
export type { ClerkOrganization } from './clerk/user/clerk-organization.js';
export { ClerkSessionNotInitializedError } from './clerk/user/clerk-session-not-initialized.error.js';
export type { ClerkSession } from './clerk/user/clerk-session.js';
export { CurrentOrganization, CurrentUser } from './clerk/user/current-user.decorator.js';

export { DemoModule } from './demo/demo.module.js';
export { DemoService } from './demo/demo.service.js';

export { HealthModule } from './health/health.module.js';

export { DuplicateToolError } from './mcp/catalog/duplicate-tool.error.js';
export { InvalidToolError } from './mcp/catalog/invalid-tool.error.js';
export { McpCatalog } from './mcp/catalog/mcp-catalog.js';
export { McpTool } from './mcp/catalog/mcp-tool.decorator.js';
export type { McpSchema } from './mcp/catalog/schema.js';
export type { McpToolOptions } from './mcp/catalog/tool-options.js';
export { UnboundEnhancerError } from './mcp/catalog/unbound-enhancer.error.js';
export { UnknownToolError } from './mcp/catalog/unknown-tool.error.js';
export { MissingGuardError } from './mcp/http/missing-guard.error.js';
export { InvalidToolInputError } from './mcp/invocation/invalid-tool-input.error.js';
export { McpContext } from './mcp/invocation/mcp-context.js';
export { McpModule } from './mcp/mcp.module.js';
export type { McpModuleExtras, McpModuleOptions, McpSessionOptions } from './mcp/mcp-options.js';
