import { PassThrough } from 'node:stream';
import { Controller, Get, Injectable, Module, Param, Post } from '@nestjs/common';
import { LazyModuleLoader, NestFactory } from '@nestjs/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Public } from '../../../src/access/access.decorators.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpCatalog } from '../../../src/mcp/catalog/mcp-catalog.js';
import { McpModule } from '../../../src/mcp/mcp.module.js';
import { McpStdio } from '../../../src/mcp/stdio/mcp-stdio.js';
import { ADAPTER, createAdapter } from '../../support/adapters.js';
import { TaskClient } from '../tasks/task-client.js';
import { LogLines } from '../log-lines.js';
import { NameGuard, boot, call, mcpApp, toolNames, within } from '../fixtures.js';
import { ADAPTERS } from './route-app.js';

@Public()
@Controller('notes')
class Notes {
  @McpTool({ description: 'A note' })
  @Get(':id')
  note(@Param('id') id: string) {
    return { id };
  }
}

@Injectable()
class Tools {
  @Public()
  @McpTool({ description: 'A tool of a provider' })
  provided() {
    return 'provided';
  }
}

@Module({
  imports: [McpModule.forRoot({ name: 'host', version: '1.0.0', guards: [NameGuard] })],
  controllers: [Notes],
  providers: [NameGuard, Tools],
})
class Host {}

/** Sends messages over stdio, and returns the results. */
async function overStdio(stdio: McpStdio, ...messages: object[]): Promise<any[]> {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const connection = await stdio.connect({ stdin, stdout });
  const answers: any[] = [];
  const enough = new Promise<void>((resolve) => {
    stdout.on('data', (chunk: Buffer) => {
      for (const line of chunk.toString().split('\n').filter(Boolean))
        answers.push(JSON.parse(line));
      if (answers.length >= messages.length) resolve();
    });
  });
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  for (const [id, message] of messages.entries()) {
    const { params = {} } = message as { params?: object };
    const whole = { jsonrpc: '2.0', id, ...message, params: { ...params, _meta } };
    stdin.write(`${JSON.stringify(whole)}\n`);
  }
  await within(enough, 'the answers over stdio');
  await connection.close();
  return answers.toSorted((one, other) => one.id - other.id).map(({ result }) => result);
}

const LIST = { method: 'tools/list' };
const CALL = { method: 'tools/call', params: { name: 'note', arguments: { id: '7' } } };

describe.each(ADAPTERS)('Routes over stdio, on %s', (adapter) => {
  it('are called in an application that does not listen', async () => {
    const app = await NestFactory.create(Host, createAdapter(adapter), { logger: false });
    onTestFinished(() => app.close());
    await app.init();
    const [list, called] = await overStdio(app.get(McpStdio), LIST, CALL);
    expect(list.tools.map(({ name }: { name: string }) => name)).toEqual(['note', 'provided']);
    expect(called.structuredContent).toEqual({ id: '7' });
  });
});

describe('Routes in an application context', () => {
  it('are left out over stdio, with a warning, because there are none', async () => {
    const logger = new LogLines();
    const app = await NestFactory.createApplicationContext(Host, { logger });
    onTestFinished(() => app.close());
    expect(app.get(McpCatalog).tools.get('note')).toBeDefined();
    const [list] = await overStdio(app.get(McpStdio), LIST);
    expect(list.tools.map(({ name }: { name: string }) => name)).toEqual(['provided']);
    expect(logger.lines.join('\n')).toContain(
      'An application context has no routes, so that these tools are left out: note.',
    );
  });
});

describe('Routes of several servers', () => {
  it('belong to the servers that include their module', async () => {
    @Controller('inner')
    class Inner {
      @McpTool({ description: 'Inside' })
      @Get()
      inside() {
        return 'inside';
      }
    }
    @Module({ controllers: [Inner] })
    class InnerModule {}
    const admin = McpModule.forRoot({
      name: 'admin',
      version: '1.0.0',
      path: 'admin',
      guards: [NameGuard],
      include: [InnerModule],
    });
    @Module({ controllers: [Notes] })
    class OuterModule {}
    const { url } = await mcpApp([], {
      include: [OuterModule],
      metadata: { imports: [InnerModule, OuterModule, admin] },
    });
    const adminUrl = url.replace(/mcp$/, 'admin');
    expect(await toolNames(adminUrl)).toEqual(['inside']);
    expect(await toolNames(url)).toEqual(['note']);
    expect((await call(adminUrl, 'inside')).text).toBe('inside');
    expect((await call(url, 'inside')).error?.code).toBe(-32602);
  });
});

describe('A route of a module that is loaded later', () => {
  it('is refused, because Nest registers no route for it', async () => {
    @Module({ controllers: [Notes] })
    class Late {}
    const { app } = await mcpApp([]);
    await app.get(LazyModuleLoader).load(() => Late);
    expect(() => app.get(McpCatalog).discover()).toThrow(
      'Notes.note cannot be served: its module was loaded later, and Nest registers no routes of such modules.',
    );
  });
});

describe('A task of a route', () => {
  it('runs the route, and has its response as the result', async () => {
    @Controller('reports')
    class Reports {
      @McpTool({ description: 'Makes a report', task: 'required' })
      @Post(':id')
      report(@Param('id') id: string) {
        return { report: id };
      }
    }
    const { url } = await mcpApp([], {
      adapter: createAdapter(ADAPTER),
      metadata: { controllers: [Reports] },
    });
    const client = new TaskClient(url);
    const task = await client.ended(await client.start('report', { id: '7' }));
    expect(task).toMatchObject({
      status: 'completed',
      result: { structuredContent: { report: '7' } },
    });
  });
});

it('refuses a server of HTTP/2, whose routes need another protocol', async () => {
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  const booting = boot([], {
    adapter: new FastifyAdapter({ http2: true } as object) as never,
    metadata: { controllers: [Notes] },
  });
  await expect(booting).rejects.toThrow(
    'Notes.note cannot be served: the server speaks HTTP/2, and calls of routes need HTTP/1.1.',
  );
});
