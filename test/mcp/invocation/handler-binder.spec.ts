import { ForbiddenException, UseGuards, type CanActivate } from '@nestjs/common';
import { ExternalContextCreator } from '@nestjs/core';
import { describe, expect, it, vi } from 'vitest';
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
});
