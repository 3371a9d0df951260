import 'reflect-metadata';

// `nestjs-clerk-mcp/extend`: what an application implements, replaces or reads to extend this package.

export { AccessFacts } from './access/access-facts.js';
export { RefusedRequestException } from './access/access.errors.js';
export { type RefusalAnswer, RefusalResponder } from './access/refusal-responder.js';
export { type Revocation, Revocations } from './access/revocation.js';
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
export { type AuditLevel, AuditSink } from './audit/audit-sink.js';
export { AuditConfigurationError } from './audit/audit.options.js';
export { AuthService } from './auth/auth.service.js';
export type { ClerkAuthExtras, ClerkResourceOptions } from './clerk/clerk-auth.options.js';
export type { ClerkFeature } from './clerk/clerk-feature.module.js';
export { ClerkHealth, type ClerkHealthReport } from './clerk/clerk-health.js';
export {
  type ClerkBackendErrorCode,
  ClerkClientNotInitializedError,
  ClerkError,
  type ClerkErrorCode,
  ClerkRefreshError,
  type ClerkRefreshErrorCode,
  ClerkSessionNotInitializedError,
  InvalidRevocationError,
  InvalidUpstreamProviderError,
  RefusedFieldError,
  RevocationNotSharedError,
} from './clerk/clerk.errors.js';
export { CurrentRequest, type LoggedRequest } from './clerk/http/current-request.js';
export { FailedAuthentications } from './clerk/http/failed-authentications.js';
export {
  ClerkRefreshGrant,
  type RefreshedTokens,
  type RefreshRequest,
} from './clerk/oauth/clerk-refresh-grant.js';
export type { ProtectedResource } from './clerk/protected-resources.js';
export { RevocationBus, type RevocationListener } from './clerk/revocation/revocation-bus.js';
export type { TokenType } from './clerk/tokens/classify.js';
export { type Verdict, VerdictCache } from './clerk/tokens/verdict-cache.js';
export type { RunAsUserOptions, UpstreamTokenOptions } from './clerk/user/clerk-context.js';
export type { ClerkOrganization } from './clerk/user/clerk-session.js';
export type { ClerkWebhookEvent } from './clerk/webhook-options.js';
export type { ClerkWebhookOptions } from './clerk/webhook-options.js';
export { type DrainOptions, ServiceDrain } from './drain/service-drain.js';
export type { HealthModuleOptions } from './health/drain-on-signal.js';
export { HealthConfigurationError } from './health/drain-on-signal.js';
export { LimitsConfigurationError, TooManyRequestsError } from './limits/limits.options.js';
export type { ConfirmMessage } from './mcp/authoring/confirm.decorator.js';
export {
  ConfirmationUnavailableError,
  InvalidContentError,
  NotConfirmedError,
} from './mcp/authoring/authoring.errors.js';
export type { TraceContext } from './mcp/authoring/mcp-context.js';
export type { CompletionInput } from './mcp/authoring/mcp-prompt.decorator.js';
export type { McpToolTask, TaskSupport } from './mcp/authoring/task-options.js';
export type { RuntimeAccess, RuntimeHandler } from './mcp/catalog/runtime-handler.js';
export type { McpFeature } from './mcp/mcp-feature.module.js';
export type { McpGuard, McpModuleExtras, McpSessionOptions } from './mcp/mcp-options.js';
export type { McpServerCardOptions } from './mcp/server-card.options.js';
export {
  AccessTokenRefusedError,
  DuplicateEndpointError,
  DuplicateEntryError,
  IncludedModuleError,
  InvalidHandlerError,
  InvalidInputError,
  InvalidTaskHandleError,
  McpCallError,
  McpError,
  type McpErrorCode,
  MissingGuardError,
  MissingPackageError,
  MissingTokenAuthenticatorError,
  type SchemaIssue,
  TaskStoppedError,
  ToolBusyError,
  ToolTimeoutError,
  TooManyTasksError,
  UnboundEnhancerError,
  UnknownServerError,
  UnknownToolError,
  UnsupportedAdapterError,
} from './mcp/mcp.errors.js';
export { MCP_EVENT_BUS } from './mcp/mcp.tokens.js';
export { McpEventStores } from './mcp/server/event-stores.js';
export { McpPeers } from './mcp/server/mcp-peers.js';
export type { McpAudience } from './mcp/server/addressed-event.js';
export type { McpStdioOptions } from './mcp/stdio/mcp-stdio.js';
export type { StdioConnection } from './mcp/stdio/stdio-connection.js';
export type { StoredTask, TaskError, TaskState } from './mcp/tasks/stored-task.js';
export { McpTaskHandle } from './mcp/tasks/task-handle.js';
export { McpTaskStore } from './mcp/tasks/task-store.js';
export { CallScope, PrincipalRenewal, TokenAuthenticator } from './request/authentication.js';
export { callerKey } from './request/caller-key.js';
export { DeferAccess, ResourcePath } from './request/guard-phase.js';
export type { DelegationActor, Entitlements, PrincipalOrganization } from './request/principal.js';
export { attachPrincipal, principalOf } from './request/request-record.js';
export type { MaybePromise } from './request/value-or-promise.js';
