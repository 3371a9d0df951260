import { Controller, Get, Injectable, SetMetadata, UseGuards, type Type } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { Public, RequireScopes, VerifyAlways } from '../../../src/access/access.decorators.js';
import { McpOmit } from '../../../src/mcp/authoring/mark-handler.js';
import { McpCompletion, McpPrompt } from '../../../src/mcp/authoring/mcp-prompt.decorator.js';
import {
  McpResource,
  McpResourceTemplate,
} from '../../../src/mcp/authoring/mcp-resource.decorator.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpCatalog } from '../../../src/mcp/catalog/mcp-catalog.js';
import { boot, call, mcpApp, NameGuard } from '../fixtures.js';

class Base {
  @RequireScopes('notes:write')
  @McpTool({ description: 'Of the base class' })
  purge() {
    return 'base';
  }
}

describe('an override without a decorator', () => {
  it('stops the boot', async () => {
    @Injectable()
    class Notes extends Base {
      override purge() {
        return 'sub';
      }
    }
    await expect(boot([Notes])).rejects.toMatchObject({
      code: 'INVALID_HANDLER',
      message:
        'Notes.purge cannot be served: it overrides the tool Base.purge without a decorator, and would be none. Repeat @McpTool({ … }) and the access decorators on it, or put @McpOmit() on it.',
    });
  });

  it('is left out with @McpOmit()', async () => {
    @Injectable()
    class Notes extends Base {
      @McpOmit()
      override purge() {
        return 'sub';
      }
    }
    const { app } = await mcpApp([Notes]);
    expect(app.get(McpCatalog).tools.size).toBe(0);
  });

  it('is served with decorators of its own, and an inherited method as it is', async () => {
    @Injectable()
    class Notes extends Base {
      @Public()
      @McpTool({ description: 'Of the subclass' })
      override purge() {
        return 'sub';
      }
    }
    @Injectable()
    class Other extends Base {}
    expect((await call((await mcpApp([Notes])).url, 'purge', {}, { as: '' })).text).toBe('sub');
    expect((await call((await mcpApp([Other])).url, 'purge')).status).toBe(403);
  });
});

describe('an access decorator on a method that is no entry', () => {
  it.each([
    ['@RequireScopes()', RequireScopes('notes:write')],
    ['@Public()', Public()],
    ['@VerifyAlways()', VerifyAlways()],
  ])('stops the boot: %s', async (_, decorator) => {
    @Injectable()
    class Notes extends Base {
      @decorator
      list() {
        return [];
      }
    }
    await expect(boot([Notes])).rejects.toMatchObject({
      code: 'INVALID_HANDLER',
      message:
        'Notes.list cannot be served: it has an access decorator, but is no entry and no route, so that nothing would check it. Add @McpTool({ … }), or remove the access decorator.',
    });
  });

  it('also beside a guard, which nothing would run', async () => {
    @Injectable()
    class Notes extends Base {
      @UseGuards(NameGuard)
      @Public()
      list() {
        return [];
      }
    }
    await expect(boot([Notes])).rejects.toThrow('Notes.list cannot be served');
  });

  it('is right where something else calls the method, and a warning in a class without entries', async () => {
    @Injectable()
    class Notes extends Base {
      @RequireScopes('notes:read')
      @SetMetadata('graphql:resolver_type', 'Query')
      list() {
        return [];
      }
    }
    @Injectable()
    class Helper {
      @RequireScopes('notes:read')
      list() {
        return [];
      }
    }
    @Controller('rest')
    class Rest {
      @Public()
      @Get()
      list() {
        return [];
      }
    }
    const { log } = await mcpApp([Notes, Helper], { metadata: { controllers: [Rest] } });
    expect(log.lines.filter((line) => line.includes('access decorator'))).toEqual([
      'Helper.list has an access decorator, but Helper has no entries and no routes: nothing checks it. Add @McpTool({ … }), or remove the access decorator. | McpCatalog',
    ]);
  });
});

describe('a decorator of an entry', () => {
  type Factory = (...args: unknown[]) => unknown;
  const FACTORIES: Record<string, unknown> = {
    McpTool,
    McpPrompt,
    McpCompletion,
    McpResource,
    McpResourceTemplate,
    McpOmit,
  };
  it.each(Object.keys(FACTORIES))('needs parentheses: @%s', (name) => {
    const bare = FACTORIES[name] as Factory;
    class Tools {
      run() {}
    }
    const descriptor = Object.getOwnPropertyDescriptor(Tools.prototype, 'run');
    for (const target of [Tools.prototype, Tools]) {
      expect(() => bare(target, 'run', descriptor)).toThrow(
        expect.objectContaining({
          code: 'INVALID_HANDLER',
          message: expect.stringContaining(
            `Tools.run cannot be served: @${name} has no parentheses`,
          ),
        }),
      );
    }
  });

  it('stands once on a method', () => {
    const decorate = () => {
      class Tools {
        @McpTool({ description: 'second', name: 'b' })
        @McpTool({ description: 'first', name: 'a' })
        run() {}
      }
      return Tools as Type;
    };
    expect(decorate).toThrow('Tools.run cannot be served: it has @McpTool() twice');
  });
});
