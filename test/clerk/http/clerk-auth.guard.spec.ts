import type { IncomingMessage } from 'node:http';
import {
  Body,
  Controller,
  Get,
  Injectable,
  Module,
  Post,
  Req,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Public, RequireScopes } from '../../../src/access/access.decorators.js';
import { DeferAccess } from '../../../src/request/guard-phase.js';
import type { Principal } from '../../../src/request/principal.js';
import { ClerkAuthGuard } from '../../../src/clerk/http/clerk-auth.guard.js';
import {
  CurrentOrganization,
  CurrentPrincipal,
} from '../../../src/clerk/user/current-principal.decorator.js';
import { createClerkApp } from '../support/clerk-app.js';
import { catchErrorLog } from '../support/error-log.js';
import { FakeClerk } from '../support/fake-clerk.js';

@Controller()
@UseGuards(ClerkAuthGuard)
class NotesController {
  @Get('me')
  whoAmI(@CurrentPrincipal() user: Principal, @CurrentPrincipal('userId') userId: string) {
    return { userId, tokenType: user.tokenType };
  }

  @Public()
  @Get('open')
  open(@CurrentPrincipal('userId') userId: string | undefined) {
    return { userId: userId ?? null };
  }

  @RequireScopes('notes:write')
  @Get('write')
  write() {
    return 'written';
  }

  @Get('organization')
  organization(@CurrentOrganization() organization: unknown) {
    return { organization: organization ?? null };
  }

  @Get('headers')
  headers(@Req() request: IncomingMessage & { raw?: IncomingMessage }) {
    return { headers: request.headers, raw: (request.raw ?? request).rawHeaders };
  }

  @DeferAccess()
  @Post('deferred')
  deferred(@CurrentPrincipal('userId') userId: string | undefined, @Body() body: object) {
    return { userId: userId ?? null, body };
  }
}

/** Another module, and the guard twice: globally and on the class. */
@Controller('feature')
@UseGuards(ClerkAuthGuard)
class FeatureController {
  @Get()
  read(@CurrentPrincipal('userId') userId: string) {
    return { userId };
  }
}

@Module({ controllers: [FeatureController] })
class FeatureModule {}

catchErrorLog();
let clerk: FakeClerk;
let app: NestFastifyApplication;
beforeAll(async () => {
  clerk = await FakeClerk.start();
  app = await createClerkApp(clerk.options(), {
    imports: [FeatureModule],
    controllers: [NotesController],
    providers: [{ provide: APP_GUARD, useExisting: ClerkAuthGuard }],
  });
});
afterAll(async () => {
  await app.close();
  await clerk.close();
});
beforeEach(() => clerk.reset());

const get = (url: string, token?: string, headers: Record<string, string> = {}) =>
  app.inject({ url, headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers } });

describe('ClerkAuthGuard on REST handlers', () => {
  it('lets a signed-in caller in, for each accepted kind of token', async () => {
    const [oauth, session] = [await clerk.oauthToken(), await clerk.sessionToken()];
    expect((await get('/me', oauth)).json()).toEqual({
      userId: 'user_alice',
      tokenType: 'oauth_token',
    });
    expect((await get('/me', session)).json()).toMatchObject({ tokenType: 'session_token' });
  });

  it('refuses an anonymous caller with a challenge and no error code', async () => {
    const response = await get('/me');
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toBe(
      'Bearer resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp", scope="profile email"',
    );
    expect(response.headers['cache-control']).toBe('no-store');
    expect(response.json()).toMatchObject({ error: 'unauthorized' });
  });

  it('never signs in by cookie', async () => {
    const token = await clerk.sessionToken();
    const cookie = `__session=${token}; __client_uat=1`;
    expect((await get('/me', undefined, { cookie })).statusCode).toBe(401);
  });

  it('answers a browser with a 401, never with a redirect to sign in', async () => {
    const browser = {
      accept: 'text/html',
      'sec-fetch-dest': 'document',
      'x-forwarded-host': 'evil.example.com',
    };
    const expired = await clerk.sessionToken({ exp: Math.floor(Date.now() / 1000) - 60 });
    for (const token of [undefined, expired]) {
      const response = await get('/me', token, browser);
      expect(response.statusCode).toBe(401);
      expect(response.headers['location']).toBeUndefined();
      expect(JSON.stringify(response.headers)).not.toContain('evil.example.com');
    }
  });

  it('refuses a bad token on public handlers too', async () => {
    expect((await get('/open')).json()).toEqual({ userId: null });
    expect((await get('/open', await clerk.oauthToken())).json()).toEqual({ userId: 'user_alice' });
    const response = await get('/open', 'nonsense');
    expect(response.statusCode).toBe(401);
    expect(response.json()).toMatchObject({ error: 'invalid_token' });
  });

  it('says expired when a token is expired', async () => {
    const token = await clerk.oauthToken({ exp: Math.floor(Date.now() / 1000) - 60 });
    const response = await get('/me', token);
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toContain('Bearer error="invalid_token"');
    expect(response.json()).toMatchObject({ error: 'token_expired' });
  });

  it('asks for a step-up when scopes are missing', async () => {
    const response = await get('/write', await clerk.oauthToken());
    expect(response.statusCode).toBe(403);
    expect(response.headers['www-authenticate']).toMatch(/error="insufficient_scope".*notes:write/);
    expect(response.json()).toMatchObject({ error: 'insufficient_scope' });
    const granted = await clerk.oauthToken({ scope: 'notes:write' });
    expect((await get('/write', granted)).statusCode).toBe(200);
  });

  it('forbids what a session can never be granted', async () => {
    const response = await get('/write', await clerk.sessionToken());
    expect(response.statusCode).toBe(403);
    expect(response.json()).toMatchObject({ error: 'forbidden' });
  });

  it('answers an outage and a wrong secret key as such', async () => {
    const fresh = await createClerkApp(clerk.options(), { controllers: [NotesController] });
    const headers = { authorization: `Bearer ${await clerk.oauthToken()}` };
    clerk.on('/v1/jwks', () => ({ status: 401 }));
    const wrong = await fresh.inject({ url: '/me', headers });
    expect([wrong.statusCode, wrong.json()]).toEqual([
      500,
      { error: 'server_error', error_description: 'Authentication service misconfigured' },
    ]);
    await fresh.close();

    const other = await createClerkApp(clerk.options(), { controllers: [NotesController] });
    for (const path of ['/v1/jwks', '/.well-known/jwks.json'])
      clerk.on(path, () => ({ status: 500 }));
    const down = await other.inject({ url: '/me', headers });
    expect([down.statusCode, down.headers['retry-after']]).toEqual([503, '5']);
    expect(down.headers['www-authenticate']).toBeUndefined();
    await other.close();
  });

  it('leaves no credential on the request', async () => {
    const response = await get('/headers', await clerk.oauthToken(), { 'x-kept': 'yes' });
    expect(response.body).not.toMatch(/authorization|bearer/i);
    expect(response.json()).toMatchObject({ headers: { 'x-kept': 'yes' } });
  });

  it('works in other modules, several times on one request', async () => {
    const response = await get('/feature', await clerk.oauthToken());
    expect(response.json()).toEqual({ userId: 'user_alice' });
  });

  it('knows the organization of the token', async () => {
    const token = await clerk.oauthToken({ org_id: 'org_1' });
    expect((await get('/organization', token)).json()).toEqual({ organization: { id: 'org_1' } });
  });
});

/** A guard of an application that lets everybody pass. */
@Injectable()
class LenientGuard implements CanActivate {
  constructor(private readonly guard: ClerkAuthGuard) {}

  async canActivate(context: ExecutionContext) {
    await Promise.resolve(context)
      .then((one) => this.guard.canActivate(one))
      .catch(() => undefined);
    return true;
  }
}

@UseGuards(LenientGuard, ClerkAuthGuard)
@Controller('lenient')
class LenientController {
  @Public()
  @Get()
  read(@CurrentPrincipal('userId') userId: string | undefined) {
    return { userId: userId ?? null };
  }
}

it('refuses a bad token again where an earlier guard has ignored the refusal', async () => {
  const lenient = await createClerkApp(clerk.options(), {
    controllers: [LenientController],
    providers: [LenientGuard],
  });
  const read = (headers: Record<string, string>) => lenient.inject({ url: '/lenient', headers });
  const expired = await clerk.oauthToken({ exp: Math.floor(Date.now() / 1000) - 60 });
  expect((await read({})).json()).toEqual({ userId: null });
  for (const token of [expired, expired, 'nonsense', 'oat_unknown']) {
    expect((await read({ authorization: `Bearer ${token}` })).statusCode).toBe(401);
  }
  await lenient.close();
});

describe('ClerkAuthGuard on a handler that decides itself', () => {
  const post = (body: object, token?: string) =>
    app.inject({
      method: 'POST',
      url: '/deferred',
      body,
      headers: token ? { authorization: `Bearer ${token}` } : {},
    });
  const message = (token?: string) => ({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/list',
    params: { _meta: token ? { authorization: { type: 'bearer', token } } : {} },
  });

  it('lets anonymous callers pass, and refuses bad tokens', async () => {
    expect((await post(message())).json()).toMatchObject({ userId: null });
    expect((await post(message(), 'nonsense')).statusCode).toBe(401);
    expect((await post(message('nonsense'))).statusCode).toBe(401);
  });

  it('reads the token of _meta and hides it from the handler', async () => {
    const token = await clerk.oauthToken();
    const response = await post(message(token));
    expect(response.json()).toEqual({ userId: 'user_alice', body: message() });
  });

  it('refuses a header and a _meta that speak for different users', async () => {
    const [alice, bob] = [await clerk.oauthToken(), await clerk.oauthToken({ sub: 'user_bob' })];
    expect((await post(message(alice), alice)).json()).toMatchObject({ userId: 'user_alice' });
    expect((await post(message(alice), bob)).statusCode).toBe(401);
  });
});
