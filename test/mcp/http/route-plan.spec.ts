import {
  ForbiddenException,
  HttpException,
  Injectable,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';
import { AccessRefusedError } from '../../../src/access/access.errors.js';
import { FastPath } from '../../../src/mcp/fast-path/fast-path.js';
import { SdkPath } from '../../../src/mcp/server/sdk-path.js';
import { McpModule } from '../../../src/mcp/mcp.module.js';
import { call, NameGuard, rpc, type McpAppOptions } from '../fixtures.js';
import { counted, headersOf, withoutId } from './planned-app.js';

function guardThat(canActivate: CanActivate['canActivate']): Type<CanActivate> {
  @Injectable()
  class Guard implements CanActivate {
    canActivate = canActivate;
  }
  return Guard;
}

@Injectable()
class Noting implements NestInterceptor, CanActivate {
  noted = 0;

  canActivate(): boolean {
    this.noted += 1;
    return true;
  }

  intercept(_context: ExecutionContext, next: CallHandler) {
    this.noted += 1;
    return next.handle();
  }
}

describe('a request to the endpoint', () => {
  it('goes past the router of Nest where that has nothing to run', async () => {
    const { url, throughNest } = await counted();
    expect((await call(url, 'hello')).text).toBe('hello user_alice');
    expect((await rpc(url, 'tools/list', {}, { as: 'alice' })).status).toBe(200);
    expect((await rpc(url, 'tools/list', {}, { as: 'alice', era: 'legacy' })).status).toBe(200);
    expect(throughNest()).toBe(0);
  });

  it('goes through Nest where the host wants everything to', async () => {
    const { url, throughNest } = await counted({ fastPath: false });
    expect((await call(url, 'hello')).text).toBe('hello user_alice');
    expect(throughNest()).toBe(1);
  });

  it.each<[string, (noting: Noting) => McpAppOptions]>([
    [
      'an APP_GUARD',
      (noting) => ({ metadata: { providers: [{ provide: APP_GUARD, useValue: noting }] } }),
    ],
    [
      'an APP_INTERCEPTOR',
      (noting) => ({ metadata: { providers: [{ provide: APP_INTERCEPTOR, useValue: noting }] } }),
    ],
    [
      'a global guard',
      (noting) => ({ configure: (app: NestFastifyApplication) => app.useGlobalGuards(noting) }),
    ],
    [
      'a global interceptor',
      (noting) => ({
        configure: (app: NestFastifyApplication) => app.useGlobalInterceptors(noting),
      }),
    ],
  ])('meets what the host has, once: %s', async (_what, options) => {
    const noting = new Noting();
    const { url, throughNest } = await counted(options(noting));
    expect((await rpc(url, 'tools/list', {}, { as: 'alice' })).status).toBe(200);
    expect([throughNest(), noting.noted]).toEqual([0, 1]);
    // Refused further on: what has said yes is not asked again.
    const refused = await rpc(url, 'tools/call', { name: 'about', arguments: {} });
    expect([refused.status, noting.noted]).toEqual([401, 2]);
  });

  it('is refused by a guard of the host before those of the endpoint', async () => {
    let asked = 0;
    const own = guardThat(() => ((asked += 1), true));
    const busy = { canActivate: () => Promise.reject(new HttpException('slow down', 429)) };
    const configure = (app: NestFastifyApplication) => app.useGlobalGuards(busy);
    const direct = await counted({ guards: [own], configure }, [own]);
    const whole = await counted({ guards: [own], configure, fastPath: false }, [own]);
    const answers = await Promise.all(
      [direct, whole].map(async ({ url }) => {
        const response = await rpc(url, 'tools/list', {}, { as: 'alice' });
        return [response.status, headersOf(response), withoutId(await response.json())];
      }),
    );
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.[0]).toBe(429);
    expect([asked, direct.throughNest(), whole.throughNest()]).toEqual([0, 0, 1]);
  });

  it('is refused as Nest would, with the guards having run once', async () => {
    let asked = 0;
    const closed: readonly (readonly [Type<CanActivate>, number])[] = (
      [
        [() => false, 403],
        [() => Promise.resolve(false), 403],
        [
          () => {
            throw new AccessRefusedError({ reason: 'unauthenticated' });
          },
          401,
        ],
        [() => Promise.reject(new ForbiddenException('no')), 403],
        [() => Promise.reject(new HttpException('slow down', 429)), 429],
        [() => Promise.reject(new Error('broken')), 500],
      ] as const
    ).map(([verdict, status]) => [guardThat(() => ((asked += 1), verdict())), status] as const);
    for (const [guard, status] of closed) {
      asked = 0;
      const { url, throughNest } = await counted({ guards: [guard] }, [guard]);
      const direct = await rpc(url, 'tools/list', {}, { as: 'alice' });
      expect([direct.status, asked, throughNest()]).toEqual([status, 1, 0]);
      const whole = await counted({ guards: [guard], fastPath: false }, [guard]);
      const other = await rpc(whole.url, 'tools/list', {}, { as: 'alice' });
      expect(other.status).toBe(status);
      expect(headersOf(direct)).toEqual(headersOf(other));
      const bodies = [await direct.json(), await other.json()].map(withoutId);
      expect(bodies[0]).toEqual(bodies[1]);
    }
  });

  it('is refused after the guards, once', async () => {
    let asked = 0;
    const anonymous = guardThat(() => ((asked += 1), true));
    const { url, throughNest } = await counted({ guards: [anonymous] }, [anonymous]);
    const response = await rpc(url, 'tools/call', { name: 'about', arguments: {} });
    expect([response.status, asked, throughNest()]).toEqual([401, 1, 0]);
    const malformed = await fetch(url, { method: 'POST' });
    expect([malformed.status, asked]).toEqual([415, 2]);
  });

  it.each([
    [
      'at once',
      () => {
        throw new Error('late');
      },
    ],
    ['later', () => Promise.reject(new Error('late'))],
  ])(
    'ends where the exchange itself breaks down %s, which nobody else would notice',
    async (_, handle) => {
      const broken = { serve: handle, parts: {} };
      const { url, log } = await counted({
        override: (builder) =>
          builder
            .overrideProvider(SdkPath)
            .useValue(broken)
            .overrideProvider(FastPath)
            .useValue({ accept: () => undefined }),
      });
      await expect(rpc(url, 'tools/list', {}, { as: 'alice' })).rejects.toThrow('fetch failed');
      expect(log.errors).toEqual([expect.stringContaining('The MCP endpoint failed')]);
    },
  );

  it('waits for guards that have to ask', async () => {
    const slow = guardThat(
      (context) =>
        new Promise((resolve) => {
          setImmediate(() => resolve(new NameGuard().canActivate(context)));
        }),
    );
    const { url, throughNest } = await counted({ guards: [slow] }, [slow]);
    expect((await call(url, 'hello')).text).toBe('hello user_alice');
    expect(throughNest()).toBe(0);
  });

  it('meets the hooks of Fastify and the middleware of the host, whenever they were added', async () => {
    const met: string[] = [];
    const { url } = await counted({
      configure: (app: NestFastifyApplication) => {
        app.use((_request: object, _response: object, next: () => void) => {
          met.push('middleware');
          next();
        });
        const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
        fastify.addHook('preHandler', async () => void met.push('hook'));
        fastify.addHook('onRoute', (route) => {
          route.preHandler = [
            route.preHandler ?? [],
            async (request: { headers: object }, reply: any) => {
              met.push('hook of the route');
              if ('x-refuse' in request.headers) await reply.code(418).send('no');
            },
          ].flat() as never;
        });
      },
    });
    expect((await call(url, 'hello')).text).toBe('hello user_alice');
    expect(met).toEqual(['middleware', 'hook', 'hook of the route']);
    const refused = await rpc(url, 'tools/list', {}, { headers: { 'x-refuse': '1' } });
    expect(refused.status).toBe(418);
  });

  it('comes to its own server where there are several', async () => {
    const second = McpModule.forRoot({
      name: 'second',
      version: '1.0.0',
      path: 'second',
      guards: [guardThat(() => false)],
    });
    const closed = (second.providers as { useValue?: readonly Type[] }[]).flatMap(({ useValue }) =>
      Array.isArray(useValue) ? useValue : [],
    );
    const { url, throughNest } = await counted({ metadata: { imports: [second] } }, closed);
    expect((await call(url, 'hello')).text).toBe('hello user_alice');
    expect(throughNest()).toBe(0);
    const other = await rpc(url.replace('/mcp', '/second'), 'tools/list', {}, { as: 'alice' });
    expect(other.status).toBe(403);
  });
});
