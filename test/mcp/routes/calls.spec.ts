import {
  Controller,
  Get,
  Inject,
  Injectable,
  Ip,
  Headers,
  Param,
  ParseIntPipe,
  Req,
  Res,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  Version,
  VersioningType,
  VERSION_NEUTRAL,
  BadRequestException,
  Catch,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type MiddlewareConsumer,
  type NestInterceptor,
  type NestModule,
  Module,
} from '@nestjs/common';
import { REQUEST, HttpAdapterHost, RouterModule } from '@nestjs/core';
import { map } from 'rxjs/operators';
import { describe, expect, it } from 'vitest';

import { Public } from '../../../src/access/access.decorators.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { principalOf } from '../../../src/request/request-record.js';
import { call, rpc, toolNames } from '../fixtures.js';
import { ADAPTERS, routeApp } from './route-app.js';

describe.each(ADAPTERS)('A call of a route, on %s', (adapter) => {
  it('runs middleware, guards, interceptors, pipes and filters of the route, each once', async () => {
    const ran: string[] = [];
    @Injectable()
    class Guard implements CanActivate {
      canActivate(context: ExecutionContext) {
        ran.push(`guard ${context.getType()} ${context.getHandler().name}`);
        return true;
      }
    }
    @Injectable()
    class Envelope implements NestInterceptor {
      intercept(_context: ExecutionContext, next: CallHandler) {
        ran.push('interceptor');
        return next.handle().pipe(map((data: unknown) => ({ data })));
      }
    }
    @Catch(BadRequestException)
    class Filter implements ExceptionFilter {
      constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}
      catch(_error: unknown, host: ArgumentsHost) {
        ran.push('filter');
        const reply = host.switchToHttp().getResponse();
        this.host.httpAdapter.reply(reply, { message: 'filtered' }, 422);
      }
    }
    @UseGuards(Guard)
    @UseInterceptors(Envelope)
    @UseFilters(Filter)
    @Controller('notes')
    class Notes {
      @McpTool({ description: 'A note' })
      @Get(':id')
      note(@Param('id', ParseIntPipe) id: number) {
        ran.push('handler');
        return { id };
      }
    }
    @Module({ controllers: [Notes] })
    class NotesModule implements NestModule {
      configure(consumer: MiddlewareConsumer) {
        consumer
          .apply((_request: unknown, _response: unknown, next: () => void) => {
            ran.push('middleware');
            next();
          })
          .forRoutes(Notes);
      }
    }
    const { url } = await routeApp(adapter, [], { metadata: { imports: [NotesModule] } });
    const { result } = await call(url, 'note', { id: 5 });
    expect(result?.structuredContent).toEqual({ data: { id: 5 } });
    expect(ran).toEqual(['middleware', 'guard http note', 'interceptor', 'handler']);
    ran.length = 0;
    const refused = await call(url, 'note', { id: 'x' });
    expect(refused.result).toMatchObject({ isError: true, content: [{ text: 'filtered' }] });
    expect(ran).toEqual(['middleware', 'guard http note', 'interceptor', 'filter']);
  });

  it('finds routes with a global prefix, a version in the path and a path of RouterModule', async () => {
    @Controller({ path: 'notes', version: '2' })
    class Notes {
      @McpTool({ description: 'A note' })
      @Get(':id')
      note(@Param('id') id: string, @Req() request: { url: string }) {
        return { id, url: request.url };
      }
    }
    @Module({ controllers: [Notes] })
    class NotesModule {}
    const { url } = await routeApp(adapter, [], {
      metadata: {
        imports: [NotesModule, RouterModule.register([{ path: 'office', module: NotesModule }])],
      },
      configure: (app) => {
        app.setGlobalPrefix('api', { exclude: ['mcp'] });
        app.enableVersioning({ type: VersioningType.URI });
      },
    });
    const { result } = await call(url, 'note', { id: '1' });
    expect(result?.structuredContent).toEqual({ id: '1', url: '/api/v2/office/notes/1' });
  });

  it('names the version in a header or a media type', async () => {
    @Controller('notes')
    class Notes {
      @Version('1')
      @McpTool({ description: 'The first', name: 'first' })
      @Get()
      first() {
        return 'first';
      }
      @Version(['2', '3'])
      @McpTool({ description: 'The second', name: 'second' })
      @Get()
      second() {
        return 'second';
      }
      @Version(VERSION_NEUTRAL)
      @McpTool({ description: 'The third', name: 'third' })
      @Get('any')
      third() {
        return 'third';
      }
    }
    for (const versioning of [
      { type: VersioningType.HEADER, header: 'X-Version' },
      { type: VersioningType.MEDIA_TYPE, key: 'v=' },
    ] as const) {
      const { url } = await routeApp(adapter, [Notes], {
        configure: (app) => app.enableVersioning(versioning),
      });
      for (const name of ['first', 'second', 'third']) {
        expect((await call(url, name)).text).toBe(name);
      }
    }
  });

  it('serves request-scoped controllers with an instance for each call', async () => {
    let instances = 0;
    @Controller({ path: 'scoped', scope: Scope.REQUEST })
    class Scoped {
      readonly number = (instances += 1);
      constructor(@Inject(REQUEST) private readonly request: object) {}
      @McpTool({ description: 'Which instance' })
      @Get()
      which() {
        return { number: this.number, subject: principalOf(this.request)?.subject };
      }
    }
    const { url } = await routeApp(adapter, [Scoped]);
    const subjects = ['alice', 'bob'].map((as) => call(url, 'which', {}, { as }));
    const results = (await Promise.all(subjects)).map(({ result }) => result?.structuredContent);
    expect(results.map(({ subject }) => subject)).toEqual(['user_alice', 'user_bob']);
    expect(new Set(results.map(({ number }) => number)).size).toBe(2);
  });

  it('answers on @Res(), and knows @Ip(), @Headers() and the caller', async () => {
    @Controller('own')
    class Own {
      constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}
      @McpTool({ description: 'Answers by itself', route: { headers: ['X-Tenant'] } })
      @Get()
      own(
        @Res() reply: object,
        @Req() request: object,
        @Ip() ip: string,
        @Headers('x-tenant') tenant: string,
        @Headers() headers: Record<string, string>,
      ) {
        const { subject } = principalOf(request) ?? {};
        const { authorization = 'none', cookie = 'none' } = headers;
        this.host.httpAdapter.reply(reply, { ip, tenant, authorization, cookie, subject }, 200);
      }
    }
    const { url } = await routeApp(adapter, [Own]);
    const headers = { 'x-tenant': 't1', cookie: 'session=1' };
    const { result } = await call(url, 'own', {}, { headers });
    expect(result?.structuredContent).toEqual({
      ip: '127.0.0.1',
      tenant: 't1',
      authorization: 'none',
      cookie: 'none',
      subject: 'user_alice',
    });
  });

  it('stays on its route, whatever the value of a parameter', async () => {
    const ran: string[] = [];
    @Controller('notes')
    class Notes {
      @Get('export')
      export() {
        ran.push('export');
        return { exported: true };
      }
      @McpTool({ description: 'A note' })
      @Get(':id')
      note(@Param('id') id: string) {
        ran.push('note');
        return { id };
      }
    }
    const { url } = await routeApp(adapter, [Notes]);
    const { result } = await call(url, 'note', { id: 'export' });
    expect(ran).not.toContain('export');
    if (adapter === 'express') expect(result?.structuredContent).toEqual({ id: 'export' });
    else expect(result).toMatchObject({ isError: true, content: [{ text: 'Not Found' }] });
    const direct = await fetch(url.replace(/mcp$/, 'notes/export'));
    expect(await direct.json()).toEqual({ exported: true });
  });

  it('lists and serves public routes for anonymous callers, and no other', async () => {
    @Controller('notes')
    class Notes {
      @Public()
      @McpTool({ description: 'Open' })
      @Get('open')
      open(@Req() request: object) {
        return { caller: principalOf(request)?.subject ?? 'nobody' };
      }
      @McpTool({ description: 'Closed' })
      @Get('closed')
      closed() {
        return 'secret';
      }
    }
    const { url } = await routeApp(adapter, [Notes], { signIn: 'call' });
    expect(await toolNames(url)).toEqual(['closed', 'open']);
    const listed = await (await rpc(url, 'tools/list')).json();
    expect(listed).toMatchObject({ result: { tools: [{ name: 'open' }] } });
    const opened = await rpc(url, 'tools/call', { name: 'open', arguments: {} });
    expect(await opened.json()).toMatchObject({
      result: { structuredContent: { caller: 'nobody' } },
    });
    const closed = await rpc(url, 'tools/call', { name: 'closed', arguments: {} });
    expect(closed.status).toBe(401);
  });
});
