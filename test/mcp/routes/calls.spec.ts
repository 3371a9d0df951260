import {
  Body,
  Controller,
  Delete,
  Get,
  Inject,
  Injectable,
  Ip,
  Headers,
  Param,
  ParseArrayPipe,
  ParseIntPipe,
  Post,
  Put,
  Query,
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
  HttpCode,
  DefaultValuePipe,
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
import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Public } from '../../../src/access/access.decorators.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { principalOf } from '../../../src/request/request-record.js';
import { call, rpc, toolNames } from '../fixtures.js';
import { ADAPTERS, listTools, routeApp } from './route-app.js';

describe.each(ADAPTERS)('A call of a route, on %s', (adapter) => {
  it('fills in the path, the query and the body', async () => {
    @Controller('notes')
    class Notes {
      @McpTool({ description: 'Changes a note' })
      @Put(':id/versions/:version')
      change(
        @Param('id') id: string,
        @Param('version', ParseIntPipe) version: number,
        @Query('tag') tags: string[],
        @Query('page', new DefaultValuePipe(1), ParseIntPipe) page: number,
        @Body('text') text: string,
      ) {
        return { id, version, tags, page, text };
      }
    }
    const { url } = await routeApp(adapter, [Notes]);
    const [tool] = await listTools(url);
    expect(tool).toEqual({
      name: 'change',
      description: 'Changes a note',
      annotations: { idempotentHint: true },
      inputSchema: {
        type: 'object',
        properties: {
          id: { type: 'string' },
          version: { type: 'integer' },
          tag: { type: 'array', items: { type: 'string' } },
          page: { type: 'integer', default: 1 },
          text: { type: 'string' },
        },
        required: ['id', 'version', 'text'],
        additionalProperties: false,
      },
    });
    const input = { id: 'a/b ?#%ä', version: 7, tag: ['x&y', 'z'], text: 'é "quoted"' };
    const { result } = await call(url, 'change', input);
    expect(result?.structuredContent).toEqual({
      id: 'a/b ?#%ä',
      version: 7,
      tags: ['x&y', 'z'],
      page: 1,
      text: 'é "quoted"',
    });
  });

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

  it('leaves optional parameters out, and repeats arrays in the query', async () => {
    @Controller('days')
    class Days {
      @McpTool({ description: 'A day' })
      @Get(adapter === 'fastify' ? 'of/:month/:day?' : 'of/:month{/:day}')
      day(
        @Param('month') month: string,
        @Param('day') day: string | undefined,
        @Query('tags', new ParseArrayPipe({ items: Number, optional: true })) tags?: number[],
      ) {
        return { month, day: day ?? null, tags: tags ?? null };
      }
    }
    const { url } = await routeApp(adapter, [Days]);
    const [{ inputSchema } = { inputSchema: {} }] = await listTools(url);
    expect(inputSchema.required).toEqual(['month']);
    expect(inputSchema.properties.tags).toEqual({ type: 'array', items: { type: 'number' } });
    const without = await call(url, 'day', { month: 'may' });
    expect(without.result?.structuredContent).toEqual({ month: 'may', day: null, tags: null });
    const whole = await call(url, 'day', { month: 'may', day: 3, tags: [1, 2] });
    expect(whole.result?.structuredContent).toEqual({ month: 'may', day: '3', tags: [1, 2] });
    const one = await call(url, 'day', { month: 'may', tags: [1] });
    expect(one.result?.structuredContent.tags).toEqual([1]);
  });

  it('fills in wildcards segment by segment', async () => {
    @Controller('files')
    class Files {
      @McpTool({ description: 'A file' })
      @Get(adapter === 'fastify' ? '*' : '*path')
      file(@Req() request: { url: string }) {
        return request.url;
      }
    }
    const { url } = await routeApp(adapter, [Files]);
    expect((await call(url, 'file', { path: 'a b/c?d' })).text).toBe('/files/a%20b/c%3Fd');
    for (const path of ['../secret', 'a/./b', 'a//b', '']) {
      expect((await call(url, 'file', { path })).text).toContain('path: it is part of a path');
    }
  });

  it('validates an explicit input, and sends what the schema makes of it', async () => {
    @Controller('notes')
    class Notes {
      @McpTool({
        description: 'Adds a note',
        input: z.object({
          folder: z.string(),
          text: z.string().trim().min(1),
          due: z.string().default('today'),
          draft: z.boolean().optional(),
        }),
        route: {},
      })
      @Post(':folder')
      add(@Param('folder') folder: string, @Query('draft') draft: string, @Body() body: object) {
        return { folder, draft: draft ?? null, body };
      }
    }
    const { url } = await routeApp(adapter, [Notes]);
    const { result } = await call(url, 'add', { folder: 'f', text: ' x ', draft: true });
    expect(result?.structuredContent).toEqual({
      folder: 'f',
      draft: 'true',
      body: { text: 'x', due: 'today' },
    });
    const invalid = await call(url, 'add', { folder: 'f', text: '' });
    expect(invalid.result?.isError).toBe(true);
    expect(invalid.text).toContain('Invalid input for add: text:');
  });

  it('sends a whole body as one field', async () => {
    @Controller('lists')
    class Lists {
      @McpTool({ description: 'Adds up', route: { body: 'numbers' } })
      @Post(':id')
      sum(@Param('id') id: string, @Body() numbers: number[]) {
        return { id, sum: numbers.reduce((sum, one) => sum + one, 0) };
      }
    }
    const { url } = await routeApp(adapter, [Lists]);
    const [{ inputSchema } = { inputSchema: {} }] = await listTools(url);
    expect(inputSchema.properties.numbers).toEqual({ type: 'array', items: {} });
    const { result } = await call(url, 'sum', { id: 'a', numbers: [1, 2, 3] });
    expect(result?.structuredContent).toEqual({ id: 'a', sum: 6 });
  });

  it('reads the body and the query from standard schemas of the parameters', async () => {
    const Page = z.object({ page: z.coerce.number().default(1) });
    const Note = z.object({ text: z.string(), tags: z.array(z.string()).optional() });
    @Controller('notes')
    class Notes {
      @McpTool({ description: 'Adds a note' })
      @Post()
      add(@Query({ schema: Page }) page: object, @Body({ schema: Note }) note: object) {
        return { page, note };
      }
    }
    const { url } = await routeApp(adapter, [Notes]);
    const [{ inputSchema } = { inputSchema: {} }] = await listTools(url);
    expect(Object.keys(inputSchema.properties)).toEqual(['page', 'text', 'tags']);
    expect(inputSchema.required).toEqual(['text']);
    const { result } = await call(url, 'add', { text: 'a', tags: ['b'], page: 2 });
    expect(result?.structuredContent).toMatchObject({ note: { text: 'a', tags: ['b'] } });
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

  it('refuses arguments that the request cannot carry', async () => {
    @Controller('notes')
    class Notes {
      @McpTool({ description: 'A note' })
      @Get(':id')
      note(@Param('id') id: string, @Query('q') q: string) {
        return { id, q };
      }
    }
    const { url } = await routeApp(adapter, [Notes]);
    const textOf = async (input: unknown) => (await call(url, 'note', input)).text;
    expect(await textOf({})).toBe('Invalid input for note: id: it is part of the path and missing');
    expect(await textOf({ id: '..' })).toContain('must not be empty, "." or ".."');
    expect(await textOf({ id: '' })).toContain('must not be empty');
    expect(await textOf({ id: ['a'] })).toContain('id: it is part of a path, and must be text');
    expect(await textOf({ id: 'a', q: { b: 1 } })).toContain('q: it is part of a query');
    expect(await textOf({ id: '\ud800' })).toContain('id: it is not well-formed Unicode');
    expect(await textOf({ id: 'a', other: 1 })).toContain('other: there is no such argument');
    expect(await textOf({ id: 'a', q: 'x'.repeat(9_000) })).toContain('more than 8000 characters');
  });

  it('hints at reading, replacing and deleting, unless the tool says otherwise', async () => {
    @Controller('notes')
    class Notes {
      @McpTool({ description: 'Reads' })
      @Get()
      read() {}
      @McpTool({ description: 'Deletes', annotations: { destructiveHint: false, title: 'X' } })
      @HttpCode(204)
      @Delete()
      remove() {}
      @McpTool({ description: 'Adds' })
      @Post()
      add() {}
    }
    const { url } = await routeApp(adapter, [Notes]);
    const hints = (await listTools(url)).map(({ annotations }) => annotations);
    expect(hints).toEqual([
      undefined,
      { readOnlyHint: true },
      { destructiveHint: false, title: 'X' },
    ]);
    expect((await call(url, 'remove')).result).toEqual(expect.objectContaining({ content: [] }));
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
    const { url } = await routeApp(adapter, [Notes]);
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
