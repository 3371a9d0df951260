import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Controller,
  Injectable,
  Post,
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
} from '@nestjs/common';
import { AbstractHttpAdapter, APP_GUARD, RouterModule } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpModule } from '../../src/mcp/mcp.module.js';
import { UnsupportedAdapterError } from '../../src/mcp/mcp.errors.js';
import { boot, call, mcpApp, rpc } from '../mcp/fixtures.js';
import { ADAPTERS, createAdapter } from '../support/adapters.js';

class Tools {
  @McpTool({ description: 'Says hello' })
  hello() {
    return 'hello';
  }
}

@Controller()
class Neighbour {
  @Post(['mcp/neighbour', 'other'])
  take() {
    return 'taken';
  }
}

const post = (url: string, body: string) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });

describe.each(ADAPTERS)('an MCP endpoint on %s', (name) => {
  const start = (configure?: (app: INestApplication) => unknown, imports: unknown[] = []) =>
    mcpApp([Tools], {
      adapter: createAdapter(name, 2_000),
      metadata: { controllers: [Neighbour], imports },
      ...(configure && { configure }),
    });

  it.each<[string, string, ((app: INestApplication) => unknown) | undefined, unknown[]?]>([
    ['at its own path', '/mcp', undefined],
    ['below a global prefix', '/api/v1/mcp', (app) => app.setGlobalPrefix('api/v1')],
    [
      'excluded from a global prefix',
      '/mcp',
      (app) => app.setGlobalPrefix('/api', { exclude: ['mcp'] }),
    ],
    [
      'below the path of a router module',
      '/inner/mcp',
      undefined,
      [RouterModule.register([{ path: 'inner', module: McpModule }])],
    ],
  ])('%s answers what the parser refuses as JSON-RPC, and nothing else', async (...host) => {
    const [, path, configure, imports] = host;
    const { url } = await start(configure, imports);
    const endpoint = url.replace('/mcp', path);
    expect((await call(endpoint, 'hello')).text).toBe('hello');
    for (const [body, status] of [
      ['{', 400],
      ['', 400],
      ['{"a":[{"constructor":{"prototype":{}}}]}', 400],
      [JSON.stringify('x'.repeat(3_000)), 413],
    ] as const) {
      const answer = await post(endpoint, body);
      expect(answer.status).toBe(status);
      expect(await answer.json()).toMatchObject({ jsonrpc: '2.0', id: null });
    }
    for (const other of ['other', 'mcp/neighbour']) {
      const prefix = path.startsWith('/api') ? path.replace('/mcp', '/') : '/';
      const place = new URL(`${prefix}${other}`, url).href;
      for (const body of ['{', '{"a":{"constructor":{}}}']) {
        expect(await (await post(place, body)).text()).not.toContain('jsonrpc');
      }
    }
    const { origin } = new URL(url);
    for (const nowhere of ['/elsewhere/mcp', '/mcp/elsewhere']) {
      expect(await (await post(`${origin}${nowhere}`, '{')).text()).not.toContain('jsonrpc');
    }
  });

  it('keeps every cookie that guards of a tool set, and lets none of them answer', async () => {
    @Injectable()
    class Meddling implements CanActivate {
      canActivate(context: ExecutionContext): boolean {
        if (context.getType<string>() !== 'mcp') return true;
        const reply = context.switchToHttp().getResponse();
        const raw = reply.raw ?? reply;
        raw.appendHeader('set-cookie', 'a=1');
        raw.appendHeader('set-cookie', 'b=2');
        reply.cookie?.('c', '3');
        raw.end('taken over');
        // Express has the reply on the request too.
        context.switchToHttp().getRequest().res?.status(500).json({ taken: 'over' });
        return true;
      }
    }
    const { url } = await mcpApp([Tools], {
      adapter: createAdapter(name),
      metadata: { providers: [{ provide: APP_GUARD, useClass: Meddling }] },
    });
    const response = await rpc(url, 'tools/call', { name: 'hello' }, { as: 'alice' });
    const set = response.headers.getSetCookie();
    expect(set.slice(0, 2)).toEqual(['a=1', 'b=2']);
    if (name === 'express') expect(set[2]).toMatch(/^c=3;/);
    expect(await response.json()).toMatchObject({ result: { content: [{ text: 'hello' }] } });
  });
});

it('the endpoint refuses to boot on an adapter that it does not know', async () => {
  const adapter = createAdapter('fastify');
  adapter.getType = () => 'other';
  expect(adapter).toBeInstanceOf(AbstractHttpAdapter);
  await expect(boot([Tools], { adapter })).rejects.toThrow(UnsupportedAdapterError);
});

it('the library imports neither framework, so that an application needs only its own', async () => {
  const rooms = ['access', 'auth', 'clerk', 'health', 'mcp'].map((room) => join('src', room));
  const files = await Promise.all(rooms.map((room) => readdir(room, { recursive: true })));
  const paths = rooms.flatMap((room, at) => (files[at] ?? []).map((file) => join(room, file)));
  const sources = paths.filter((path) => path.endsWith('.ts'));
  expect(sources.length).toBeGreaterThan(100);
  for (const path of sources) {
    const imports = (await readFile(path, 'utf8')).match(/^(import|export) .*?;$/gms) ?? [];
    const needed = imports.filter((line) => !/^(import|export) type /.test(line)).join('\n');
    expect(needed, path).not.toMatch(/'(fastify|express|@nestjs\/platform-[a-z]+)['/]/);
  }
});
