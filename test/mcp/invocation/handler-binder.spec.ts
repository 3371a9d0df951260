import { ForbiddenException, Scope, UseGuards, type CanActivate } from '@nestjs/common';
import { APP_PIPE, ExternalContextCreator } from '@nestjs/core';
import { describe, expect, it, vi } from 'vitest';
import { McpContext } from '../../../src/mcp/authoring/mcp-context.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { call, mcpApp } from '../fixtures.js';

class Closed implements CanActivate {
  canActivate(): boolean {
    throw new ForbiddenException('closed');
  }
}

class Tools {
  @McpTool({ description: 'Nobody gets in' })
  @UseGuards(Closed)
  closed() {
    return 'in';
  }

  @McpTool({ description: 'Nobody asks' })
  @UseGuards(Closed)
  unasked() {
    return 'in';
  }
}

class ContextTools {
  @McpTool({ description: 'Does without the context' })
  unaware(input: unknown): unknown {
    return input;
  }

  @McpTool({ description: 'Takes the context' })
  aware(input: unknown, context: McpContext): unknown {
    return [input, context instanceof McpContext];
  }
}

/** What Nest asks for the filters around a handler, which it does for each that it runs. */
interface Creator {
  create(instance: object, handler: () => unknown): object;
}

describe('HandlerBinder', () => {
  it('binds a handler with its first call, once for calls that come together, guards and all', async () => {
    const { app, url } = await mcpApp([Tools, Closed]);
    const contexts = app.get(ExternalContextCreator, { strict: false });
    const create = vi.spyOn(Reflect.get(contexts, 'filtersContextCreator') as Creator, 'create');
    const bound = () => create.mock.calls.map(([, handler]) => handler.name);
    expect(bound()).toEqual([]);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => call(url, 'closed', {}, { as: 'alice' })),
    );
    for (const { result } of outcomes) {
      expect(result).toMatchObject({ isError: true, content: [{ text: 'closed' }] });
    }
    expect(bound()).toEqual(['closed']);
  });

  it.each([
    ['one for all requests', Scope.DEFAULT],
    ['one per request', Scope.REQUEST],
  ])('runs a global pipe, %s, on the parameters that a method has', async (_, scope) => {
    const seen: unknown[] = [];
    class Pipe {
      transform(value: unknown): unknown {
        seen.push(value instanceof McpContext ? 'the context' : value);
        return value;
      }
    }
    const { url } = await mcpApp([ContextTools, { provide: APP_PIPE, useClass: Pipe, scope }]);
    await call(url, 'unaware', {});
    expect(seen).toEqual([{}]);
    await call(url, 'aware', {});
    expect(seen).toEqual([{}, {}, 'the context']);
  });

  it('gives the context to a fake that takes it where the method does not', async () => {
    const fake = { unaware: (_: unknown, context: unknown) => context instanceof McpContext };
    const { url } = await mcpApp([ContextTools], {
      override: (builder) => builder.overrideProvider(ContextTools).useValue(fake),
    });
    const { result } = await call(url, 'unaware', {});
    expect(result).toMatchObject({ content: [{ text: 'true' }] });
  });
});
