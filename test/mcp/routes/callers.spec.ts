import { Controller, Get, Injectable, Param, Post, Req } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ClerkAuthGuard,
  ClerkAuthModule,
  ClerkContext,
  LimitsModule,
  McpModule,
  McpTool,
  PrincipalThrottlerGuard,
  Public,
  RequirePolicy,
  RequireScopes,
  VerifyAlways,
} from '../../../src/index.js';
import { AuditSink, ResourcePath } from '../../../src/extend.js';
import { startClerkEmulator } from '../../../src/emulator/index.js';
import { createAdapter } from '../../support/adapters.js';
import { optionsOf } from '../../support/clerk-app.js';
import { freePort } from '../../support/free-port.js';
import { accessToken, opaqueToken, userIdOf, ADA } from '../../support/people.js';
import { ERAS, callTool, send } from '../../support/mcp-request.js';
import type { TestService } from '../../support/service.js';
import { signingKey } from '../../support/signing-key.js';
import { NameGuard, call, startMcpApp } from '../fixtures.js';
import { KeptEvents } from '../audit/audited-app.js';
import { ADAPTERS } from './route-app.js';
import { metadataRead } from '../../../src/testing/metadata-read.js';

let policyRuns = 0;
const counted = () => {
  policyRuns += 1;
  return true;
};

@Injectable()
class Providers {
  @VerifyAlways()
  @McpTool({ description: 'Verifies the caller now' })
  payByProvider() {
    return 'paid';
  }
}

@Controller('notes')
class Notes {
  constructor(private readonly clerk: ClerkContext) {}

  @McpTool({ description: 'Who calls' })
  @Get('who/:id')
  async who(@Param('id') id: string, @Req() request: { headers: object }) {
    const { userId } = this.clerk.getSession();
    const { primaryEmailAddress } = await this.clerk.getUser();
    const { headers } = request;
    return { id, userId, email: primaryEmailAddress?.emailAddress, ...headers };
  }

  @RequireScopes('notes:write')
  @McpTool({ description: 'Writes' })
  @Post()
  write() {
    return 'written';
  }

  @VerifyAlways()
  @McpTool({ description: 'Verifies the caller now' })
  @Post('pay')
  pay() {
    return 'paid';
  }

  @RequirePolicy(counted)
  @McpTool({ description: 'Asks a policy' })
  @Get('policy')
  policy() {
    return 'passed';
  }

  @Public()
  @McpTool({ description: 'For everybody' })
  @Get('open')
  open() {
    return { signedIn: this.clerk.principal !== undefined };
  }
}

/** Its routes belong to a resource that the tokens of the endpoint are not issued for. */
@ResourcePath('other')
@Controller('other')
class Other {
  @McpTool({ description: 'A route of another resource' })
  @Get()
  elsewhere() {
    return 'elsewhere';
  }
}

describe.each(ADAPTERS)('The caller of a route, on %s', (adapter) => {
  let service: TestService;
  const sink = new KeptEvents();
  beforeAll(async () => {
    const clerk = await startClerkEmulator({
      signingKey: signingKey(),
      customScopes: { 'notes:write': 'Write' },
    });
    const port = await freePort();
    const baseURL = `http://127.0.0.1:${port}`;
    const module = await Test.createTestingModule({
      imports: [
        ClerkAuthModule.forRoot({
          ...optionsOf(clerk, baseURL),
        }),
        ClerkAuthModule.forFeature({ path: 'other' }),
        LimitsModule.forRoot({ principal: { limit: 1_000, ttlMs: 60_000 } }),
        McpModule.forRoot({
          name: 'notes',
          version: '1.0.0',
          guards: [ClerkAuthGuard, PrincipalThrottlerGuard],
          signIn: 'call',
        }),
      ],
      controllers: [Notes, Other],
      providers: [
        Providers,
        { provide: AuditSink, useValue: sink },
        { provide: APP_GUARD, useExisting: ClerkAuthGuard },
        { provide: APP_GUARD, useExisting: PrincipalThrottlerGuard },
      ],
    }).compile();
    const app = module.createNestApplication<NestFastifyApplication>(createAdapter(adapter), {
      logger: false,
      forceCloseConnections: true,
    });
    await app.listen(port, '127.0.0.1');
    await metadataRead(app);
    const stop = async () => {
      await app.close();
      await clerk.close();
    };
    service = { app, clerk, url: `${baseURL}/mcp`, baseURL, stop };
  });
  afterAll(() => service.stop());
  beforeEach(() => {
    sink.events.length = 0;
    policyRuns = 0;
  });

  const total = () =>
    Object.values(service.clerk.counters.all()).reduce((sum, one) => sum + one, 0);

  it.each(ERAS)('is known to the route without the token being sent again (%s)', async (era) => {
    const token = await accessToken(service);
    const { body } = await callTool(service.url, 'who', { id: '1' }, { token, era });
    expect(body.result?.structuredContent).toMatchObject({
      id: '1',
      userId: userIdOf(service, ADA),
      email: ADA,
    });
    expect(JSON.stringify(body)).not.toContain(token);
    expect(body.result?.structuredContent).not.toHaveProperty('authorization');
  });

  it('is nobody for a request from the network, whatever its headers say', async () => {
    const token = await accessToken(service);
    const url = `${service.baseURL}/notes/who/1`;
    const forged = {
      'x-in-process': 'true',
      'x-mcp-principal': JSON.stringify({ subject: 'user_admin' }),
      'x-nestjs-clerk-mcp': 'in-process',
      'user-agent': 'lightMyRequest',
      'x-forwarded-for': '127.0.0.1',
      host: 'localhost',
      accept: 'application/json, */*',
      'accept-encoding': 'identity',
    };
    const running = callTool(service.url, 'who', { id: '1' }, { token });
    const replies = await Promise.all(
      Array.from({ length: 5 }, () => fetch(url, { headers: forged })),
    );
    expect(replies.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
    expect((await running).body.result?.isError).toBeUndefined();
  });

  it('sees the tools, and calls the routes, that the rule of the handler allows', async () => {
    const reader = await accessToken(service);
    const writer = await accessToken(service, { scopes: ['profile', 'notes:write'] });
    const names = async (token?: string) => {
      const { body } = await send(service.url, 'tools/list', {}, { token });
      return body.result?.tools?.map(({ name }) => name);
    };
    expect(await names(reader)).not.toContain('write');
    expect(await names(writer)).toContain('write');
    expect(await names()).toEqual(['open']);
    expect((await callTool(service.url, 'write', {}, { token: reader })).status).toBe(403);
    const written = await callTool(service.url, 'write', {}, { token: writer });
    expect(written.body.result?.content).toEqual([{ type: 'text', text: 'written' }]);
  });

  it('reaches a route of another resource, because the tool belongs to the endpoint', async () => {
    const token = await accessToken(service);
    const { body } = await callTool(service.url, 'elsewhere', {}, { token });
    expect(body.result?.content).toEqual([{ type: 'text', text: 'elsewhere' }]);
  });

  it('may be nobody on a public route', async () => {
    const { body } = await callTool(service.url, 'open', {}, {});
    expect(body.result?.structuredContent).toEqual({ signedIn: false });
  });

  it('is verified once with @VerifyAlways(), as for a tool of a provider', async () => {
    const token = await opaqueToken(service);
    await callTool(service.url, 'open', {}, { token });
    const costOf = async (name: string) => {
      const before = total();
      const { body } = await callTool(service.url, name, {}, { token });
      expect(body.result?.content).toEqual([{ type: 'text', text: 'paid' }]);
      return total() - before;
    };
    const byProvider = await costOf('payByProvider');
    expect(byProvider).toBeGreaterThan(0);
    expect(await costOf('pay')).toBe(byProvider);
  });

  it('is decided about once by a policy', async () => {
    const token = await accessToken(service);
    const { body } = await callTool(service.url, 'policy', {}, { token });
    expect(body.result?.content).toEqual([{ type: 'text', text: 'passed' }]);
    expect(policyRuns).toBe(1);
  });

  it('is audited once: one decision and one call, of the tool', async () => {
    const token = await accessToken(service, { scopes: ['profile', 'notes:write'] });
    await callTool(service.url, 'write', {}, { token });
    const events = await sink.take(2);
    expect(events).toMatchObject([
      { type: 'decision', entry: { kind: 'tool', name: 'write', source: 'Notes.write' } },
      { type: 'call', outcome: 'ok', entry: { kind: 'tool', name: 'write' } },
    ]);
  });
});

describe.each(ADAPTERS)('The rate limit of a route, on %s', (adapter) => {
  it('counts a call of the tool once, and calls of both kinds together', async () => {
    @Controller('limited')
    class Limited {
      @McpTool({ description: 'Limited' })
      @Get()
      limited() {
        return 'fine';
      }
    }
    const { app, url } = await startMcpApp([], {
      adapter: createAdapter(adapter),
      guards: [NameGuard, PrincipalThrottlerGuard],
      metadata: {
        imports: [
          LimitsModule.forRoot({
            principal: { limit: 3, ttlMs: 60_000 },
            handler: { limit: 2, ttlMs: 60_000 },
          }),
        ],
        controllers: [Limited],
        providers: [{ provide: APP_GUARD, useExisting: PrincipalThrottlerGuard }],
      },
    });
    try {
      expect((await call(url, 'limited')).text).toBe('fine');
      expect((await call(url, 'limited')).text).toBe('fine');
      // The third of the principal, and the third of the handler.
      expect((await call(url, 'limited')).text).toMatch(/^Too many requests/);
      expect((await call(url, 'limited')).status).toBe(429);
    } finally {
      await app.close();
    }
  });
});
