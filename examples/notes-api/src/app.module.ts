import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import {
  ClerkAuthGuard,
  ClerkAuthModule,
  McpModule,
  type ClerkAuthOptions,
} from 'nestjs-clerk-mcp';
import type { ClerkEmulator } from 'nestjs-clerk-mcp/emulator';
import { McpExplorerModule } from 'nestjs-clerk-mcp/explorer';
import { CLERK_EMULATOR, ClerkEmulatorModule } from './clerk/clerk-emulator.module.js';
import { NOTES_SCOPES } from './clerk/scopes.js';
import { CommentsModule } from './comments/comments.module.js';
import { notesConfig, type NotesConfig } from './config/notes.config.js';
import { DatabaseModule } from './database/database.module.js';
import { ExportsModule } from './exports/exports.module.js';
import { HealthModule } from './health/health.module.js';
import { CallLogInterceptor } from './http/call-log.interceptor.js';
import { EnvelopeInterceptor } from './http/envelope.interceptor.js';
import { PrincipalThrottlerGuard } from './http/principal-throttler.guard.js';
import { ProblemFilter } from './http/problem.filter.js';
import { NotesModule } from './notes/notes.module.js';
import { SharingModule } from './sharing/sharing.module.js';

/** Serves notes of organizations over REST and MCP. */
@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true, cache: true, load: [notesConfig] }),
    ThrottlerModule.forRootAsync({
      inject: [notesConfig.KEY],
      useFactory: ({ requestsPerMinute }: NotesConfig) => [
        { ttl: 60_000, limit: requestsPerMinute },
      ],
    }),
    ClerkAuthModule.forRootAsync({
      isGlobal: true,
      imports: [ClerkEmulatorModule],
      inject: [notesConfig.KEY, CLERK_EMULATOR],
      useFactory: toClerkOptions,
    }),
    McpModule.forRoot({
      isGlobal: true,
      name: 'notes-api',
      version: '1.0.0',
      title: 'Notes',
      instructions: 'Notes of the organization that the user has chosen at sign-in.',
      guards: [ClerkAuthGuard],
    }),
    // A page for development: who may call what, and why.
    McpExplorerModule.forRoot({}),
    DatabaseModule,
    NotesModule,
    CommentsModule,
    SharingModule,
    ExportsModule,
    HealthModule,
  ],
  providers: [
    // The order matters: the throttler needs the authenticated caller.
    { provide: APP_GUARD, useExisting: ClerkAuthGuard },
    { provide: APP_GUARD, useClass: PrincipalThrottlerGuard },
    { provide: APP_INTERCEPTOR, useClass: CallLogInterceptor },
    { provide: APP_INTERCEPTOR, useClass: EnvelopeInterceptor },
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
})
export class AppModule {}

function toClerkOptions(
  { clerk, origin }: NotesConfig,
  emulator: ClerkEmulator | undefined,
): ClerkAuthOptions {
  const instance = emulator
    ? {
        secretKey: emulator.secretKey,
        publishableKey: emulator.publishableKey,
        clerkDomain: emulator.url,
        apiURL: emulator.url,
      }
    : { secretKey: '', ...clerk };
  return {
    ...instance,
    // The global prefix is part of the URL of the protected resource.
    baseURL: `${origin}/api`,
    scopes: ['profile', 'email', 'user:org:read', 'offline_access', ...Object.keys(NOTES_SCOPES)],
    scopeHierarchy: { 'notes:write': ['notes:read'] },
    resourceName: 'Notes',
  };
}
