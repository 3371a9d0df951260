import {
  Controller,
  Get,
  Injectable,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { Public } from '../../../src/access/access.decorators.js';
import { isMcpCall, isMcpRequest } from '../../../src/mcp/authoring/enhancer-place.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { call, mcpApp, rpc } from '../fixtures.js';

let ran: string[] = [];
beforeEach(() => void (ran = []));

const placeOf = (context: ExecutionContext): string =>
  `${context.getType<string>()} call=${isMcpCall(context)} request=${isMcpRequest(context)}`;

@Injectable()
class Guard implements CanActivate {
  canActivate(context: ExecutionContext) {
    ran.push(`guard ${placeOf(context)}`);
    return true;
  }
}

@Injectable()
class Interceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler) {
    ran.push(`interceptor ${placeOf(context)}`);
    return next.handle();
  }
}

@Injectable()
class Notes {
  @Public()
  @McpTool({ description: 'Lists' })
  list() {
    return 'listed';
  }
}

@Controller('rest')
class Rest {
  @Get()
  list() {
    return 'listed';
  }
}

describe('an enhancer of the application', () => {
  it('can tell the request of an endpoint, a call, and a route of its own', async () => {
    const { url } = await mcpApp([Notes], {
      metadata: {
        controllers: [Rest],
        providers: [
          { provide: APP_GUARD, useClass: Guard },
          { provide: APP_INTERCEPTOR, useClass: Interceptor },
        ],
      },
    });
    expect((await call(url, 'list')).text).toBe('listed');
    expect(ran).toEqual([
      'guard http call=false request=true',
      'interceptor http call=false request=true',
      'guard mcp call=true request=false',
      'interceptor mcp call=true request=false',
    ]);
    ran = [];
    await rpc(url, 'tools/list');
    expect(ran).toEqual([
      'guard http call=false request=true',
      'interceptor http call=false request=true',
    ]);
    ran = [];
    expect(await (await fetch(url.replace('/mcp', '/rest'))).text()).toBe('listed');
    expect(ran).toEqual([
      'guard http call=false request=false',
      'interceptor http call=false request=false',
    ]);
  });
});
