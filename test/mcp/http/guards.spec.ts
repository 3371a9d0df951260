import {
  Catch,
  ForbiddenException,
  HttpException,
  Inject,
  Injectable,
  Module,
  Scope,
  UnauthorizedException,
  type ArgumentsHost,
  type CanActivate,
  type ExecutionContext,
  type ExceptionFilter,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, REQUEST } from '@nestjs/core';
import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { AccessRefusedError } from '../../../src/access/access.errors.js';
import type { Refusal } from '../../../src/access/refusal.js';
import { RefusalResponder } from '../../../src/access/refusal-responder.js';
import { attachPrincipal } from '../../../src/request/request-record.js';
import { MissingGuardError } from '../../../src/mcp/mcp.errors.js';
import { NameGuard, boot, call, mcpApp, principal, rpc } from '../fixtures.js';
import { ServedTools } from '../server/tools.js';

function guardThat(canActivate: CanActivate['canActivate']): Type<CanActivate> {
  @Injectable()
  class Guard implements CanActivate {
    canActivate = canActivate;
  }
  return Guard;
}

const throwing = (error: unknown) =>
  guardThat(() => {
    throw error;
  });

async function answerOf(guard: Type<CanActivate>, providers: unknown[] = []) {
  const { url, log } = await mcpApp([ServedTools, guard, ...providers], { guards: [guard] });
  const response = await rpc(url, 'tools/list');
  return { response, body: (await response.json()) as any, log };
}

describe('the guards of the endpoint', () => {
  it('run in their order, and the first that says no ends it', async () => {
    const ran: string[] = [];
    const note = (name: string, verdict: boolean) =>
      guardThat(() => {
        ran.push(name);
        return verdict;
      });
    const guards = [note('first', true), note('second', false), note('third', true)];
    const { url } = await mcpApp([ServedTools, ...guards], { guards });
    const response = await rpc(url, 'tools/list');
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', error: { code: -32000 } });
    expect(ran).toEqual(['first', 'second']);
  });

  it('run for every method, also without a body', async () => {
    const closed = guardThat(() => false);
    const { url } = await mcpApp([closed], { guards: [closed] });
    for (const method of ['GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'HEAD']) {
      const headers = { 'content-type': 'application/json' };
      const body = method === 'POST' ? { body: '{}', headers } : {};
      expect((await fetch(url, { method, ...body })).status, method).toBe(403);
    }
  });

  it.each<[string, CanActivate['canActivate']]>([
    ['a promise', () => Promise.resolve(true)],
    ['an observable', () => of(true)],
  ])('may answer with %s', async (_, canActivate) => {
    expect((await answerOf(guardThat(canActivate))).response.status).toBe(200);
  });

  it.each<[string, CanActivate['canActivate']]>([
    ['a promise', () => Promise.resolve(false)],
    ['an observable', () => of(false)],
    ['nothing', () => undefined as never],
  ])('may refuse with %s', async (_, canActivate) => {
    expect((await answerOf(guardThat(canActivate))).response.status).toBe(403);
  });

  it('may be request-scoped, and get what DI gives', async () => {
    class Names {
      readonly known = ['alice'];
    }
    @Injectable({ scope: Scope.REQUEST })
    class Scoped implements CanActivate {
      constructor(
        private readonly names: Names,
        @Inject(REQUEST) private readonly request: any,
      ) {}
      canActivate(): boolean {
        const [, name = ''] = this.request.headers.authorization.split(' ');
        if (this.names.known.includes(name)) attachPrincipal(this.request, principal(name));
        return true;
      }
    }
    const { url } = await mcpApp([ServedTools, Names, Scoped], { guards: [Scoped] });
    const both = await Promise.all([call(url, 'hello'), call(url, 'hello', {}, { as: 'bob' })]);
    expect(both.map(({ text }) => text)).toEqual(['hello user_alice', 'hello stranger']);
  });

  it('may come from any imported module, and be overridden in a test', async () => {
    const closed = guardThat(() => false);
    @Module({ providers: [closed], exports: [closed] })
    class AuthModule {}
    const { url } = await mcpApp([ServedTools], {
      guards: [closed],
      metadata: { imports: [AuthModule] },
      override: (builder) => builder.overrideProvider(closed).useValue({ canActivate: () => true }),
    });
    expect((await rpc(url, 'tools/list')).status).toBe(200);
  });

  it('that nobody provides stop the boot', async () => {
    class NobodysGuard extends guardThat(() => true) {}
    const booting = boot([ServedTools], { guards: [NobodysGuard] });
    await expect(booting).rejects.toThrow(MissingGuardError);
    await expect(booting).rejects.toThrow('The MCP endpoint /mcp would run without NobodysGuard');
  });
});

describe('a refusal', () => {
  const refusals: [Refusal, number, string, string | null][] = [
    [{ reason: 'unauthenticated' }, 401, 'unauthorized', 'Bearer'],
    [{ reason: 'token_expired' }, 401, 'token_expired', 'Bearer error="invalid_token"'],
    [
      { reason: 'invalid_token', description: 'x' },
      401,
      'invalid_token',
      'Bearer error="invalid_token"',
    ],
    [
      { reason: 'insufficient_scope', scopes: ['a', 'b'] },
      403,
      'insufficient_scope',
      'Bearer error="insufficient_scope", scope="a b"',
    ],
    [{ reason: 'forbidden', description: 'x' }, 403, 'forbidden', null],
    [{ reason: 'misconfigured' }, 500, 'server_error', null],
    [{ reason: 'unavailable', retryAfter: 7 }, 503, 'temporarily_unavailable', null],
    [{ reason: 'too_many_requests', retryAfter: 7 }, 429, 'too_many_requests', null],
  ];

  it.each(refusals)('reads as RFC 6750 has it: %o', async (refusal, status, error, challenge) => {
    const { response, body } = await answerOf(throwing(new AccessRefusedError(refusal)));
    expect(response.status).toBe(status);
    expect(body).toEqual({ error });
    expect(response.headers.get('www-authenticate')).toBe(challenge);
    expect(response.headers.get('cache-control')).toBe('no-store');
    if ('retryAfter' in refusal) expect(response.headers.get('retry-after')).toBe('7');
  });

  it('reads as the RefusalResponder of the application has it, wherever that is provided', async () => {
    class Responder extends RefusalResponder {
      answer({ reason }: Refusal) {
        return { status: 401, headers: { 'www-authenticate': `Test ${reason}` }, body: { reason } };
      }
    }
    @Module({ providers: [{ provide: RefusalResponder, useClass: Responder }] })
    class Elsewhere {}
    const { url } = await mcpApp([ServedTools], { metadata: { imports: [Elsewhere] } });
    const response = await rpc(url, 'tools/call', { name: 'echo', arguments: {} });
    expect(response.headers.get('www-authenticate')).toBe('Test unauthenticated');
    expect(await response.json()).toEqual({ reason: 'unauthenticated' });
  });
});

describe('an error before the exchange', () => {
  it.each([new Error('db.internal is down'), new HttpException('db.internal is down', 500)])(
    'is hidden and logged where it is a bug: %s',
    async (error) => {
      const { response, body, log } = await answerOf(throwing(error));
      expect(response.status).toBe(500);
      expect(body).toEqual({
        jsonrpc: '2.0',
        id: expect.any(Number),
        error: { code: -32603, message: 'Internal server error' },
      });
      expect(log.errorsWith('db.internal is down')).toHaveLength(1);
    },
  );

  it.each([
    [new UnauthorizedException('Who are you?'), 401],
    [new ForbiddenException('Not you'), 403],
    [new HttpException('Slow down', 429), 429],
  ])('keeps status and message where the caller is meant: %s', async (error, status) => {
    const { response, body } = await answerOf(throwing(error));
    expect(response.status).toBe(status);
    expect(body.error.message).toBe(error.message);
  });

  it('passes by the filters of the host, and takes its guards with it', async () => {
    const seen: unknown[] = [];
    @Catch()
    class HostFilter implements ExceptionFilter {
      catch(error: unknown, host: ArgumentsHost) {
        seen.push(error);
        host.switchToHttp().getResponse().code(418).send('teapot');
      }
    }
    const busy = guardThat((context: ExecutionContext) => {
      if (context.getType() === 'http') throw new HttpException('Slow down', 429);
      return true;
    });
    const { url } = await mcpApp([ServedTools], {
      metadata: {
        providers: [
          { provide: APP_FILTER, useClass: HostFilter },
          { provide: APP_GUARD, useClass: busy },
        ],
      },
    });
    const response = await rpc(url, 'tools/list');
    expect(response.status).toBe(429);
    expect(await response.json()).toMatchObject({ error: { message: 'Slow down' } });
    expect(seen).toEqual([]);
  });

  it('leaves an exchange alone that has begun, when a global interceptor gives up on it', async () => {
    @Injectable()
    class GivingUp {
      intercept(context: ExecutionContext, next: { handle(): unknown }) {
        if (context.getType() === 'http') {
          void next;
          throw new HttpException('Too slow', 408);
        }
        return next.handle();
      }
    }
    const { url } = await mcpApp([ServedTools], {
      metadata: { providers: [{ provide: APP_INTERCEPTOR, useClass: GivingUp }] },
    });
    const response = await rpc(url, 'tools/list');
    expect(response.status).toBe(408);
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0' });
  });
});

it('without guards everybody is anonymous, and reaches public tools only', async () => {
  const { url } = await mcpApp([ServedTools], { guards: [] });
  expect((await call(url, 'hello')).text).toBe('hello stranger');
  expect((await call(url, 'echo')).status).toBe(401);
  expect(NameGuard).toBeDefined();
});
