import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  ClerkAuthGuard,
  ClerkAuthModule,
  McpModule,
  McpTool,
  Public,
  RequireScopes,
} from 'nestjs-clerk-mcp';
import { z } from 'zod';

/** An application with tools that need scopes, as a process: `PORT`, and `CLERK_…` as the service reads it. */
@Injectable()
class NotesTools {
  @Public()
  @McpTool({ description: 'Says hello to everybody', input: z.object({}) })
  hello() {
    return 'hello';
  }

  @McpTool({ description: 'Needs a sign-in', input: z.object({ message: z.string() }) })
  echo({ message }: { message: string }) {
    return message;
  }

  @RequireScopes('notes:read')
  @McpTool({ description: 'Reads notes', input: z.object({}) })
  readNotes() {
    return 'the notes';
  }

  @RequireScopes('notes:write')
  @McpTool({ description: 'Writes a note', input: z.object({ text: z.string() }) })
  writeNotes({ text }: { text: string }) {
    return `saved ${text}`;
  }
}

const { PORT, MCP_SIGN_IN, CLERK_DOMAIN, CLERK_SECRET_KEY, CLERK_PUBLISHABLE_KEY } = process.env;
const options = {
  secretKey: CLERK_SECRET_KEY ?? '',
  publishableKey: CLERK_PUBLISHABLE_KEY ?? '',
  clerkDomain: CLERK_DOMAIN ?? '',
  apiURL: CLERK_DOMAIN ?? '',
  baseURL: `http://127.0.0.1:${PORT}`,
};

@Module({
  imports: [
    ClerkAuthModule.forRoot(options),
    McpModule.forRoot({
      name: 'notes',
      version: '1.0.0',
      guards: [ClerkAuthGuard],
      signIn: MCP_SIGN_IN as 'connect',
    }),
  ],
  providers: [NotesTools],
})
class NotesModule {}

const app = await NestFactory.create(NotesModule, new FastifyAdapter(), {
  logger: ['warn', 'error'],
  abortOnError: false,
});
app.enableShutdownHooks();
await app.listen(Number(PORT), '127.0.0.1');
