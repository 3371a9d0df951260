import { readFileSync } from 'node:fs';
import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuditModule } from '../audit/audit.module.js';
import type { AuditOptions } from '../audit/audit.options.js';
import { CLERK_EMULATOR, ClerkEmulatorModule } from './app.emulator.js';
import { AuthModule } from '../auth/auth.module.js';
import { ClerkAuthGuard } from '../clerk/http/clerk-auth.guard.js';
import { ClerkAuthModule } from '../clerk/clerk-auth.module.js';
import type { ClerkAuthOptions } from '../clerk/clerk-auth.options.js';
import type { ClerkEmulator } from '../emulator/index.js';
import { SERVICE_CONFIG, ServiceConfigModule, type ServiceConfig } from './config.js';
import { ServiceRedisModule } from './app.redis.js';
import { ServiceTelemetryModule } from './app.telemetry.js';
import { DemoModule } from '../demo/demo.module.js';
import { McpExplorerModule } from '../explorer/explorer.module.js';
import type { McpExplorerOptions } from '../explorer/explorer.options.js';
import { HealthModule } from '../health/health.module.js';
import type { HealthModuleOptions } from '../health/drain-on-signal.js';
import { LimitsModule } from '../limits/limits.module.js';
import type { LimitsOptions } from '../limits/limits.options.js';
import { PrincipalThrottlerGuard } from '../limits/principal-throttler.guard.js';
import type { McpModuleOptions } from '../mcp/mcp-options.js';
import { McpModule } from '../mcp/mcp.module.js';

/** The service: an MCP server behind Clerk, with four tools to start from. */
@Module({
  imports: [
    ServiceConfigModule,
    ServiceTelemetryModule,
    ServiceRedisModule,
    AuditModule.forRootAsync({
      inject: [SERVICE_CONFIG],
      useFactory: ({ audit }: ServiceConfig): AuditOptions => audit,
    }),
    ClerkAuthModule.forRootAsync({
      imports: [ClerkEmulatorModule],
      inject: [SERVICE_CONFIG, CLERK_EMULATOR],
      useFactory: toClerkOptions,
    }),
    LimitsModule.forRootAsync({
      inject: [SERVICE_CONFIG],
      useFactory: ({ rateLimit }: ServiceConfig): LimitsOptions => ({
        principal: { limit: rateLimit, ttlMs: 60_000 },
      }),
    }),
    McpModule.forRootAsync({
      guards: [ClerkAuthGuard, PrincipalThrottlerGuard],
      inject: [SERVICE_CONFIG],
      useFactory: toMcpOptions,
    }),
    McpExplorerModule.forRootAsync({
      redirectRoot: true,
      inject: [SERVICE_CONFIG],
      useFactory: ({ explorer }: ServiceConfig): McpExplorerOptions => explorer,
    }),
    AuthModule,
    DemoModule,
    HealthModule.forRootAsync({
      inject: [SERVICE_CONFIG],
      useFactory: ({ drainMs }: ServiceConfig): HealthModuleOptions => ({ drainMs }),
    }),
  ],
  providers: [{ provide: APP_GUARD, useExisting: PrincipalThrottlerGuard }],
})
export class AppModule {}

function toClerkOptions(
  { clerk, mcp, baseURL, loopbackNames, production }: ServiceConfig,
  emulator: ClerkEmulator | null,
): ClerkAuthOptions {
  const instance = emulator
    ? {
        secretKey: emulator.secretKey,
        publishableKey: emulator.publishableKey,
        clerkDomain: emulator.url,
        apiURL: emulator.url,
      }
    : {
        secretKey: clerk.secretKey,
        publishableKey: clerk.publishableKey,
        clerkDomain: clerk.clerkDomain,
        apiURL: clerk.apiURL,
        jwtKey: clerk.jwtKey,
      };
  return {
    ...instance,
    baseURL,
    loopbackNames,
    production,
    acceptedTokens: clerk.acceptedTokens,
    scopes: clerk.scopes,
    audience: clerk.audience,
    audiences: clerk.audiences,
    sessionAudiences: clerk.sessionAudiences,
    machineSecretKey: clerk.machineSecretKey,
    machineId: clerk.machineId,
    authorizedParties: clerk.authorizedParties,
    oauthClient:
      clerk.oauthClientId === undefined
        ? undefined
        : { clientId: clerk.oauthClientId, clientSecret: clerk.oauthClientSecret },
    metaAuthorization: mcp.metaAuthorization,
    webhooks: { signingSecret: emulator?.webhooks.signingSecret ?? clerk.webhookSigningSecret },
    limits: { failuresPerAddress: Math.min(clerk.failuresPerAddress, Number.MAX_SAFE_INTEGER) },
    resourceName: NAME,
  };
}

/** What the service tells its endpoint. */
export function toMcpOptions({ mcp, clerk, baseURL }: ServiceConfig): McpModuleOptions {
  return {
    name: NAME,
    version: VERSION,
    title: 'Clerk-protected MCP server',
    instructions:
      'Call getAuthInfo to learn how to sign in. Every other tool but refreshToken needs it.',
    allowedHosts: mcp.allowedHosts,
    allowedOrigins: mcp.allowedOrigins,
    signIn: mcp.signIn,
    serverCard: mcp.serverCard ? { url: `${baseURL}/mcp`, description: DESCRIPTION } : undefined,
    exclude: clerk.refreshTool ? [] : ['refreshToken'],
  };
}

const NAME = 'nestjs-clerk-mcp';
const DESCRIPTION = 'Tools for the users of an application, who sign in with Clerk.';
const { version: VERSION }: { version: string } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);
