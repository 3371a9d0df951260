import {
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { PublishedScopes } from '../clerk/published-scopes.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../clerk/resolved-clerk-options.js';
import type { ClerkEmulator } from '../emulator/index.js';
import { loopbackOrigins } from '../clerk/loopback-names.js';
import { SERVICE_CONFIG, type ServiceConfig } from './config.js';

/** Injects the local Clerk emulator for Clerk, or `null` where a Clerk instance is configured. */
export const CLERK_EMULATOR = Symbol('CLERK_EMULATOR');

/** Starts the local Clerk emulator for Clerk with the service, and ends it with it. */
@Module({
  providers: [{ provide: CLERK_EMULATOR, inject: [SERVICE_CONFIG], useFactory: startEmulator }],
  exports: [CLERK_EMULATOR],
})
export class ClerkEmulatorModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(CLERK_EMULATOR) private readonly emulator: ClerkEmulator | null,
    private readonly moduleRef: ModuleRef,
  ) {}

  /** At Clerk the scopes are created in the dashboard; clients cannot register without that. */
  onApplicationBootstrap(): void {
    if (!this.emulator) return;
    const { resources } = this.moduleRef.get<ResolvedClerkOptions>(CLERK_OPTIONS, {
      strict: false,
    });
    const published = this.moduleRef.get(PublishedScopes, { strict: false });
    for (const path of resources.keys()) {
      for (const scope of published.at(path)) this.emulator.scopes.define(scope);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.emulator?.close();
  }
}

/** Where the emulator listens unless something else does: clients keep its address over a restart. */
const PREFERRED_PORT = 4010;

async function startEmulator(config: ServiceConfig): Promise<ClerkEmulator | null> {
  const { clerk, emulatorState, environment, host, port, baseURL, loopbackNames } = config;
  if (!clerk.usesEmulator) return null;
  // Loaded on demand: a service with a Clerk instance never reads its code.
  const { startClerkEmulator } = await import('../emulator/index.js');
  const origin = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const webhook = { url: `${origin}/webhooks/clerk` };
  const names = loopbackNames ? new Set(loopbackOrigins(baseURL).values()) : [baseURL];
  const logger = new Logger('ClerkEmulator');
  return startClerkEmulator({
    environment,
    webhook,
    // As at Clerk, where the service is registered under each of its names.
    resources: [...names].map((name) => `${name}/mcp`),
    preferredPort: PREFERRED_PORT,
    stateFile: emulatorState,
    notify: (message) => logger.warn(message),
  });
}
