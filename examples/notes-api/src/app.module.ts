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
import { CLERK_STAND_IN, ClerkStandInModule } from './clerk/clerk-stand-in.module.js';
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

/** Notes of organizations, over REST and MCP. */
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
      imports: [ClerkStandInModule],
      inject: [notesConfig.KEY, CLERK_STAND_IN],
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
    DatabaseModule,
    NotesModule,
    CommentsModule,
    SharingModule,
    ExportsModule,
    HealthModule,
  ],
  providers: [
    // In this order: who calls is known before calls are counted.
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
  standIn: ClerkEmulator | undefined,
): ClerkAuthOptions {
  const instance = standIn
    ? {
        secretKey: standIn.secretKey,
        publishableKey: standIn.publishableKey,
        clerkDomain: standIn.url,
        apiURL: standIn.url,
      }
    : { secretKey: '', ...clerk };
  return {
    ...instance,
    // The global prefix is part of every URL, so of that of the protected resource as well.
    baseURL: `${origin}/api`,
    scopes: ['profile', 'email', 'user:org:read', 'offline_access', ...Object.keys(NOTES_SCOPES)],
    scopeHierarchy: { 'notes:write': ['notes:read'] },
    resourceName: 'Notes',
  };
}
