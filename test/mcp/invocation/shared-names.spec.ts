import {
  Inject,
  Injectable,
  Module,
  Scope,
  UseGuards,
  type CanActivate,
  type Type,
} from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpModule } from '../../../src/mcp/mcp.module.js';
import { NameGuard, call, mcpApp } from '../fixtures.js';

@Injectable()
class Passing implements CanActivate {
  canActivate = () => true;
}

/** A class called `Tools`, whose method is called `run` whatever its tool is called. */
function tools(name: string, input: z.ZodObject, scope = Scope.DEFAULT): Type<object> {
  @Injectable({ scope })
  @UseGuards(Passing)
  class Tools {
    @McpTool({ name, description: 'Returns its input', input })
    run(value: object) {
      return value;
    }
  }
  return Tools;
}

describe('two classes with one name', () => {
  it.each([Scope.DEFAULT, Scope.REQUEST])(
    'have each their own input schema, also in the scope %i',
    async (scope) => {
      const { url } = await mcpApp([
        tools('text', z.object({ text: z.string() }), scope),
        tools('count', z.object({ count: z.number() }), scope),
      ]);
      const results = [
        await call(url, 'text', { text: 'a' }),
        await call(url, 'count', { count: 1 }),
        await call(url, 'count', { text: 'a' }),
      ];
      expect(results.map(({ result }) => result?.structuredContent)).toEqual([
        { text: 'a' },
        { count: 1 },
        undefined,
      ]);
      expect(results[2]?.text).toContain('count');
    },
  );
});

describe('a class behind a token', () => {
  @Injectable()
  class Refusing implements CanActivate {
    canActivate = () => false;
  }
  @Injectable()
  class Elsewhere {
    @UseGuards(Refusing)
    bindsTheGuardToTheModule() {}
  }
  @UseGuards(Refusing)
  @Injectable()
  class Guarded {
    @McpTool({ description: 'Nobody gets in' })
    enter() {
      return 'in';
    }
  }

  it('has the guards that its module binds', async () => {
    const { url } = await mcpApp([{ provide: 'TOOLS', useClass: Guarded }, Elsewhere]);
    expect((await call(url, 'enter')).text).toBe('Forbidden resource');
  });
});

describe('a class in two modules', () => {
  @Injectable()
  class Asking implements CanActivate {
    constructor(@Inject('OPEN') private readonly open: boolean) {}
    canActivate = () => this.open;
  }
  @UseGuards(Asking)
  @Injectable()
  class Tools {
    constructor(@Inject('OPEN') private readonly open: boolean) {}

    @McpTool({ description: 'Whether it is open' })
    enter() {
      return String(this.open);
    }
  }
  @Module({ providers: [{ provide: 'OPEN', useValue: true }, Tools] })
  class OpenModule {}
  @Module({ providers: [{ provide: 'OPEN', useValue: false }, Tools] })
  class ClosedModule {}

  it('has the guards of the module that each server includes', async () => {
    const closed = McpModule.forRoot({
      name: 'closed',
      version: '1.0.0',
      path: 'closed',
      include: [ClosedModule],
      guards: [NameGuard],
    });
    const { url } = await mcpApp([], {
      include: [OpenModule],
      metadata: { imports: [OpenModule, ClosedModule, closed] },
    });
    expect((await call(url, 'enter')).text).toBe('true');
    expect((await call(url.replace(/mcp$/, 'closed'), 'enter')).text).toBe('Forbidden resource');
  });
});
