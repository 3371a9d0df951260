import { Readable } from 'node:stream';
import {
  ConflictException,
  Controller,
  ForbiddenException,
  Get,
  Header,
  HttpCode,
  HttpException,
  Inject,
  Post,
  Redirect,
  Req,
  Res,
  ServiceUnavailableException,
  StreamableFile,
  UnauthorizedException,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { createAdapter } from '../../support/adapters.js';
import { call, startMcpApp, type McpApp } from '../fixtures.js';
import { ADAPTERS } from './route-app.js';

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const SECRET = 'the password is 1234';

@Controller('answers')
class Answers {
  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  @McpTool({ description: 'An object' })
  @Get('object')
  object() {
    return { a: [1, { b: null }], at: new Date(0) };
  }
  @McpTool({ description: 'A list' })
  @Get('list')
  list() {
    return [1, 2];
  }
  @McpTool({ description: 'Text' })
  @Get('text')
  text() {
    return 'plain text, ä';
  }
  @McpTool({ description: 'Nothing' })
  @HttpCode(204)
  @Post('nothing')
  nothing() {}

  @McpTool({ description: 'Empty' })
  @Post('empty')
  empty() {}

  @McpTool({ description: 'A document that looks like a result' })
  @Get('lookalike')
  lookalike() {
    return { content: [{ type: 'text', text: 'a chapter' }], isError: true, _meta: { a: 1 } };
  }
  @McpTool({ description: 'A picture' })
  @Header('content-type', 'image/png')
  @Get('picture')
  picture() {
    return new StreamableFile(PNG, { type: 'image/png' });
  }
  @McpTool({ description: 'A sound' })
  @Get('sound')
  sound() {
    return new StreamableFile(Readable.from([PNG, PNG]), { type: 'audio/wav' });
  }
  @McpTool({ description: 'A report' })
  @Get('report')
  report() {
    return new StreamableFile(PNG, { type: 'application/pdf', disposition: 'attachment' });
  }
  @McpTool({ description: 'Too long', route: { maxBytes: 1_000 } })
  @Get('long')
  long() {
    return new StreamableFile(Buffer.alloc(1_001));
  }
  @McpTool({ description: 'As long as possible', route: { maxBytes: 1_000 } })
  @Get('full')
  full() {
    return new StreamableFile(Buffer.alloc(1_000), { type: 'text/plain' });
  }
  @McpTool({ description: 'Moves' })
  @Redirect('https://example.com/elsewhere', 302)
  @Get('moved')
  moved() {}

  @McpTool({ description: 'Conflicts' })
  @Post('conflict')
  conflict() {
    throw new ConflictException(['The title is taken.', 'The folder is full.']);
  }
  @McpTool({ description: 'Refuses in own words' })
  @Post('problem')
  problem() {
    throw new HttpException({ title: 'Out of credit', detail: 'Your balance is 3.' }, 402);
  }
  @McpTool({ description: 'Refuses with a long message' })
  @Post('verbose')
  verbose() {
    throw new ConflictException('x'.repeat(100_000));
  }
  @McpTool({ description: 'Forbids' })
  @Post('forbidden')
  forbidden() {
    throw new ForbiddenException('Only the owner may do this.');
  }
  @McpTool({ description: 'Asks to sign in' })
  @Post('unauthorized')
  unauthorized() {
    throw new UnauthorizedException('Sign in at the shop first.');
  }
  @McpTool({ description: 'Limits' })
  @Post('limited')
  limited(@Res() reply: object) {
    this.host.httpAdapter.setHeader(reply, 'Retry-After', '7');
    this.host.httpAdapter.reply(reply, { message: 'Slowly.' }, 429);
  }
  @McpTool({ description: 'Fails' })
  @Post('failure')
  failure() {
    throw new Error(SECRET);
  }
  @McpTool({ description: 'Fails with a status' })
  @Post('bad-gateway')
  badGateway() {
    throw new HttpException(SECRET, 502);
  }
  @McpTool({ description: 'Is away' })
  @Post('away')
  away() {
    throw new ServiceUnavailableException(SECRET);
  }
  @McpTool({ description: 'Closes the connection' })
  @Post('closed')
  closed(@Req() request: { socket: { destroy(): void } }, @Res() _reply: object) {
    request.socket.destroy();
  }
  @McpTool({
    description: 'Has a schema',
    output: z.object({ total: z.number() }),
    route: {},
  })
  @Get('total')
  total(): object {
    return { total: 3, hidden: true };
  }
  @McpTool({ description: 'Breaks its schema', output: z.object({ total: z.number() }), route: {} })
  @Get('wrong')
  wrong(): object {
    return { total: 'three' };
  }
}

describe.each(ADAPTERS)('The response of a route, on %s', (adapter) => {
  let started: McpApp;
  beforeAll(async () => {
    started = await startMcpApp([], {
      adapter: createAdapter(adapter),
      metadata: { controllers: [Answers] },
    });
  });
  afterAll(() => started.app.close());
  const resultOf = async (name: string) => (await call(started.url, name)).result;
  const errors = () => started.log.errors;

  it('becomes structured content if it is a JSON object, and text otherwise', async () => {
    const object = { a: [1, { b: null }], at: '1970-01-01T00:00:00.000Z' };
    expect(await resultOf('object')).toMatchObject({
      content: [{ type: 'text', text: JSON.stringify(object) }],
      structuredContent: object,
    });
    expect((await resultOf('list'))?.content).toEqual([{ type: 'text', text: '[1,2]' }]);
    expect((await resultOf('text'))?.content).toEqual([{ type: 'text', text: 'plain text, ä' }]);
  });

  it('is empty content if it has none', async () => {
    expect((await resultOf('nothing'))?.content).toEqual([]);
    expect((await resultOf('empty'))?.content).toEqual([]);
  });

  it('is data, even if it looks like a result of the protocol', async () => {
    const result = await resultOf('lookalike');
    expect(result?.isError).toBeUndefined();
    expect(result).not.toHaveProperty('_meta.a');
    expect(result?.structuredContent.content).toEqual([{ type: 'text', text: 'a chapter' }]);
  });

  it('becomes an image, a sound or a file', async () => {
    const data = PNG.toString('base64');
    expect((await resultOf('picture'))?.content).toEqual([
      { type: 'image', data, mimeType: 'image/png' },
    ]);
    const sound = Buffer.concat([PNG, PNG]).toString('base64');
    expect((await resultOf('sound'))?.content).toEqual([
      { type: 'audio', data: sound, mimeType: 'audio/wav' },
    ]);
    const { origin } = new URL(started.url);
    expect((await resultOf('report'))?.content).toEqual([
      {
        type: 'resource',
        resource: { uri: `${origin}/answers/report`, mimeType: 'application/pdf', blob: data },
      },
    ]);
  });

  it('is refused beyond its bound', async () => {
    const long = await resultOf('long');
    expect(long).toMatchObject({
      isError: true,
      content: [{ text: 'The response is longer than 1000 bytes. Ask for a smaller part of it.' }],
    });
    expect((await resultOf('full'))?.content[0]?.text).toHaveLength(1_000);
  });

  it('tells of a redirection', async () => {
    expect((await resultOf('moved'))?.content[0]?.text).toBe(
      'The route answered with a redirection (HTTP 302) to https://example.com/elsewhere',
    );
  });

  it('below 500 is a failure with the message of the route', async () => {
    const textOf = async (name: string) => {
      const result = await resultOf(name);
      expect(result?.isError).toBe(true);
      return result?.content[0]?.text;
    };
    expect(await textOf('conflict')).toBe('The title is taken.; The folder is full.');
    expect(await textOf('problem')).toBe('Your balance is 3.');
    expect(await textOf('forbidden')).toBe('Only the owner may do this.');
    expect(await textOf('unauthorized')).toBe('Sign in at the shop first.');
    expect(await textOf('verbose')).toHaveLength(2_001);
    expect(await resultOf('limited')).toMatchObject({
      isError: true,
      content: [{ text: 'Slowly.' }],
      _meta: { 'nestjs-clerk-mcp/error': { code: 'ROUTE_FAILED', retryAfter: 7 } },
    });
    expect(errors()).toEqual([]);
  });

  it.each([
    ['failure', 'Internal error. The log of the server has the details.'],
    ['badGateway', 'Internal error. The log of the server has the details.'],
    ['away', 'A service that this call needs is unavailable. Try again later.'],
    ['closed', 'Internal error. The log of the server has the details.'],
    ['wrong', 'Internal error. The log of the server has the details.'],
  ])('hides the internal error of %s, which is logged once', async (name, text) => {
    const before = errors().length;
    const result = await resultOf(name);
    expect(result).toMatchObject({ isError: true, content: [{ text }] });
    expect(JSON.stringify(result)).not.toContain(SECRET);
    expect(errors()).toHaveLength(before + 1);
  });

  it('is validated by the output schema of the tool', async () => {
    expect((await resultOf('total'))?.structuredContent).toEqual({ total: 3 });
  });
});
