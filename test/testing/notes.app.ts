import { Controller, ForbiddenException, Get, Injectable, Module, UseGuards } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { z } from 'zod';
import {
  Public,
  RequireOrganization,
  RequireReverification,
  RequireRole,
  RequireScopes,
} from '../../src/access/access.decorators.js';
import { ClerkAuthGuard } from '../../src/clerk/http/clerk-auth.guard.js';
import { ClerkAuthModule } from '../../src/clerk/clerk-auth.module.js';
import { ClerkContext } from '../../src/clerk/user/clerk-context.js';
import {
  McpCompletion,
  McpPrompt,
  type CompletionInput,
} from '../../src/mcp/authoring/mcp-prompt.decorator.js';
import {
  McpResourceTemplate,
  McpResource,
} from '../../src/mcp/authoring/mcp-resource.decorator.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import type { McpContext } from '../../src/mcp/authoring/mcp-context.js';
import { McpModule } from '../../src/mcp/mcp.module.js';

/** Sends mail, in production. */
@Injectable()
export class Mailer {
  send(_to: string): string {
    throw new Error('no network in tests');
  }
}

const Note = z.object({ text: z.string().min(1) });
const Sure = z.object({ sure: z.boolean() });

@Injectable()
export class NotesTools {
  constructor(
    private readonly clerk: ClerkContext,
    private readonly mailer: Mailer,
  ) {}

  @McpTool({ description: 'What this is', annotations: { readOnlyHint: true } })
  @Public()
  about() {
    return 'notes';
  }

  @McpTool({ description: 'Who calls', output: z.object({ email: z.string(), at: z.string() }) })
  async me() {
    const { primaryEmailAddress } = await this.clerk.getUser();
    return { email: primaryEmailAddress?.emailAddress ?? '', at: new Date().toISOString() };
  }

  @McpTool({ name: 'add_note', description: 'Adds a note', input: Note, output: Note })
  @RequireScopes('notes:read', 'notes:write')
  add({ text }: z.infer<typeof Note>) {
    return { text };
  }

  @McpTool({ description: 'Deletes all notes, once it is sure' })
  async clear(_input: object, context: McpContext) {
    const answer = context.answer('sure');
    if (answer.kind === 'elicit' && answer.action !== 'accept') return answer.action;
    const accepted = context.accepted('sure', Sure);
    if (!accepted) return context.elicit('sure', { message: 'Delete all?', schema: Sure });
    return accepted.sure ? 'deleted' : 'kept';
  }

  @McpTool({ description: 'Takes two steps' })
  async slowly(_input: object, context: McpContext) {
    await context.progress(1, 2);
    await context.progress(2, 2);
    return 'there';
  }

  @McpTool({ description: 'Mails the notes' })
  mail() {
    return this.mailer.send('ada@example.com');
  }

  @McpTool({ description: 'Which tenant' })
  @RequireOrganization()
  tenant() {
    const { organization } = this.clerk.principal ?? {};
    return { id: organization?.id ?? '' };
  }

  @McpTool({ description: 'Deletes the tenant' })
  @RequireRole('org:admin')
  @RequireReverification('moderate')
  purge() {
    return 'purged';
  }

  @McpTool({ description: 'Throws' })
  secret() {
    throw new ForbiddenException('Not even you.');
  }
}

@Injectable()
export class NotesContent {
  @McpResource({ uri: 'notes://all', mimeType: 'application/json' })
  all() {
    return JSON.stringify([{ id: 1 }]);
  }

  @McpResource({ uri: 'admin://all' })
  @RequireRole('org:admin')
  admin() {
    return 'admins only';
  }

  @McpResourceTemplate({ uriTemplate: 'notes://{id}' })
  @RequireScopes('notes:read')
  one({ id }: { id: string }) {
    return `note ${id}`;
  }

  @McpCompletion({ prompt: 'sumUp', argument: 'style' })
  styles({ value }: CompletionInput) {
    return ['short', 'long'].filter((style) => style.startsWith(value));
  }

  @McpPrompt({ description: 'Sums up', input: z.object({ style: z.enum(['short', 'long']) }) })
  sumUp({ style }: { style: string }) {
    return `Sum up, ${style}.`;
  }
}

@UseGuards(ClerkAuthGuard)
@Controller('notes')
export class NotesController {
  @Get()
  list() {
    return [{ id: 1 }];
  }
}

/** An application that takes its options from the environment, as one in the wild does. */
@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true }),
    ClerkAuthModule.forRootAsync({
      inject: [ConfigService],
      useFactory: (config: ConfigService) => ({
        secretKey: config.get('NOTES_CLERK_SECRET_KEY', ''),
        publishableKey: config.get('NOTES_CLERK_PUBLISHABLE_KEY'),
        baseURL: config.get('NOTES_BASE_URL', ''),
        acceptedTokens: ['oauth_token', 'session_token', 'api_key', 'm2m_token'],
        scopes: ['profile', 'email', 'notes:read'],
      }),
    }),
    McpModule.forRoot({ name: 'notes', version: '1.0.0', guards: [ClerkAuthGuard] }),
  ],
  controllers: [NotesController],
  providers: [NotesTools, NotesContent, Mailer],
})
export class NotesModule {}
