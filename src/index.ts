import 'reflect-metadata';

export { AccessPolicy, type AccessPolicyContext } from './access/access-policy.js';
export {
  AcceptTokens,
  Authenticated,
  DenyImpersonation,
  Public,
  RequireAnyOf,
  RequireAnyScope,
  RequireByToken,
  RequireFeature,
  RequireOrganization,
  RequirePermission,
  RequirePlan,
  RequirePolicy,
  RequireReverification,
  RequireRole,
  RequireScopes,
  VerifyAlways,
} from './access/access.decorators.js';
export { AccessRefusedError } from './access/access.errors.js';
export { AuditModule } from './audit/audit.module.js';
export type { AuditOptions } from './audit/audit.options.js';
export { AuthModule } from './auth/auth.module.js';
export { CLERK_CLIENT } from './clerk/api/clerk.client.js';
export { ClerkAuthModule } from './clerk/clerk-auth.module.js';
export type { ClerkAuthOptions } from './clerk/clerk-auth.options.js';
export type { ClerkLimits } from './clerk/clerk-limits.js';
export {
  ClerkBackendError,
  ClerkConfigurationError,
  UpstreamConnectionRequiredError,
} from './clerk/clerk.errors.js';
export { ClerkAuthGuard } from './clerk/http/clerk-auth.guard.js';
export { ClerkRevocations } from './clerk/revocation/clerk-revocations.js';
export { ClerkContext } from './clerk/user/clerk-context.js';
export type { ClerkSession } from './clerk/user/clerk-session.js';
export {
  CurrentOrganization,
  CurrentPrincipal,
  CurrentUser,
} from './clerk/user/current-principal.decorator.js';
export { HealthIndicatorsModule, HealthModule } from './health/health.module.js';
export { BackplaneIndicator, ReadinessIndicator, type HealthResult } from './health/readiness.js';
export { LimitsModule } from './limits/limits.module.js';
export type { LimitsOptions, RateLimit } from './limits/limits.options.js';
export { PrincipalThrottlerGuard } from './limits/principal-throttler.guard.js';
export { Confirm } from './mcp/authoring/confirm.decorator.js';
export type { McpFileOptions } from './mcp/authoring/content-blocks.js';
export type {
  McpAnswer,
  McpFormQuestion,
  McpPageQuestion,
  McpQuestion,
} from './mcp/authoring/input-rounds.js';
export { isMcpCall, isMcpRequest } from './mcp/authoring/enhancer-place.js';
export { McpOmit } from './mcp/authoring/mark-handler.js';
export {
  McpApp,
  type McpAppCsp,
  type McpAppOptions,
  type McpAppPermission,
} from './mcp/authoring/mcp-app.decorator.js';
export { McpContext } from './mcp/authoring/mcp-context.js';
export {
  McpCompletion,
  type McpCompletionOptions,
  McpPrompt,
  type McpPromptOptions,
} from './mcp/authoring/mcp-prompt.decorator.js';
export {
  type McpCacheHint,
  McpResource,
  type McpResourceOptions,
  McpResourceTemplate,
  type McpResourceTemplateOptions,
} from './mcp/authoring/mcp-resource.decorator.js';
export {
  type McpRouteToolOptions,
  McpTool,
  type McpToolOptions,
} from './mcp/authoring/mcp-tool.decorator.js';
export type { McpRouteOptions } from './mcp/authoring/route-options.js';
export {
  type JsonSchema,
  jsonSchema,
  type McpSchema,
  type PlainJsonSchema,
  type SchemaSource,
  type TypedJsonSchema,
} from './mcp/authoring/schema.js';
export type { McpTasksOptions } from './mcp/authoring/task-options.js';
export type { McpToolLimits } from './mcp/authoring/tool-limits.js';
export { McpCatalog } from './mcp/catalog/mcp-catalog.js';
export type { McpModuleOptions } from './mcp/mcp-options.js';
export { McpConfigurationError } from './mcp/mcp.errors.js';
export { McpModule } from './mcp/mcp.module.js';
export type { McpLimits } from './mcp/protocol/mcp-limits.js';
export { McpNotifier } from './mcp/server/mcp-notifier.js';
export { claimStdout } from './mcp/stdio/claim-stdout.js';
export { McpStdio } from './mcp/stdio/mcp-stdio.js';
export { McpTasks } from './mcp/tasks/mcp-tasks.js';
export { PageRequiredError } from './request/request.errors.js';
export type { Principal } from './request/principal.js';
