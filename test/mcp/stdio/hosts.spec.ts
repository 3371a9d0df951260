import { PassThrough } from 'node:stream';
import { Client } from '@modelcontextprotocol/client';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { Injectable, Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Public } from '../../../src/access/access.decorators.js';
import { TokenAuthenticator } from '../../../src/request/authentication.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import type { McpContext } from '../../../src/mcp/authoring/mcp-context.js';
import { McpModule } from '../../../src/mcp/mcp.module.js';
import { McpStdio } from '../../../src/mcp/stdio/mcp-stdio.js';
import { principal } from '../fixtures.js';

@Injectable()
class NotesTools {
  @McpTool({ description: 'Protected' })
  mine(_input: unknown, context: McpContext) {
    return context.principal?.subject;
  }
}

@Injectable()
class AdminTools {
  @Public()
  @McpTool({ description: 'Public' })
  status() {
    return 'fine';
  }
}

@Module({ providers: [NotesTools] })
class NotesModule {}
@Module({ providers: [AdminTools] })
class AdminModule {}

const notes = McpModule.forRoot({
  name: 'notes',
  version: '1.0.0',
  path: 'notes',
  include: [NotesModule],
});
const admin = McpModule.forRoot({
  name: 'admin',
  version: '1.0.0',
  path: 'admin',
  include: [AdminModule],
});

/** Knows every name, and tells which resource it was asked about. */
class NameAuthenticator extends TokenAuthenticator {
  override async authenticate(token: string, path?: string) {
    return principal(`${token} of ${path}`);
  }
}

async function start(providers: ModuleMetadata['providers'] = []) {
  @Module({ imports: [notes, admin, NotesModule, AdminModule], providers: [...providers] })
  class HostModule {}
  const app = await NestFactory.createApplicationContext(HostModule, { logger: false });
  onTestFinished(() => app.close());
  return app;
}

async function connect(stdio: McpStdio, token?: string): Promise<Client> {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  await stdio.connect({ stdin, stdout, token });
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(new StdioServerTransport(stdout, stdin));
  return client;
}

describe('McpStdio in other hosts', () => {
  it('works without ClerkAuthModule, with a TokenAuthenticator of the host', async () => {
    const app = await start([{ provide: TokenAuthenticator, useClass: NameAuthenticator }]);
    const client = await connect(app.select(notes).get(McpStdio, { strict: true }), 'alice');
    const result = await client.callTool({ name: 'mine', arguments: {} });
    expect(result.content).toEqual([{ type: 'text', text: 'user_alice of notes' }]);
  });

  it('serves the server whose module is selected, of several', async () => {
    const app = await start();
    const tools = async (module: typeof notes) => {
      const client = await connect(app.select(module).get(McpStdio, { strict: true }));
      return (await client.listTools()).tools.map(({ name }) => name);
    };
    expect(await tools(admin)).toEqual(['status']);
    expect(await tools(notes)).toEqual([]);
  });

  it('does not take a token that nobody would verify', async () => {
    const app = await start();
    await expect(
      app.select(notes).get(McpStdio, { strict: true }).connect({ token: 'alice' }),
    ).rejects.toThrow(
      'An access token was given, but no imported module provides a TokenAuthenticator to verify it.',
    );
  });
});
