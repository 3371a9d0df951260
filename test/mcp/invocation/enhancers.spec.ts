import {
  Catch,
  ForbiddenException,
  Inject,
  Injectable,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  createParamDecorator,
  type ArgumentsHost,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, REQUEST } from '@nestjs/core';
import { tap } from 'rxjs/operators';
import { beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { principalOf } from '../../../src/request/request-record.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import type { McpContext } from '../../../src/mcp/authoring/mcp-context.js';
import { call, mcpApp } from '../fixtures.js';

const steps: string[] = [];
const isTool = (context: ArgumentsHost): boolean => context.getType<string>() === 'mcp';

function guard(name: string): Type<CanActivate> {
  @Injectable()
  class NamedGuard implements CanActivate {
    canActivate(context: ExecutionContext): boolean {
      if (!isTool(context)) return true;
      const request = context.switchToHttp().getRequest();
      steps.push(`${name} guard of ${principalOf(request)?.subject}`);
      return true;
    }
  }
  return NamedGuard;
}

function interceptor(name: string): Type<NestInterceptor> {
  @Injectable()
  class NamedInterceptor implements NestInterceptor {
    intercept: NestInterceptor['intercept'] = (context, next) => {
      if (!isTool(context)) return next.handle();
      steps.push(`${name} interceptor before`);
      return next.handle().pipe(tap(() => steps.push(`${name} interceptor after`)));
    };
  }
  return NamedInterceptor;
}

function pipe(name: string): Type<PipeTransform> {
  @Injectable()
  class NamedPipe implements PipeTransform {
    transform(value: unknown): unknown {
      if (typeof value === 'object' && value && 'text' in value) steps.push(`${name} pipe`);
      return value;
    }
  }
  return NamedPipe;
}

function filter(name: string): Type<ExceptionFilter> {
  @Catch(RangeError)
  class NamedFilter implements ExceptionFilter {
    catch(error: RangeError, host: ArgumentsHost): string {
      return `${name} filter: ${error.message}${isTool(host) ? '' : ' outside of a tool'}`;
    }
  }
  return NamedFilter;
}

const Text = z.object({ text: z.string() });

@UseGuards(guard('class'))
@UseInterceptors(interceptor('class'))
@UsePipes(pipe('class'))
@UseFilters(filter('class'))
@Injectable()
class Tools {
  @UseGuards(guard('method'))
  @UseInterceptors(interceptor('method'))
  @UsePipes(pipe('method'))
  @McpTool({ description: 'Echoes', input: Text })
  echo({ text }: z.infer<typeof Text>) {
    steps.push('method');
    return text;
  }

  @UseFilters(filter('method'))
  @McpTool({ description: 'Fails with a filter of its own' })
  failsHere() {
    throw new RangeError('here');
  }

  @McpTool({ description: 'Fails' })
  fails() {
    throw new RangeError('there');
  }
}

class Bare {
  @McpTool({ description: 'Fails without a filter around' })
  bare() {
    throw new RangeError('bare');
  }
}

const global = [
  { provide: APP_GUARD, useClass: guard('global') },
  { provide: APP_INTERCEPTOR, useClass: interceptor('global') },
  { provide: APP_PIPE, useClass: pipe('global') },
  { provide: APP_FILTER, useClass: filter('global') },
];

beforeEach(() => {
  steps.length = 0;
});

describe('enhancers around a tool', () => {
  it('run in the order of Nest: global, class, method; guards before interceptors before pipes', async () => {
    const { url } = await mcpApp([Tools], { metadata: { providers: global } });
    expect((await call(url, 'echo', { text: 'hi' })).text).toBe('hi');
    expect(steps).toEqual([
      'global guard of user_alice',
      'class guard of user_alice',
      'method guard of user_alice',
      'global interceptor before',
      'class interceptor before',
      'method interceptor before',
      'global pipe',
      'class pipe',
      'method pipe',
      'method',
      'method interceptor after',
      'class interceptor after',
      'global interceptor after',
    ]);
  });

  it('hand an error to the nearest filter, whose value becomes the result', async () => {
    const { url } = await mcpApp([Tools, Bare], { metadata: { providers: global } });
    expect((await call(url, 'failsHere')).text).toBe('method filter: here');
    expect((await call(url, 'fails')).text).toBe('class filter: there');
    expect((await call(url, 'bare')).text).toBe('global filter: bare');
  });

  it('stop a call that a guard refuses before its input is looked at', async () => {
    @Injectable()
    class Refusing implements CanActivate {
      canActivate = (context: ExecutionContext): boolean => !isTool(context);
    }
    const { url } = await mcpApp([Tools], {
      metadata: { providers: [{ provide: APP_GUARD, useClass: Refusing }] },
    });
    const { result, status } = await call(url, 'echo', { text: 1 });
    expect(status).toBe(200);
    expect(result).toMatchObject({
      isError: true,
      content: [{ type: 'text', text: 'Forbidden resource' }],
    });
    expect(steps).toEqual([]);
  });

  it('may be asynchronous, and say why they refuse', async () => {
    @Injectable()
    class Async implements CanActivate {
      async canActivate(context: ExecutionContext): Promise<boolean> {
        if (isTool(context)) throw new ForbiddenException('Not on Sundays');
        return true;
      }
    }
    const { url } = await mcpApp([Tools], {
      metadata: { providers: [{ provide: APP_GUARD, useClass: Async }] },
    });
    expect((await call(url, 'echo', { text: 'hi' })).text).toBe('Not on Sundays');
  });

  it.each([Scope.REQUEST, Scope.TRANSIENT])('may be global and of scope %i', async (scope) => {
    @Injectable({ scope })
    class Scoped implements CanActivate {
      canActivate(context: ExecutionContext): boolean {
        if (isTool(context)) steps.push('scoped guard');
        return true;
      }
    }
    const { url } = await mcpApp([Tools], {
      metadata: { providers: [{ provide: APP_GUARD, useClass: Scoped, scope }] },
    });
    expect((await call(url, 'echo', { text: 'hi' })).text).toBe('hi');
    expect(steps[0]).toBe('scoped guard');
  });

  it('may be request-scoped around a singleton host, and know the request of each call', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class PerRequest implements CanActivate {
      constructor(@Inject(REQUEST) private readonly request: object) {}
      canActivate(): boolean {
        steps.push(`guard of ${principalOf(this.request)?.subject}`);
        return true;
      }
    }
    class Guarded {
      @UseGuards(PerRequest)
      @McpTool({ description: 'Guarded per request' })
      guarded() {
        return 'ok';
      }
    }
    const { url } = await mcpApp([Guarded]);
    await Promise.all(['alice', 'bob', 'alice'].map((as) => call(url, 'guarded', {}, { as })));
    expect(steps.toSorted()).toEqual([
      'guard of user_alice',
      'guard of user_alice',
      'guard of user_bob',
    ]);
  });

  it('give the values of parameter decorators, beside input and context, in any place', async () => {
    const Caller = createParamDecorator(
      (field: string, context: ExecutionContext) =>
        principalOf(context.switchToHttp().getRequest())?.[field as 'subject'],
    );
    class Shout implements PipeTransform {
      transform(value: string): string {
        return value.toUpperCase();
      }
    }
    class Parameters {
      @McpTool({ description: 'Between', input: Text })
      between({ text }: z.infer<typeof Text>, @Caller('subject') who: string, context: McpContext) {
        return [text, who, context.protocolVersion].join(' ');
      }

      @McpTool({ description: 'After, through a pipe', input: Text })
      after(
        { text }: z.infer<typeof Text>,
        context: McpContext,
        @Caller('subject', Shout) who: string,
      ) {
        return [text, context.principal?.subject, who].join(' ');
      }

      @McpTool({ description: 'Only' })
      only(@Caller('issuer') issuer: string) {
        return issuer;
      }
    }
    const { url } = await mcpApp([Parameters]);
    expect((await call(url, 'between', { text: 'hi' })).text).toBe('hi user_alice 2026-07-28');
    expect((await call(url, 'after', { text: 'hi' })).text).toBe('hi user_alice USER_ALICE');
    expect((await call(url, 'only')).text).toBe('https://issuer.test');
  });

  it('see the HTTP request, but a reply that they cannot send', async () => {
    const held: unknown[] = [];
    @Injectable()
    class Meddling implements CanActivate {
      canActivate(context: ExecutionContext): boolean {
        if (!isTool(context)) return true;
        const http = context.switchToHttp();
        held.push(http.getRequest().headers['user-agent']);
        const reply = http.getResponse();
        reply.header('x-guarded', 'yes').status(418).send({ taken: 'over' });
        (reply.raw ?? reply).end('taken over');
        return true;
      }
    }
    const { url } = await mcpApp([Tools], {
      metadata: { providers: [{ provide: APP_GUARD, useClass: Meddling }] },
    });
    const outcome = await call(url, 'echo', { text: 'hi' }, { headers: { 'user-agent': 'spec' } });
    expect(outcome).toMatchObject({ status: 200, text: 'hi' });
    expect(held).toEqual(['spec']);
  });
});
