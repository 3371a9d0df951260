import { setImmediate } from 'node:timers/promises';
import {
  Catch,
  ForbiddenException,
  HttpException,
  Injectable,
  type ArgumentsHost,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, BaseExceptionFilter } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { call, mcpApp, rpc } from '../fixtures.js';

class Tools {
  @McpTool({ description: 'Refuses' })
  refuses() {
    throw new ForbiddenException('Not you');
  }

  @McpTool({ description: 'Breaks' })
  breaks() {
    throw new Error('secret internals');
  }

  @McpTool({ description: 'Works' })
  works() {
    return 'worked';
  }

  @McpTool({ description: 'Returns nothing' })
  silent() {}
}

function answerOf(error: unknown) {
  const status = error instanceof HttpException ? error.getStatus() : 500;
  return {
    status,
    body: { statusCode: status, message: error instanceof Error ? error.message : '' },
  };
}

@Catch()
class Writing implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const { status, body } = answerOf(error);
    host.switchToHttp().getResponse().code(status).send(body);
  }
}

@Catch()
class WritingAndReturning implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): unknown {
    const { status, body } = answerOf(error);
    return host.switchToHttp().getResponse().status(status).header('x-filter', 'ran').send(body);
  }
}

@Catch()
class WritingLater implements ExceptionFilter {
  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    await setImmediate();
    const { status, body } = answerOf(error);
    await host.switchToHttp().getResponse().code(status).send(body);
  }
}

@Catch()
class WritingRaw implements ExceptionFilter {
  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const { raw } = host.switchToHttp().getResponse();
    const { status, body } = answerOf(error);
    raw.statusCode = status;
    raw.setHeader('content-length', '3');
    raw.end(JSON.stringify(body));
  }
}

@Catch()
class NestsOwn extends BaseExceptionFilter {}

describe.each<[string, Type<ExceptionFilter>]>([
  ['writes to the reply', Writing],
  ['returns what it wrote', WritingAndReturning],
  ['writes to the reply later', WritingLater],
  ['writes to the response of Node', WritingRaw],
  ['is the one of Nest', NestsOwn],
])('a catch-all filter of the host that %s', (_, useClass) => {
  const start = () =>
    mcpApp([Tools], { metadata: { providers: [{ provide: APP_FILTER, useClass }] } });

  it('cannot break the exchange, nor turn an error into a success', async () => {
    const { url } = await start();
    const refused = await call(url, 'refuses');
    expect(refused.status).toBe(200);
    expect(refused.result?.isError).toBe(true);

    const broken = await call(url, 'breaks');
    expect(broken.status).toBe(200);
    expect(broken.result?.isError).toBe(true);
    expect(JSON.stringify(broken)).not.toContain('secret internals');

    expect((await call(url, 'works')).text).toBe('worked');
    expect((await call(url, 'silent')).result?.isError).toBeFalsy();
  });

  it('cannot mix up the calls of one batch', async () => {
    const { url } = await start();
    const body = ['breaks', 'silent', 'works', 'refuses'].map((name, id) => ({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name, arguments: {} },
    }));
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer alice' },
      body: JSON.stringify(body),
    });
    const answers: any[] = (await response.json()) as any[];
    const errors = answers.map(({ id, result }) => [id, result.isError ?? false]);
    expect(Object.fromEntries(errors)).toEqual({ 0: true, 1: false, 2: false, 3: true });
  });
});

it('a filter that answers in words is heard', async () => {
  const { url } = await mcpApp([Tools], {
    metadata: { providers: [{ provide: APP_FILTER, useClass: WritingLater }] },
  });
  expect((await call(url, 'refuses')).text).toBe('Not you');
});

it('a filter that returns the reply itself has failed', async () => {
  @Catch()
  class ReturningReply implements ExceptionFilter {
    catch(_error: unknown, host: ArgumentsHost): unknown {
      return host.switchToHttp().getResponse().code(500);
    }
  }
  const { url } = await mcpApp([Tools], {
    metadata: { providers: [{ provide: APP_FILTER, useClass: ReturningReply }] },
  });
  const { result } = await call(url, 'breaks');
  expect(result?.isError).toBe(true);
  expect(JSON.stringify(result)).not.toMatch(/authorization|alice/i);
});

it('headers that a guard of a tool sets reach the client, those that frame the message do not', async () => {
  @Injectable()
  class RateLimit implements CanActivate {
    canActivate(context: ExecutionContext): boolean {
      if (context.getType<string>() !== 'mcp') return true;
      const reply = context.switchToHttp().getResponse();
      const raw = reply.raw ?? reply;
      reply.header('x-ratelimit-remaining', '9').header({ 'x-many': '1', 'content-length': '1' });
      raw.setHeader('x-raw', 'yes');
      raw.setHeader('Transfer-Encoding', 'identity');
      reply
        .type('text/html')
        .header('Content-Type', 'text/html')
        .header('Mcp-Session-Id', 'forged');
      return !(reply.sent ?? reply.headersSent) && reply.statusCode === 200;
    }
  }
  const { url } = await mcpApp([Tools], {
    metadata: { providers: [{ provide: APP_GUARD, useClass: RateLimit }] },
  });
  const response = await rpc(url, 'tools/call', { name: 'works', arguments: {} }, { as: 'alice' });
  expect(response.headers.get('x-ratelimit-remaining')).toBe('9');
  expect(response.headers.get('x-many')).toBe('1');
  expect(response.headers.get('x-raw')).toBe('yes');
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(response.headers.get('mcp-session-id')).toBeNull();
  expect(await response.json()).toMatchObject({ result: { content: [{ text: 'worked' }] } });
});
