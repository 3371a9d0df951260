import type { User } from '@clerk/backend';
import { Controller, Get, Injectable } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Public } from '../../../src/access/access.decorators.js';
import { ClerkAuthGuard } from '../../../src/clerk/http/clerk-auth.guard.js';
import { ClerkContext } from '../../../src/clerk/user/clerk-context.js';
import { CurrentUser } from '../../../src/clerk/user/current-principal.decorator.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { clerkHost } from '../../hosts/clerk-host.js';
import { ADAPTERS } from '../../support/adapters.js';
import { callTool, ERAS } from '../../support/mcp-request.js';
import { catchErrorLog } from '../support/error-log.js';
import { FakeClerk } from '../support/fake-clerk.js';

const USER = '/v1/users/user_alice';

catchErrorLog();
let clerk: FakeClerk;
beforeAll(async () => {
  clerk = await FakeClerk.start();
});
afterAll(() => clerk.close());
beforeEach(() => {
  clerk.reset();
  clerk.on(USER, () => ({ json: { object: 'user', id: 'user_alice', first_name: 'Alice' } }));
});

@Controller('people')
class PeopleController {
  constructor(private readonly clerk: ClerkContext) {}

  @Public()
  @Get('me')
  me(@CurrentUser() user: User | undefined) {
    return { firstName: user?.firstName ?? null };
  }

  @Get('same')
  async same(@CurrentUser() user: User | undefined) {
    return { isSame: (await this.clerk.getUser()) === user };
  }
}

@Injectable()
class PeopleTools {
  @Public()
  @McpTool({ description: 'Greets the caller' })
  greet(@CurrentUser() user: User | undefined) {
    return `Hello ${user?.firstName ?? 'stranger'}`;
  }
}

const requestsForUser = () => clerk.requests.filter(({ path }) => path === USER).length;

describe.each(ADAPTERS)('@CurrentUser() on %s', (adapter) => {
  const start = async () => {
    const { origin } = await clerkHost(adapter, clerk, {
      controllers: [PeopleController],
      providers: [PeopleTools, { provide: APP_GUARD, useExisting: ClerkAuthGuard }],
    });
    const get = async (path: string, token?: string) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const response = await fetch(`${origin}/people/${path}`, { headers });
      return { status: response.status, body: (await response.json()) as unknown };
    };
    return { get, mcp: `${origin}/mcp` };
  };

  it('is the user of Clerk in a controller, from the cache of ClerkContext', async () => {
    const { get } = await start();
    const token = await clerk.oauthToken();
    expect((await get('me', token)).body).toEqual({ firstName: 'Alice' });
    expect((await get('same', token)).body).toEqual({ isSame: true });
    expect(requestsForUser()).toBe(1);
  });

  it.each(ERAS)('is the user of Clerk in a tool (%s)', async (era) => {
    const { mcp } = await start();
    const { body } = await callTool(mcp, 'greet', {}, { token: await clerk.oauthToken(), era });
    expect(body.result?.content?.[0]?.text).toBe('Hello Alice');
  });

  it('is undefined for an anonymous caller, without a request to Clerk', async () => {
    const { get, mcp } = await start();
    expect((await get('me')).body).toEqual({ firstName: null });
    const { body } = await callTool(mcp, 'greet', {});
    expect(body.result?.content?.[0]?.text).toBe('Hello stranger');
    expect(requestsForUser()).toBe(0);
  });

  it('answers 503 in a controller while Clerk does not respond', async () => {
    clerk.on(USER, () => ({ status: 500 }));
    const { get } = await start();
    expect((await get('me', await clerk.oauthToken())).status).toBe(503);
  });
});
