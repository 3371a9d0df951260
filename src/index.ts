import 'reflect-metadata';

export {
  AcceptTokens,
  RequirePolicy,
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
  RequireReverification,
  RequireRole,
  RequireScopes,
  VerifyAlways,
  accessRuleOf,
} from './access/access.decorators.js';
export {
  AccessControl,
  type ExplainedDecision,
  type ExplainedRequirement,
} from './access/access-control.js';
export { AccessFacts } from './access/access-facts.js';
export {
  AccessPolicy,
  type AccessPolicyResult,
  type AccessPolicyContext,
  type AccessPolicyFunction,
  type AccessTarget,
} from './access/access-policy.js';
export type { AccessRequirement, Reverification } from './access/access-rule.js';
export { protectedBy, type AccessRule } from './access/access-rule.js';
export { AuditConfigurationError } from './audit/audit.options.js';
export type {
  AuditAuthenticationEvent,
  AuditCallEvent,
  AuditDecisionEvent,
  AuditEntry,
  AuditEvent,
  AuditListEvent,
  AuditOrigin,
  AuditSubject,
} from './audit/audit-event.js';
export { AuditModule } from './audit/audit.module.js';
export type { AuditOptions } from './audit/audit.options.js';
export { AuditSink, type AuditLevel } from './audit/audit-sink.js';
export { requirement, type DenyImpersonationOptions } from './access/requirement.js';
export type { AccessDecorator } from './access/access.decorators.js';
export type { MaybePromise } from './request/value-or-promise.js';
export {
  AccessError,
  AccessRefusedError,
  ContradictoryAccessError,
  MissingPolicyError,
  RefusedRequestException,
  UnverifiableAccessError,
  type AccessErrorCode,
} from './access/access.errors.js';
export type { Decision } from './access/refusal.js';
export { DeferAccess } from './request/guard-phase.js';
export { PrincipalRenewal } from './request/authentication.js';
export type {
  DelegationActor,
  Entitlements,
  Principal,
  PrincipalOrganization,
} from './request/principal.js';
export type { Refusal } from './access/refusal.js';
export { RefusalResponder, type RefusalAnswer } from './access/refusal-responder.js';
export type { Revocation } from './access/revocation.js';
export { Revocations } from './access/revocation.js';
export { ResourcePath } from './request/guard-phase.js';
export { TokenAuthenticator } from './request/authentication.js';
export { callerKey } from './request/caller-key.js';
export { CallScope } from './request/authentication.js';
export { attachPrincipal, principalOf } from './request/request-principal.js';

export { AuthModule } from './auth/auth.module.js';
export { AuthService } from './auth/auth.service.js';

export { ClerkAuthGuard } from './clerk/http/clerk-auth.guard.js';
export { ClerkAuthModule } from './clerk/clerk-auth.module.js';
export type {
  ClerkAuthExtras,
  ClerkAuthOptions,
  ClerkResourceOptions,
} from './clerk/clerk-auth.options.js';
export type { ClerkWebhookEvent } from './clerk/webhooks/clerk-webhook-event.js';
export type { ClerkWebhookOptions } from './clerk/webhooks/webhook-options.js';
export type { ClerkFeature } from './clerk/clerk-feature.module.js';
export {
  ClerkBackendError,
  ClerkClientNotInitializedError,
  ClerkConfigurationError,
  ClerkError,
  ClerkRefreshError,
  ClerkSessionNotInitializedError,
  InvalidRevocationError,
  RefusedFieldError,
  RevocationNotSharedError,
  type ClerkBackendErrorCode,
  type ClerkErrorCode,
  type ClerkRefreshErrorCode,
} from './clerk/clerk.errors.js';
export { FailedAuthentications } from './clerk/http/failed-authentications.js';
export { ClerkHealth, type ClerkHealthReport } from './clerk/clerk-health.js';
export type { ClerkLimits } from './clerk/clerk-limits.js';
export { CLERK_CLIENT } from './clerk/api/clerk.client.js';
export { ClerkRefreshGrant, type RefreshRequest } from './clerk/oauth/clerk-refresh-grant.js';
export type { ProtectedResource } from './clerk/protected-resources.js';
export type { RefreshedTokens } from './clerk/oauth/clerk-refresh-grant.js';
export { ClerkRevocations } from './clerk/revocation/clerk-revocations.js';
export { RevocationBus } from './clerk/revocation/revocation-bus.js';
export type { TokenType } from './clerk/tokens/classify.js';
export { ClerkContext, type RunAsUserOptions } from './clerk/user/clerk-context.js';
export type { ClerkOrganization } from './clerk/user/clerk-session.js';
export type { ClerkSession } from './clerk/user/clerk-session.js';
export {
  CurrentOrganization,
  CurrentPrincipal,
  CurrentUser,
} from './clerk/user/current-principal.decorator.js';

export { ServiceDrain, type DrainOptions } from './drain/service-drain.js';
export { HealthModule } from './health/health.module.js';
export type { HealthModuleOptions } from './health/drain-on-signal.js';

export { LimitsModule } from './limits/limits.module.js';
export type { LimitsOptions, RateLimit } from './limits/limits.options.js';
export { PrincipalThrottlerGuard } from './limits/principal-throttler.guard.js';
export { TooManyRequestsError } from './limits/limits.options.js';

export { DuplicateEntryError } from './mcp/mcp.errors.js';
export { InvalidHandlerError } from './mcp/mcp.errors.js';
export { McpCatalog } from './mcp/catalog/mcp-catalog.js';
export type { McpCacheHint } from './mcp/authoring/mcp-resource.decorator.js';
export { McpCompletion } from './mcp/authoring/mcp-prompt.decorator.js';
export { McpPrompt } from './mcp/authoring/mcp-prompt.decorator.js';
export { McpResourceTemplate } from './mcp/authoring/mcp-resource.decorator.js';
export { McpResource } from './mcp/authoring/mcp-resource.decorator.js';
export { McpTool } from './mcp/authoring/mcp-tool.decorator.js';
export type {
  CompletionInput,
  McpCompletionOptions,
  McpPromptOptions,
} from './mcp/authoring/mcp-prompt.decorator.js';
export type {
  McpResourceOptions,
  McpResourceTemplateOptions,
} from './mcp/authoring/mcp-resource.decorator.js';
export type { McpSchema } from './mcp/authoring/schema.js';
export type { SchemaIssue } from './mcp/mcp.errors.js';
export type { RuntimeAccess, RuntimeHandler } from './mcp/catalog/runtime-handler.js';
export type { McpToolOptions } from './mcp/authoring/mcp-tool.decorator.js';
export type { McpToolLimits } from './mcp/authoring/tool-limits.js';
export type { McpLimits } from './mcp/protocol/mcp-limits.js';
export { ToolBusyError } from './mcp/mcp.errors.js';
export { ToolTimeoutError } from './mcp/mcp.errors.js';
export { UnboundEnhancerError } from './mcp/mcp.errors.js';
export { UnknownServerError } from './mcp/mcp.errors.js';
export { UnknownToolError } from './mcp/mcp.errors.js';
export { IncludedModuleError } from './mcp/mcp.errors.js';
export { DuplicateEndpointError } from './mcp/mcp.errors.js';
export { UnsupportedAdapterError } from './mcp/mcp.errors.js';
export { MissingGuardError } from './mcp/mcp.errors.js';
export { InvalidInputError } from './mcp/mcp.errors.js';
export type {
  McpAnswer,
  McpFormQuestion,
  McpPageQuestion,
  McpQuestion,
} from './mcp/authoring/input-rounds.js';
export { McpConfigurationError } from './mcp/mcp.errors.js';
export { McpContext, type TraceContext } from './mcp/authoring/mcp-context.js';
export type { McpFeature } from './mcp/mcp-feature.module.js';
export { McpModule } from './mcp/mcp.module.js';
export type {
  McpGuard,
  McpModuleExtras,
  McpModuleOptions,
  McpSessionOptions,
} from './mcp/mcp-options.js';
export { MCP_EVENT_BUS } from './mcp/mcp.tokens.js';
export { McpEventStores } from './mcp/server/event-stores.js';
export type { McpAudience } from './mcp/server/mcp-notifier.js';
export { McpNotifier } from './mcp/server/mcp-notifier.js';
export type { StoredTask, TaskError, TaskState } from './mcp/tasks/stored-task.js';
export type { McpTasksOptions, McpToolTask, TaskSupport } from './mcp/authoring/task-options.js';
export { TaskStoppedError } from './mcp/mcp.errors.js';
export { McpTaskStore } from './mcp/tasks/task-store.js';
export { TooManyTasksError } from './mcp/mcp.errors.js';
export { AccessTokenRefusedError } from './mcp/mcp.errors.js';
export { claimStdout } from './mcp/stdio/claim-stdout.js';
export { McpStdio, type McpStdioOptions } from './mcp/stdio/mcp-stdio.js';
export { MissingTokenAuthenticatorError } from './mcp/mcp.errors.js';
export type { StdioConnection } from './mcp/stdio/stdio-connection.js';
