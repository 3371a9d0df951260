import { Controller, Get, Injectable } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { InvalidHandlerError } from '../../../src/mcp/mcp.errors.js';
import { createAdapter } from '../../support/adapters.js';
import { boot } from '../fixtures.js';
import { ADAPTERS } from './route-app.js';
import { UNCALLABLE } from './uncallable-routes.js';
import { UNREADABLE } from './unreadable-inputs.js';

describe.each(ADAPTERS)('A route that a tool cannot call stops the boot, on %s', (adapter) => {
  it.each([...UNCALLABLE, ...UNREADABLE])('%o', async (...[controller, message, options]) => {
    const booting = boot([], {
      adapter: createAdapter(adapter),
      metadata: { controllers: [controller] },
      ...options,
    });
    await expect(booting).rejects.toThrow(InvalidHandlerError);
    await expect(booting).rejects.toThrow(message);
  });
});

it('refuses the options of a route on a provider', async () => {
  @Injectable()
  class Provider {
    @McpTool({ description: 'x', route: {} })
    tool() {}
  }
  await expect(boot([Provider])).rejects.toThrow(
    'Provider.tool cannot be served: it has the option route, and is a method of a provider.',
  );
});

it('refuses two tools of one name, on a route and on a provider', async () => {
  @Injectable()
  class Provider {
    @McpTool({ description: 'x' })
    tool() {}
  }
  @Controller('c')
  class Route {
    @McpTool({ description: 'x' })
    @Get()
    tool() {}
  }
  await expect(boot([Provider], { metadata: { controllers: [Route] } })).rejects.toThrow(
    'Two tools are named "tool"',
  );
});
