import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { map } from 'rxjs/operators';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { McpCatalog } from '../../../src/mcp/catalog/mcp-catalog.js';
import { answerOf } from '../answer.js';
import { rpc, startMcpApp, type McpApp } from '../fixtures.js';

@Injectable()
class Upper implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler) {
    if (context.getType<string>() !== 'mcp') return next.handle();
    return next
      .handle()
      .pipe(map((value) => (typeof value === 'string' ? value.toUpperCase() : value)));
  }
}

let mcp: McpApp;
let catalog: McpCatalog;
beforeEach(async () => {
  mcp = await startMcpApp([], {
    dynamic: true,
    signIn: 'call',
    metadata: { providers: [{ provide: APP_INTERCEPTOR, useClass: Upper }] },
  });
  catalog = mcp.app.get(McpCatalog);
});
afterEach(() => mcp.app.close());

const names = async (as?: string) => {
  const { result } = await answerOf(await rpc(mcp.url, 'tools/list', {}, { as }));
  return result.tools.map(({ name }: { name: string }) => name);
};
const Greeting = z.object({ name: z.string().min(1) });
const greet = ({ name }: { name: string }) => `hello ${name}`;

describe('McpCatalog, while the server runs', () => {
  it('adds a tool that is protected unless it says otherwise', async () => {
    catalog.addTool({ name: 'greet', description: 'Greets', input: Greeting }, greet);
    expect(await names()).toEqual([]);
    expect(await names('ada')).toEqual(['greet']);
    const call = { name: 'greet', arguments: { name: 'Ada' } };
    expect((await rpc(mcp.url, 'tools/call', call)).status).toBe(401);
    const { result } = await answerOf(await rpc(mcp.url, 'tools/call', call, { as: 'ada' }));
    expect(result.content).toEqual([{ type: 'text', text: 'HELLO ADA' }]);
  });

  it('validates the input of an added tool, and lists its schema', async () => {
    const access = { kind: 'public' } as const;
    catalog.addTool({ name: 'greet', description: 'Greets', input: Greeting, access }, greet);
    const call = { name: 'greet', arguments: { name: '' } };
    const { result } = await answerOf(await rpc(mcp.url, 'tools/call', call));
    expect(result.isError).toBe(true);
    const { result: list } = await answerOf(await rpc(mcp.url, 'tools/list'));
    expect(list.tools[0].inputSchema.required).toEqual(['name']);
  });

  it('keeps the names apart and in order, and gives one back when it is removed', async () => {
    const add = (name: string) => catalog.addTool({ name, description: name }, () => name);
    for (const name of ['b', 'a', 'c']) add(name);
    expect(() => add('a')).toThrow('The tool "a" is declared twice');
    expect(catalog.removeTool('b')).toBe(true);
    expect(catalog.removeTool('b')).toBe(false);
    expect(await names('ada')).toEqual(['a', 'c']);
    const { error } = await answerOf(
      await rpc(mcp.url, 'tools/call', { name: 'b' }, { as: 'ada' }),
    );
    expect(error?.code).toBe(-32602);
  });

  it('refuses what could not be served', () => {
    const bad = { name: 'no spaces please', description: 'x' };
    expect(() => catalog.addTool(bad, () => 'x')).toThrow('is not a valid name');
    const resource = { name: 'x', uri: 'not a uri' };
    expect(() => catalog.addResource(resource, () => 'x')).toThrow('is not an absolute URI');
  });

  it('adds and removes resources and prompts', async () => {
    const access = { kind: 'public' } as const;
    catalog.addResource({ name: 'motd', uri: 'motd://today', access }, () => 'be kind');
    catalog.addPrompt({ name: 'greet', input: Greeting, access }, greet);
    const read = await answerOf(await rpc(mcp.url, 'resources/read', { uri: 'motd://today' }));
    expect(read.result.contents).toEqual([{ uri: 'motd://today', text: 'BE KIND' }]);
    const prompt = { name: 'greet', arguments: { name: 'Ada' } };
    const got = await answerOf(await rpc(mcp.url, 'prompts/get', prompt));
    expect(got.result.messages[0].content.text).toBe('HELLO ADA');
    expect([catalog.removeResource('motd://today'), catalog.removePrompt('greet')]).toEqual([
      true,
      true,
    ]);
    const { error } = await answerOf(await rpc(mcp.url, 'resources/read', { uri: 'motd://today' }));
    expect(error).toMatchObject({ code: -32602, data: { uri: 'motd://today' } });
  });

  it('tells those who listen', async () => {
    const listen = { notifications: { toolsListChanged: true } };
    const stream = await rpc(mcp.url, 'subscriptions/listen', listen, { as: 'ada' });
    catalog.addTool({ name: 'late', description: 'Comes late' }, () => 'x');
    let text = '';
    for await (const chunk of stream.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.includes('tools/list_changed')) break;
    }
    expect(text).toContain('notifications/tools/list_changed');
  });
});
