import { Module, type DynamicModule, type NestModule } from '@nestjs/common';
import {
  APP_FILTER,
  DiscoveryModule,
  DiscoveryService,
  HttpAdapterHost,
  ModulesContainer,
} from '@nestjs/core';
import { ClsModule } from 'nestjs-cls';
import { FrameworkRoutes } from '../request/own-routes.js';
import { trimSlashes } from '../request/trim-slashes.js';
import { AccessFacts } from '../access/access-facts.js';
import { AccessModule } from '../access/access.module.js';
import { AuditRecordingModule } from '../audit/audit.module.js';
import type { Backplane } from '../backplane/backplane.js';
import { BACKPLANE, BackplaneModule } from '../backplane/backplane.module.js';
import { InstrumentationModule } from '../instrumentation/instrumentation.module.js';
import { CallScope, PrincipalRenewal, TokenAuthenticator } from '../request/authentication.js';
import { RefusalResponder } from '../access/refusal-responder.js';
import { Revocations } from '../access/revocation.js';
import { AuthenticationAudit, HandlerAudit } from './http/handler-audit.js';
import { AccessRefusedFilter, RefusalErrors } from './http/access-refused.filter.js';
import { createHitWindows } from '../limits/shared-hit-windows.js';
import { ClerkAccessFacts } from './user/clerk-access-facts.js';
import {
  assertImportedOnce,
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN,
} from './clerk-auth.module-definition.js';
import { ClerkAuthGuard } from './http/clerk-auth.guard.js';
import {
  type ClerkAuthOptions,
  CLERK_OPTIONS_ADAPTER,
  type ClerkOptionsAdapter,
} from './clerk-auth.options.js';
import {
  assertFeature,
  CLERK_FEATURE,
  ClerkFeatureModule,
  withFeatures,
  type ClerkFeature,
} from './clerk-feature.module.js';
import { ClerkCallScope, ClerkTokenAuthenticator } from './http/clerk-call-scope.js';
import { ClerkHealth } from './clerk-health.js';
import { CLERK_CLIENT, createClient, SecretKeyAlarm } from './api/clerk.client.js';
import {
  FailedAuthentications,
  failureLimitOf,
  InProcessFailedAuthentications,
} from './http/failed-authentications.js';
import { FailureLimit } from './http/failure-limit.js';
import { AuthorizationServerMirror } from './oauth/authorization-server-metadata.js';
import { ClerkRefreshGrant } from './oauth/clerk-refresh-grant.js';
import { ClerkRefusalResponder } from './oauth/clerk-refusal.responder.js';
import { MetadataRoutes } from './oauth/metadata-routes.js';
import { GuardedRoutes } from './guarded-routes.js';
import { PublishedScopes } from './published-scopes.js';
import { declaredResourcePaths } from './protected-resources.js';
import { ClerkPrincipalRenewal, LiveAccountCheck } from './user/live-account-check.js';
import { RequestAuthenticator } from './http/request-authenticator.js';
import { resolveClerkOptions } from './resolve-clerk-options.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from './resolved-clerk-options.js';
import { BackplaneRevocationBus } from './revocation/backplane-revocation-bus.js';
import { ClerkRevocations } from './revocation/clerk-revocations.js';
import { AudienceLog } from './tokens/audience-log.js';
import { DenyList } from './tokens/deny-list.js';
import { InProcessRevocationBus, RevocationBus } from './revocation/revocation-bus.js';
import {
  ContainedVerdictCache,
  InProcessVerdictCache,
  VerdictCache,
} from './tokens/verdict-cache.js';
import { SharedVerdictCache } from './tokens/shared-verdict-cache.js';
import { JwtVerifier } from './tokens/jwt-verifier.js';
import { OpaqueVerifier } from './tokens/opaque-verifier.js';
import { SigningKeys } from './tokens/signing-keys.js';
import { TokenVerifier } from './tokens/token-verifier.js';
import { removeWebhookRoutes } from './webhooks/clerk-webhook.controller.js';
import { warnWithoutSecretKey } from './without-secret-key.js';
import { ClerkWebhooks } from './webhooks/clerk-webhooks.js';
import { DirectoryChanges } from './webhooks/directory-changes.js';
import { ClerkContext } from './user/clerk-context.js';
import { ClerkDirectory } from './api/clerk-directory.js';
import { UpstreamTokens } from './api/upstream-tokens.js';
import { CurrentRequest } from './http/current-request.js';
import { mountRequestScope, RequestScopePlugin, RequestScope } from './http/request-scope.js';

/**
 * Uses Clerk as the authorization server of the application: guard, challenges, metadata documents and
 * the signed-in user.
 *
 * @example
 * ```ts
 * ClerkAuthModule.forRoot({
 *   secretKey: 'sk_test_…',
 *   clerkDomain: 'clerk.example.com',
 *   baseURL: 'https://mcp.example.com',
 * })
 * ```
 */
@Module({
  // `ClsModule` without `forRoot()`, because the host configures CLS.
  imports: [
    AccessModule,
    AuditRecordingModule,
    BackplaneModule,
    InstrumentationModule,
    DiscoveryModule,
    ClsModule,
    ClsModule.registerPlugins([new RequestScopePlugin()]),
  ],
  providers: [
    {
      provide: CLERK_OPTIONS,
      // Optional, so that importing the class without `forRoot()` gives the error of this module.
      inject: [
        { token: MODULE_OPTIONS_TOKEN, optional: true },
        CLERK_OPTIONS_ADAPTER,
        DiscoveryService,
        ModulesContainer,
      ],
      useFactory: (
        options: ClerkAuthOptions | undefined,
        adapt: ClerkOptionsAdapter,
        discovery: DiscoveryService,
        modules: ModulesContainer,
      ) => {
        assertImportedOnce(options, discovery.getProviders());
        const resolved = resolveClerkOptions(
          withFeatures(adapt(options), discovery),
          declaredResourcePaths(discovery),
        );
        warnWithoutSecretKey(resolved);
        if (!resolved.webhooks) removeWebhookRoutes(modules);
        return resolved;
      },
    },
    {
      provide: CLERK_OPTIONS_ADAPTER,
      useValue: (options: ClerkAuthOptions) => options,
    },
    { provide: CLERK_CLIENT, inject: [CLERK_OPTIONS], useFactory: createClient },
    {
      provide: VerdictCache,
      inject: [CLERK_OPTIONS, BACKPLANE],
      useFactory: createVerdictCache,
    },
    ContainedVerdictCache,
    {
      provide: DenyList,
      inject: [CLERK_OPTIONS, BACKPLANE],
      useFactory: ({ limits }: ResolvedClerkOptions, backplane: Backplane) =>
        new DenyList({
          ttl: limits.denyTtlMs,
          max: Math.max(1, limits.maxRevocations),
          now: () => backplane.now(),
        }),
    },
    {
      provide: FailedAuthentications,
      inject: [CLERK_OPTIONS, BACKPLANE],
      useFactory: (options: ResolvedClerkOptions, backplane: Backplane) =>
        new InProcessFailedAuthentications(
          options,
          createHitWindows(failureLimitOf(options), backplane, 'clerk failures'),
        ),
    },
    FailureLimit,
    {
      provide: RevocationBus,
      inject: [BACKPLANE, DenyList, CLERK_OPTIONS],
      useFactory: (backplane: Backplane, denied: DenyList, { limits }: ResolvedClerkOptions) =>
        backplane.isShared
          ? new BackplaneRevocationBus(backplane, denied, {
              max: Math.max(1, limits.maxRevocations),
            })
          : new InProcessRevocationBus(),
    },
    ClerkRevocations,
    { provide: Revocations, useExisting: ClerkRevocations },
    { provide: RefusalResponder, useClass: ClerkRefusalResponder },
    { provide: TokenAuthenticator, useClass: ClerkTokenAuthenticator },
    { provide: AccessFacts, useClass: ClerkAccessFacts },
    { provide: CallScope, useClass: ClerkCallScope },
    { provide: PrincipalRenewal, useClass: ClerkPrincipalRenewal },
    { provide: APP_FILTER, useClass: AccessRefusedFilter },
    AuthenticationAudit,
    HandlerAudit,
    LiveAccountCheck,
    SecretKeyAlarm,
    SigningKeys,
    AudienceLog,
    JwtVerifier,
    OpaqueVerifier,
    TokenVerifier,
    RequestAuthenticator,
    RefusalErrors,
    ClerkAuthGuard,
    AuthorizationServerMirror,
    PublishedScopes,
    GuardedRoutes,
    MetadataRoutes,
    { provide: FrameworkRoutes, useExisting: MetadataRoutes },
    ClerkRefreshGrant,
    RequestScope,
    CurrentRequest,
    ClerkDirectory,
    UpstreamTokens,
    ClerkContext,
    ClerkHealth,
    DirectoryChanges,
    ClerkWebhooks,
  ],
  exports: [
    // Dependencies of the guard, which any module of the host may use.
    AccessModule,
    AuditRecordingModule,
    AccessFacts,
    CLERK_OPTIONS,
    CLERK_CLIENT,
    RefusalResponder,
    TokenAuthenticator,
    CallScope,
    PrincipalRenewal,
    Revocations,
    ClerkRevocations,
    FailedAuthentications,
    RequestAuthenticator,
    RefusalErrors,
    HandlerAudit,
    ClerkAuthGuard,
    ClerkContext,
    CurrentRequest,
    ClerkRefreshGrant,
    ClerkHealth,
  ],
})
export class ClerkAuthModule extends ConfigurableModuleClass implements NestModule {
  constructor(
    private readonly scope: RequestScope,
    private readonly adapterHost: HttpAdapterHost,
    private readonly metadata: MetadataRoutes,
  ) {
    super();
  }

  /**
   * Sets the metadata of one protected resource, in the module that its endpoint belongs to. Default of
   * each option: the one of `forRoot()`.
   *
   * @example
   * ```ts
   * ClerkAuthModule.forFeature({ path: 'admin', scopes: ['profile', 'admin:write'] })
   * ```
   */
  static forFeature(options: ClerkFeature): DynamicModule {
    assertFeature(options);
    const { path, ...resource } = options;
    const feature: ClerkFeature = { ...resource, path: trimSlashes(path) };
    return {
      module: ClerkFeatureModule,
      providers: [{ provide: CLERK_FEATURE, useValue: feature }],
    };
  }

  configure(): void {
    mountRequestScope(this.scope, this.adapterHost);
    this.metadata.mount();
  }
}

function createVerdictCache(
  { limits, shareVerdicts }: ResolvedClerkOptions,
  backplane: Backplane,
): VerdictCache {
  const local = new InProcessVerdictCache(Math.max(1, limits.maxVerdicts), limits.verdictBytes);
  return backplane.isShared && shareVerdicts
    ? new SharedVerdictCache(local, backplane, limits.opaqueVerdictTtlMs)
    : local;
}
