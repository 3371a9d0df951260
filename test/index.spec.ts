import { describe, expect, it } from 'vitest';
import * as access from '../src/access/index.js';
import * as explorer from '../src/explorer/index.js';
import * as extend from '../src/extend.js';
import * as main from '../src/index.js';
import * as redis from '../src/redis/index.js';
import * as telemetry from '../src/telemetry/index.js';

const namesOf = (entry: object): readonly string[] => Object.keys(entry).toSorted();

describe('the public API', () => {
  it('of the main entry is exactly this list', () => {
    expect(namesOf(main)).toMatchInlineSnapshot(`
      [
        "AcceptTokens",
        "AccessPolicy",
        "AccessRefusedError",
        "AuditModule",
        "AuthModule",
        "Authenticated",
        "BackplaneIndicator",
        "CLERK_CLIENT",
        "ClerkAuthGuard",
        "ClerkAuthModule",
        "ClerkBackendError",
        "ClerkConfigurationError",
        "ClerkContext",
        "ClerkRevocations",
        "Confirm",
        "CurrentOrganization",
        "CurrentPrincipal",
        "CurrentUser",
        "DenyImpersonation",
        "HealthIndicatorsModule",
        "HealthModule",
        "LimitsModule",
        "McpApp",
        "McpCatalog",
        "McpCompletion",
        "McpConfigurationError",
        "McpContext",
        "McpModule",
        "McpNotifier",
        "McpOmit",
        "McpPrompt",
        "McpResource",
        "McpResourceTemplate",
        "McpStdio",
        "McpTasks",
        "McpTool",
        "PageRequiredError",
        "PrincipalThrottlerGuard",
        "Public",
        "ReadinessIndicator",
        "RequireAnyOf",
        "RequireAnyScope",
        "RequireByToken",
        "RequireFeature",
        "RequireOrganization",
        "RequirePermission",
        "RequirePlan",
        "RequirePolicy",
        "RequireReverification",
        "RequireRole",
        "RequireScopes",
        "UpstreamConnectionRequiredError",
        "VerifyAlways",
        "claimStdout",
        "isMcpCall",
        "isMcpRequest",
        "jsonSchema",
      ]
    `);
  });

  it('of nestjs-clerk-mcp/access is exactly this list', () => {
    expect(namesOf(access)).toMatchInlineSnapshot(`
      [
        "AccessControl",
        "AccessError",
        "ContradictoryAccessError",
        "InvalidAccessRuleError",
        "MissingPolicyError",
        "UnverifiableAccessError",
        "accessRuleOf",
        "protectedBy",
        "requirement",
      ]
    `);
  });

  it('of nestjs-clerk-mcp/redis is exactly this list', () => {
    expect(namesOf(redis)).toEqual(['RedisConfigurationError', 'RedisModule', 'UnfitRedisError']);
  });

  it('of nestjs-clerk-mcp/telemetry is exactly this list', () => {
    expect(namesOf(telemetry)).toEqual(['TelemetryConfigurationError', 'TelemetryModule']);
  });

  it('of nestjs-clerk-mcp/explorer is exactly this list', () => {
    expect(namesOf(explorer)).toEqual(['ExplorerConfigurationError', 'McpExplorerModule']);
  });

  it('of nestjs-clerk-mcp/extend is exactly this list', () => {
    expect(namesOf(extend)).toMatchInlineSnapshot(`
      [
        "AccessFacts",
        "AccessTokenRefusedError",
        "AuditConfigurationError",
        "AuditSink",
        "AuthService",
        "CallScope",
        "ClerkClientNotInitializedError",
        "ClerkError",
        "ClerkHealth",
        "ClerkRefreshError",
        "ClerkRefreshGrant",
        "ClerkSessionNotInitializedError",
        "ConfirmationUnavailableError",
        "CurrentRequest",
        "DeferAccess",
        "DuplicateEndpointError",
        "DuplicateEntryError",
        "FailedAuthentications",
        "HealthConfigurationError",
        "IncludedModuleError",
        "InvalidContentError",
        "InvalidHandlerError",
        "InvalidInputError",
        "InvalidRevocationError",
        "InvalidTaskHandleError",
        "InvalidUpstreamProviderError",
        "LimitsConfigurationError",
        "MCP_EVENT_BUS",
        "McpCallError",
        "McpError",
        "McpEventStores",
        "McpPeers",
        "McpTaskHandle",
        "McpTaskStore",
        "MissingGuardError",
        "MissingPackageError",
        "MissingTokenAuthenticatorError",
        "NotConfirmedError",
        "PrincipalRenewal",
        "RefusalResponder",
        "RefusedFieldError",
        "RefusedRequestException",
        "ResourcePath",
        "RevocationBus",
        "RevocationNotSharedError",
        "Revocations",
        "ServiceDrain",
        "TaskStoppedError",
        "TokenAuthenticator",
        "TooManyRequestsError",
        "TooManyTasksError",
        "ToolBusyError",
        "ToolTimeoutError",
        "UnboundEnhancerError",
        "UnknownServerError",
        "UnknownToolError",
        "UnsupportedAdapterError",
        "VerdictCache",
        "attachPrincipal",
        "callerKey",
        "principalOf",
      ]
    `);
  });

  it('has each name in one entry', () => {
    const names = [main, access, extend].flatMap(namesOf);
    expect(new Set(names).size).toBe(names.length);
  });
});
