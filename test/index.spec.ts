import { describe, expect, it } from 'vitest';
import * as api from '../src/index.js';

describe('the public API', () => {
  it('is exactly this list', () => {
    expect(Object.keys(api).toSorted()).toMatchInlineSnapshot(`
      [
        "AccessRefusedError",
        "AuthModule",
        "AuthService",
        "Authenticated",
        "CLERK_CLIENT",
        "ClerkAuthGuard",
        "ClerkAuthModule",
        "ClerkBackendError",
        "ClerkClientNotInitializedError",
        "ClerkConfigurationError",
        "ClerkContext",
        "ClerkHealth",
        "ClerkRefreshError",
        "ClerkRefreshGrant",
        "ClerkSessionNotInitializedError",
        "ContradictoryAccessError",
        "CurrentOrganization",
        "CurrentUser",
        "DeferAccess",
        "DemoModule",
        "DemoService",
        "DuplicateToolError",
        "HealthModule",
        "InvalidToolError",
        "InvalidToolInputError",
        "McpCatalog",
        "McpContext",
        "McpModule",
        "McpTool",
        "MissingGuardError",
        "Public",
        "RefusalResponder",
        "RequireScopes",
        "UnboundEnhancerError",
        "UnknownToolError",
        "accessRuleOf",
        "attachPrincipal",
        "decide",
        "principalOf",
      ]
    `);
  });
});
