import {
  Catch,
  Injectable,
  VersioningType,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type INestApplication,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { map } from 'rxjs/operators';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FakeClerk } from '../clerk/support/fake-clerk.js';
import { ADAPTERS } from '../support/adapters.js';
import { clerkHost } from './clerk-host.js';

const RESOURCE = '/.well-known/oauth-protected-resource';
const SERVER = '/.well-known/oauth-authorization-server';

@Injectable()
class Enveloping implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data) => ({ data })));
  }
}

@Injectable()
class Closed implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

@Catch()
class Swallowing implements ExceptionFilter {
  catch(): object {
    return {};
  }
}

let clerk: FakeClerk;
beforeAll(async () => {
  clerk = await FakeClerk.start();
});
afterAll(() => clerk.close());
beforeEach(() => {
  clerk.reset();
  clerk.on(SERVER, () => ({ json: { issuer: clerk.url } }));
});

describe.each(ADAPTERS)('the metadata documents in an application on %s', (adapter) => {
  const start = async (
    configure?: (app: INestApplication) => unknown,
    providers: object[] = [],
  ) => {
    const { origin } = await clerkHost(adapter, clerk, {
      providers: providers as never,
      ...(configure && { configure }),
    });
    return async (path: string, init?: RequestInit) => {
      const response = await fetch(`${origin}${path}`, init);
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: parsed(text) };
    };
  };
  const documents = () => [
    [`${RESOURCE}/mcp`, { resource: 'https://mcp.example.com/mcp' }] as const,
    [RESOURCE, { resource: 'https://mcp.example.com/mcp' }] as const,
    [SERVER, { issuer: clerk.url }] as const,
  ];

  it('are where the standards want them, whatever the global prefix and the version', async () => {
    const get = await start((app) => {
      app.setGlobalPrefix('api');
      app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
    });
    for (const [path, document] of documents()) {
      expect(await get(path)).toMatchObject({ status: 200, body: document });
      expect(await get(`/api${path}`)).toMatchObject({ status: 200, body: document });
    }
  });

  it('are where the standards want them, for an application that excludes them itself', async () => {
    const get = await start((app) =>
      app.setGlobalPrefix('api', { exclude: ['.well-known/{*path}'] }),
    );
    expect((await get(`${RESOURCE}/mcp`)).status).toBe(200);
  });

  it('say the same, whatever wraps, guards and filters the routes of the application', async () => {
    const get = await start(undefined, [
      { provide: APP_INTERCEPTOR, useClass: Enveloping },
      { provide: APP_GUARD, useClass: Closed },
      { provide: APP_FILTER, useClass: Swallowing },
    ]);
    for (const [path, document] of documents()) {
      expect(await get(path)).toMatchObject({ status: 200, body: document });
    }
  });

  it('are for everybody, a token that is no good included', async () => {
    const get = await start();
    const headers = { authorization: 'Bearer nonsense' };
    expect((await get(`${RESOURCE}/mcp`, { headers })).status).toBe(200);
  });

  it('are a 503 in the words of this package while Clerk is down', async () => {
    clerk.on(SERVER, () => ({ status: 500 }));
    const get = await start(undefined, [{ provide: APP_FILTER, useClass: Swallowing }]);
    const { status, headers, body } = await get(SERVER);
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('5');
    expect(body).toMatchObject({ error: 'temporarily_unavailable' });
  });
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
