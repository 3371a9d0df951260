import { Injectable, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { Public, RequireScopes } from '../../../src/access/access.decorators.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import type { McpContext } from '../../../src/mcp/authoring/mcp-context.js';
import { call, mcpApp, toolNames } from '../fixtures.js';

const seen: string[] = [];

@Injectable()
class NamingGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    seen.push(`${context.getClass().name}.${context.getHandler().name}`);
    return true;
  }
}

@Injectable()
class Tools {
  @RequireScopes('add')
  @UseGuards(NamingGuard)
  @McpTool({ description: 'Adds', input: z.object({ a: z.number(), b: z.number().default(1) }) })
  add({ a, b }: { a: number; b: number }, _context: McpContext): unknown {
    return a + b;
  }

  @Public()
  @McpTool({ description: 'Open to all' })
  open() {
    return 'real';
  }
}

describe('overrideProvider() on a provider with tools', () => {
  const received: unknown[][] = [];
  const fake = {
    add: (...args: unknown[]) => {
      received.push(args);
      return 'fake sum';
    },
    open: () => 'fake',
  };

  it('keeps names, schemas and access rules, and runs the fake', async () => {
    const { url } = await mcpApp([Tools], {
      override: (builder) => builder.overrideProvider(Tools).useValue(fake),
    });
    expect(await toolNames(url, undefined)).toEqual(['open']);
    expect(await toolNames(url, 'alice:add')).toEqual(['add', 'open']);
    expect((await call(url, 'add')).status).toBe(403);
    expect((await call(url, 'open')).text).toBe('fake');
  });

  it('hands the fake the validated input and the context, never the HTTP exchange', async () => {
    const { url } = await mcpApp([Tools], {
      override: (builder) => builder.overrideProvider(Tools).useValue(fake),
    });
    received.length = 0;
    expect((await call(url, 'add', { a: 2 }, { as: 'alice:add' })).text).toBe('fake sum');
    expect(received).toHaveLength(1);
    const [input, context, ...rest] = received[0] ?? [];
    expect(input).toEqual({ a: 2, b: 1 });
    expect(context).toHaveProperty('protocolVersion', '2026-07-28');
    expect(rest).toEqual([]);

    const refused = await call(url, 'add', { a: 'two' }, { as: 'alice:add' });
    expect(refused.text).toContain('Invalid input for add: a:');
    expect(received).toHaveLength(1);
  });

  it('keeps the guards of the method, which see the class and the handler of the tool', async () => {
    const { url } = await mcpApp([Tools], {
      override: (builder) => builder.overrideProvider(Tools).useValue(fake),
    });
    seen.length = 0;
    await call(url, 'add', { a: 2 }, { as: 'alice:add' });
    expect(seen).toEqual([expect.stringMatching(/^Tools\./)]);
  });

  it('says so in the log when a partial fake lacks a tool, and boots all the same', async () => {
    const { url, log } = await mcpApp([Tools], {
      override: (builder) => builder.overrideProvider(Tools).useValue({ add: fake.add }),
    });
    expect((await call(url, 'open')).text).toBe(
      'Internal error. The log of the server has the details.',
    );
    expect(log.errors).toHaveLength(1);
  });

  it('takes a class that extends the original and overrides a method', async () => {
    class Fake extends Tools {
      override open() {
        return 'overridden';
      }
    }
    const { url } = await mcpApp([Tools], {
      override: (builder) => builder.overrideProvider(Tools).useClass(Fake),
    });
    expect(await toolNames(url, undefined)).toEqual(['open']);
    expect((await call(url, 'open', {}, { as: '' })).text).toBe('overridden');
    expect((await call(url, 'add', { a: 2 }, { as: 'alice:add' })).text).toBe('3');
  });

  it('lets a guard of a tool be overridden', async () => {
    const { url } = await mcpApp([Tools], {
      override: (builder) =>
        builder.overrideGuard(NamingGuard).useValue({ canActivate: () => false }),
    });
    expect((await call(url, 'add', { a: 2 }, { as: 'alice:add' })).text).toBe('Forbidden resource');
  });
});
