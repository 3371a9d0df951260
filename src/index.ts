import 'reflect-metadata';

export {
  AcceptTokens,
  Access,
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
  type AccessPolicyAnswer,
  type AccessPolicyContext,
  type AccessPolicyFunction,
  type AccessTarget,
} from './access/access-policy.js';
export type { AccessRequirement, Reverification } from './access/access-requirement.js';
export { protectedBy, type AccessRule } from './access/access-rule.js';
export { AuditConfigurationError } from './access/audit/audit-configuration.error.js';
export type {
  AuditAuthenticationEvent,
  AuditCallEvent,
  AuditDecisionEvent,
  AuditEntry,
  AuditEvent,
  AuditListEvent,
  AuditOrigin,
  AuditSubject,
} from './access/audit/audit-event.js';
export { AuditModule } from './access/audit/audit.module.js';
export type { AuditOptions } from './access/audit/audit.options.js';
export { AuditSink, type AuditLevel } from './access/audit/audit-sink.js';
export { MissingPolicyError } from './access/missing-policy.error.js';
export { UnverifiableAccessError } from './access/unverifiable-access.error.js';
export { needs, type DenyImpersonationOptions } from './access/needs.js';
export type { AccessDecorator } from './access/access.decorators.js';
export type { MaybePromise } from './access/maybe-promise.js';
export { AccessRefusedError } from './access/access-refused.error.js';
export { ContradictoryAccessError } from './access/contradictory-access.error.js';
export type { Decision } from './access/decision.js';
export { DeferAccess } from './access/deferred-access.js';
export { PrincipalRenewal } from './access/principal-renewal.js';
export type {
  DelegationActor,
  Entitlements,
  Principal,
  PrincipalOrganization,
} from './access/principal.js';
export type { Refusal } from './access/refusal.js';
export { RefusalResponder, type RefusalAnswer } from './access/refusal-responder.js';
export type { Revocation } from './access/revocation.js';
export { Revocations } from './access/revocations.js';
export { RefusedRequestException } from './access/refused-request.exception.js';
export { ResourcePath } from './access/resource-path.js';
export { TokenAuthenticator } from './access/token-authenticator.js';
export { callerKey } from './access/caller-key.js';
export { CallScope } from './access/call-scope.js';
export { attachPrincipal, principalOf } from './access/request-principal.js';

export { AuthModule } from './auth/auth.module.js';
export { AuthService } from './auth/auth.service.js';

export { ClerkAuthGuard } from './clerk/clerk-auth.guard.js';
export { ClerkAuthModule } from './clerk/clerk-auth.module.js';
export type {
  ClerkAuthExtras,
  ClerkAuthOptions,
  ClerkResourceOptions,
} from './clerk/clerk-auth.options.js';
export type { ClerkWebhookEvent } from './clerk/webhooks/clerk-webhook-event.js';
export type { ClerkWebhookOptions } from './clerk/webhooks/webhook-options.js';
export type { ClerkFeature } from './clerk/clerk-feature.module.js';
export { ClerkConfigurationError } from './clerk/clerk-configuration.error.js';
export { FailedAuthentications } from './clerk/failures/failed-authentications.js';
export { ClerkHealth, type ClerkHealthReport } from './clerk/clerk-health.js';
export type { ClerkLimits } from './clerk/clerk-limits.js';
export { CLERK_CLIENT } from './clerk/clerk.client.js';
export {
  ClerkRefreshError,
  type ClerkRefreshErrorCode,
} from './clerk/oauth/clerk-refresh.error.js';
export { ClerkRefreshGrant, type RefreshRequest } from './clerk/oauth/clerk-refresh-grant.js';
export type { ProtectedResource } from './clerk/protected-resource.js';
export type { RefreshedTokens } from './clerk/oauth/refreshed-tokens.js';
export { ClerkRevocations } from './clerk/revocation/clerk-revocations.js';
export { InvalidRevocationError } from './clerk/revocation/invalid-revocation.error.js';
export { RevocationNotSharedError } from './clerk/revocation/revocation-not-shared.error.js';
export { RevocationBus } from './clerk/revocation/revocation-bus.js';
export { RefusedFieldError } from './clerk/refused-field.error.js';
export type { TokenType } from './clerk/tokens/token-type.js';
export { ClerkBackendError, type ClerkBackendErrorCode } from './clerk/user/clerk-backend.error.js';
export { ClerkClientNotInitializedError } from './clerk/user/clerk-client-not-initialized.error.js';
export { ClerkContext } from './clerk/user/clerk-context.js';
export type { ClerkOrganization } from './clerk/user/clerk-organization.js';
export { ClerkSessionNotInitializedError } from './clerk/user/clerk-session-not-initialized.error.js';
export type { ClerkSession } from './clerk/user/clerk-session.js';
export { CurrentOrganization, CurrentUser } from './clerk/user/current-user.decorator.js';

export { ServiceDrain, type DrainOptions } from './drain/service-drain.js';
export { HealthModule } from './health/health.module.js';
export type { HealthModuleOptions } from './health/drain-on-signal.js';

export { LimitsModule } from './limits/limits.module.js';
export type { LimitsOptions, RateLimit } from './limits/limits.options.js';
export { PrincipalThrottlerGuard } from './limits/principal-throttler.guard.js';
export { TooManyRequestsError } from './limits/too-many-requests.error.js';

export { DuplicateEntryError } from './mcp/catalog/duplicate-entry.error.js';
export { InvalidHandlerError } from './mcp/catalog/invalid-handler.error.js';
export { McpCatalog } from './mcp/catalog/mcp-catalog.js';
export type { McpCacheHint } from './mcp/catalog/cache-hint.js';
export { McpCompletion } from './mcp/catalog/mcp-completion.decorator.js';
export { McpPrompt } from './mcp/catalog/mcp-prompt.decorator.js';
export { McpResourceTemplate } from './mcp/catalog/mcp-resource-template.decorator.js';
export { McpResource } from './mcp/catalog/mcp-resource.decorator.js';
export { McpTool } from './mcp/catalog/mcp-tool.decorator.js';
export type {
  CompletionInput,
  McpCompletionOptions,
  McpPromptOptions,
} from './mcp/catalog/prompt-options.js';
export type {
  McpResourceOptions,
  McpResourceTemplateOptions,
} from './mcp/catalog/resource-options.js';
export type { McpSchema, SchemaIssue } from './mcp/catalog/schema.js';
export type { RuntimeAccess, RuntimeHandler } from './mcp/catalog/runtime-handler.js';
export type { McpToolOptions } from './mcp/catalog/tool-options.js';
export type { McpToolLimits } from './mcp/invocation/tool-limits.js';
export type { McpLimits } from './mcp/protocol/mcp-limits.js';
export { ToolBusyError } from './mcp/invocation/tool-busy.error.js';
export { ToolTimeoutError } from './mcp/invocation/tool-timeout.error.js';
export { UnboundEnhancerError } from './mcp/catalog/unbound-enhancer.error.js';
export { UnknownServerError } from './mcp/catalog/unknown-server.error.js';
export { UnknownToolError } from './mcp/catalog/unknown-tool.error.js';
export { IncludedModuleError } from './mcp/catalog/included-module.error.js';
export { DuplicateEndpointError } from './mcp/http/duplicate-endpoint.error.js';
export { UnsupportedAdapterError } from './mcp/http/unsupported-adapter.error.js';
export { MissingGuardError } from './mcp/http/missing-guard.error.js';
export { InvalidInputError } from './mcp/invocation/invalid-input.error.js';
export type {
  Answer,
  FormQuestion,
  PageQuestion,
  Question,
} from './mcp/invocation/input-rounds.js';
export { McpConfigurationError } from './mcp/mcp-configuration.error.js';
export { McpContext, type TraceContext } from './mcp/invocation/mcp-context.js';
export type { McpFeature } from './mcp/mcp-feature.module.js';
export { McpModule } from './mcp/mcp.module.js';
export type {
  McpGuard,
  McpModuleExtras,
  McpModuleOptions,
  McpSessionOptions,
} from './mcp/mcp-options.js';
export { MCP_EVENT_BUS } from './mcp/mcp.tokens.js';
export { McpEventStores } from './mcp/serving/event-stores.js';
export type { McpAudience } from './mcp/serving/audience.js';
export { McpNotifier } from './mcp/serving/mcp-notifier.js';
export type { StoredTask, TaskError, TaskState } from './mcp/tasks/stored-task.js';
export type { McpTasksOptions, McpToolTask, TaskSupport } from './mcp/tasks/task-options.js';
export { TaskStoppedError } from './mcp/tasks/task-stopped.error.js';
export { McpTaskStore } from './mcp/tasks/task-store.js';
export { TooManyTasksError } from './mcp/tasks/too-many-tasks.error.js';
export { AccessTokenRefusedError } from './mcp/stdio/access-token-refused.error.js';
export { claimStdout } from './mcp/stdio/claim-stdout.js';
export { McpStdio, type McpStdioOptions } from './mcp/stdio/mcp-stdio.js';
export { MissingTokenAuthenticatorError } from './mcp/stdio/missing-token-authenticator.error.js';
export type { StdioConnection } from './mcp/stdio/stdio-connection.js';
