// src/app.module.ts
import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { ClerkAuthGuard, ClerkAuthModule, McpModule } from 'nestjs-clerk-mcp';
import { Mailer } from './mailer.js';
import { NotesController } from './notes.controller.js';
import { NotesTools } from './notes.tools.js';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true }),
    ClerkAuthModule.forRootAsync({
      inject: [ConfigService],
      useFactory: (config: ConfigService) => ({
        secretKey: config.get('NOTES_CLERK_SECRET_KEY', ''),
        publishableKey: config.get('NOTES_CLERK_PUBLISHABLE_KEY'),
        baseURL: config.get('NOTES_BASE_URL', 'https://notes.example.com'),
        acceptedTokens: ['oauth_token', 'session_token', 'api_key', 'm2m_token'],
        webhooks: { signingSecret: config.get('NOTES_WEBHOOK_SECRET') },
        scopes: ['profile', 'email', 'notes:read', 'notes:write'],
      }),
    }),
    McpModule.forRoot({ name: 'notes', version: '1.0.0', guards: [ClerkAuthGuard] }),
  ],
  controllers: [NotesController],
  providers: [NotesTools, Mailer],
})
export class AppModule {}
