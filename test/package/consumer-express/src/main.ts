import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import {
  ClerkAuthGuard,
  ClerkAuthModule,
  ClerkContext,
  CurrentPrincipal,
  McpModule,
  McpTool,
  Public,
} from 'nestjs-clerk-mcp';
import { startClerkEmulator } from 'nestjs-clerk-mcp/emulator';

@Injectable()
class NoteTools {
  constructor(private readonly clerk: ClerkContext) {}

  @McpTool({ description: 'Who calls' })
  who() {
    return this.clerk.getSession().userId;
  }
}

@Controller('notes')
class NotesController {
  @Get()
  mine(@CurrentPrincipal('userId') userId: string) {
    return { userId };
  }

  @Public()
  @Get('open')
  open() {
    return { open: true };
  }
}

main().catch((error: unknown) => {
  process.stderr.write(String(error instanceof Error ? error.stack : error));
  process.exitCode = 1;
});

/** An application on Express, as Nest makes one unless it is told otherwise. */
async function main(): Promise<void> {
  const clerk = await startClerkEmulator();
  const baseURL = 'https://notes.example.com';

  @Module({
    imports: [
      ClerkAuthModule.forRootAsync({
        useFactory: () => ({
          secretKey: clerk.secretKey,
          clerkDomain: clerk.url,
          apiURL: clerk.url,
          baseURL,
        }),
      }),
      McpModule.forRoot({ name: 'notes', version: '1.0.0', guards: [ClerkAuthGuard] }),
    ],
    controllers: [NotesController],
    providers: [NoteTools, { provide: APP_GUARD, useExisting: ClerkAuthGuard }],
  })
  class AppModule {}

  const app = await NestFactory.create(AppModule, {
    logger: ['error'],
    forceCloseConnections: true,
  });
  await app.listen(0, '127.0.0.1');
  const origin = await app.getUrl();
  const token = await clerk.issue.oauthAccessToken({
    user: clerk.accounts[0]?.emailAddress ?? '',
    resource: `${baseURL}/mcp`,
  });
  const authorization = { authorization: `Bearer ${token}` };
  const get = (path: string, headers = {}) => fetch(`${origin}${path}`, { headers });
  const post = (body: string) =>
    fetch(`${origin}/mcp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization },
      body,
    });
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'who' } };
  const answers = {
    mine: await (await get('/notes', authorization)).json(),
    anonymous: (await get('/notes')).headers.get('www-authenticate'),
    open: await (await get('/notes/open')).json(),
    tool: await (await post(JSON.stringify(call))).json(),
    broken: await (await post('{')).json(),
    metadata: await (await get('/.well-known/oauth-protected-resource/mcp')).json(),
  };
  await app.close();
  await clerk.close();
  process.stdout.write(JSON.stringify(answers));
}
