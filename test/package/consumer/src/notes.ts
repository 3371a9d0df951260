import { Injectable, Module } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestFactory } from '@nestjs/core';
import {
  ClerkAuthGuard,
  ClerkAuthModule,
  ClerkContext,
  McpModule,
  McpTool,
  RequireScopes,
} from 'nestjs-clerk-mcp';
import { startClerkEmulator } from 'nestjs-clerk-mcp/emulator';
import { z } from 'zod';

const Note = z.object({ text: z.string(), author: z.string() });

@Injectable()
class NoteTools {
  private readonly clerk: ClerkContext;

  constructor(clerk: ClerkContext) {
    this.clerk = clerk;
  }

  @McpTool({
    description: 'Writes a note',
    input: z.object({ text: z.string().min(1) }),
    output: Note,
  })
  @RequireScopes('profile')
  async write({ text }: { text: string }): Promise<z.infer<typeof Note>> {
    const { firstName } = await this.clerk.getUser();
    return { text, author: firstName ?? '' };
  }
}

/** Boots an application that imports the package, calls its tool once and gives what came back. */
export async function callOnce(): Promise<unknown> {
  const clerk = await startClerkEmulator();
  const baseURL = 'https://notes.example.com';

  @Module({
    imports: [
      ClerkAuthModule.forRoot({
        secretKey: clerk.secretKey,
        clerkDomain: clerk.url,
        apiURL: clerk.url,
        baseURL,
      }),
      McpModule.forRoot({ name: 'notes', version: '1.0.0', guards: [ClerkAuthGuard] }),
    ],
    providers: [NoteTools],
  })
  class AppModule {}

  const app = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), {
    logger: ['error'],
  });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  const token = await clerk.issue.oauthAccessToken({
    user: clerk.accounts[0]?.emailAddress ?? '',
    resource: `${baseURL}/mcp`,
  });
  const answer = await app.inject({
    method: 'POST',
    url: '/mcp',
    headers: {
      host: 'notes.example.com',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${token}`,
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'write',
    },
    payload: {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: {
        name: 'write',
        arguments: { text: 'hello' },
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    },
  });
  await app.close();
  await clerk.close();
  return answer.json();
}
