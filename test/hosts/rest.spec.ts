import {
  Catch,
  Controller,
  Get,
  HttpException,
  Inject,
  Injectable,
  Module,
  Scope,
  UseFilters,
  UseGuards,
  Version,
  VersioningType,
  type ArgumentsHost,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type INestApplication,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, HttpAdapterHost, REQUEST } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Authenticated,
  Public,
  RequireOrganization,
  RequireRole,
  RequireScopes,
} from '../../src/access/access.decorators.js';
import type { PrincipalOrganization } from '../../src/request/principal.js';
import { AccessRefusedError } from '../../src/access/access.errors.js';
import { ClerkAuthGuard } from '../../src/clerk/http/clerk-auth.guard.js';
import { ClerkContext } from '../../src/clerk/user/clerk-context.js';
import {
  CurrentOrganization,
  CurrentPrincipal,
} from '../../src/clerk/user/current-principal.decorator.js';
import { catchErrorLog } from '../clerk/support/error-log.js';
import { FakeClerk } from '../clerk/support/fake-clerk.js';
import { ADAPTERS } from '../support/adapters.js';
import { clerkHost, type ClerkHostOptions } from './clerk-host.js';

catchErrorLog();
let clerk: FakeClerk;
beforeAll(async () => {
  clerk = await FakeClerk.start();
});
afterAll(() => clerk.close());

@Injectable({ scope: Scope.REQUEST })
class Notes {
  constructor(
    @Inject(REQUEST) private readonly request: { headers: Record<string, string> },
    private readonly clerk: ClerkContext,
  ) {}

  own() {
    return { of: this.clerk.getSession().userId, asked: this.request.headers['x-asked'] };
  }
}

@Controller('notes')
class NotesController {
  constructor(private readonly notes: Notes) {}

  @Get()
  own() {
    return this.notes.own();
  }

  @Version('2')
  @Get('second')
  second(@CurrentPrincipal('userId') userId: string) {
    return { second: userId };
  }

  @Public()
  @Get('open')
  open(@CurrentPrincipal('userId') userId: string | undefined) {
    return { userId: userId ?? null };
  }

  @RequireScopes('notes:write')
  @Get('write')
  write() {
    return {};
  }

  @RequireOrganization()
  @Get('organization')
  organization(@CurrentOrganization() organization: PrincipalOrganization) {
    return { id: organization.id };
  }

  @RequireRole('org:admin')
  @Get('admin')
  admin() {
    return {};
  }

  @Get('refuses')
  refuses() {
    throw new AccessRefusedError({ reason: 'forbidden', description: 'Not on Sundays.' });
  }
}

@Module({ controllers: [NotesController], providers: [Notes] })
class NotesModule {}

const parts = {
  imports: [NotesModule],
  providers: [{ provide: APP_GUARD, useExisting: ClerkAuthGuard }],
} satisfies ClerkHostOptions;

const get = async (url: string, token?: string, headers: Record<string, string> = {}) => {
  const response = await fetch(url, {
    headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text && JSON.parse(text) };
};

const CHALLENGE =
  /^Bearer .*resource_metadata="https:\/\/mcp\.example\.com\/\.well-known\/oauth-protected-resource\/mcp"/;

describe.each(ADAPTERS)('the REST handlers of an application on %s', (adapter) => {
  it('are protected, versioned, request-scoped, and know the caller', async () => {
    const { origin } = await clerkHost(adapter, clerk, {
      ...parts,
      configure: (app) =>
        app
          .setGlobalPrefix('api')
          .enableVersioning({ type: VersioningType.URI, defaultVersion: '1' }),
    });
    const notes = `${origin}/api/v1/notes`;
    const token = await clerk.oauthToken();
    expect(await get(notes, token, { 'x-asked': 'a' })).toMatchObject({
      status: 200,
      body: { of: 'user_alice', asked: 'a' },
    });
    expect((await get(notes)).status).toBe(401);
    expect((await get(`${origin}/api/v2/notes/second`, token)).body).toEqual({
      second: 'user_alice',
    });
    expect((await get(`${notes}/open`)).body).toEqual({ userId: null });
  });

  it('apply the access decorators, and challenge as the endpoint does', async () => {
    const { origin } = await clerkHost(adapter, clerk, parts);
    const notes = `${origin}/notes`;
    const token = await clerk.oauthToken();
    const anonymous = await get(notes);
    expect(anonymous).toMatchObject({ status: 401, body: { error: 'unauthorized' } });
    expect(anonymous.headers.get('www-authenticate')).toMatch(CHALLENGE);
    const short = await get(`${notes}/write`, token);
    expect(short).toMatchObject({ status: 403, body: { error: 'insufficient_scope' } });
    expect(short.headers.get('www-authenticate')).toMatch(/scope="profile email notes:write"$/);
    expect((await get(`${notes}/organization`, token)).status).toBe(403);
    const member = await clerk.sessionToken({ o: { id: 'org_1', rol: 'member', slg: 'one' } });
    expect((await get(`${notes}/organization`, member)).body).toEqual({ id: 'org_1' });
    expect((await get(`${notes}/admin`, member)).status).toBe(403);
    const admin = await clerk.sessionToken({ o: { id: 'org_1', rol: 'admin', slg: 'one' } });
    expect((await get(`${notes}/admin`, admin)).status).toBe(200);
    expect(await get(`${notes}/refuses`, token)).toMatchObject({
      status: 403,
      body: { error: 'forbidden', error_description: 'Not on Sundays.' },
    });
  });

  /** As many applications have it: whatever it is, in their own form. */
  @Catch()
  class EverythingFilter implements ExceptionFilter {
    constructor(private readonly adapters: HttpAdapterHost) {}

    catch(error: unknown, host: ArgumentsHost): void {
      const status = error instanceof HttpException ? error.getStatus() : 500;
      const detail = error instanceof HttpException ? error.getResponse() : 'broken';
      this.adapters.httpAdapter.reply(host.switchToHttp().getResponse(), { detail }, status);
    }
  }

  it.each<[string, ClerkHostOptions]>([
    [
      'in main.ts',
      {
        configure: (app: INestApplication) =>
          app.useGlobalFilters(new EverythingFilter(app.get(HttpAdapterHost))),
      },
    ],
    ['as APP_FILTER', { providers: [{ provide: APP_FILTER, useClass: EverythingFilter }] }],
  ])('keep status and challenge under a filter that catches all, %s', async (_, filter) => {
    const { origin } = await clerkHost(adapter, clerk, {
      ...parts,
      ...filter,
      providers: [...parts.providers, ...(filter.providers ?? [])],
    });
    for (const [path, token, status] of [
      ['/notes', undefined, 401],
      ['/notes/open', 'nonsense', 401],
      ['/notes/write', await clerk.oauthToken(), 403],
    ] as const) {
      const response = await get(`${origin}${path}`, token);
      expect(response).toMatchObject({ status, body: { detail: { error: expect.any(String) } } });
      expect(response.headers.get('www-authenticate')).toMatch(CHALLENGE);
      expect(response.headers.get('cache-control')).toBe('no-store');
    }
    const endpoint = await fetch(`${origin}/mcp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer nonsense' },
      body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
    });
    expect(endpoint.headers.get('www-authenticate')).toMatch(CHALLENGE);
    expect(await endpoint.json()).toMatchObject({ error: 'invalid_token' });
  });

  it('have the guard on a class or a method of a module that imports nothing of ours', async () => {
    @Injectable()
    class Before implements CanActivate {
      canActivate(context: ExecutionContext): boolean {
        return context.switchToHttp().getRequest().headers['x-before'] !== 'no';
      }
    }
    @Controller('plain')
    class PlainController {
      @Get('free')
      free() {
        return {};
      }

      @Authenticated()
      @UseGuards(Before, ClerkAuthGuard)
      @UseFilters(EverythingFilter)
      @Get('guarded')
      guarded(@CurrentPrincipal('subject') subject: string) {
        return { subject };
      }
    }
    @Module({ controllers: [PlainController] })
    class PlainModule {}
    const { origin } = await clerkHost(adapter, clerk, { imports: [PlainModule] });
    expect((await get(`${origin}/plain/free`)).status).toBe(200);
    expect((await get(`${origin}/plain/guarded`)).status).toBe(401);
    expect((await get(`${origin}/plain/guarded`, undefined, { 'x-before': 'no' })).status).toBe(
      403,
    );
    const token = await clerk.oauthToken();
    expect((await get(`${origin}/plain/guarded`, token)).body).toEqual({ subject: 'user_alice' });
  });
});
