import { setTimeout as sleep } from 'node:timers/promises';
import {
  Controller,
  Get,
  Injectable,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ClsModule, ClsService, type ClsModuleOptions } from 'nestjs-cls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../support/runs.js';
import { Public } from '../../src/access/access.decorators.js';
import { ClerkAuthGuard } from '../../src/clerk/http/clerk-auth.guard.js';
import { ClerkContext } from '../../src/clerk/user/clerk-context.js';
import { CurrentPrincipal } from '../../src/clerk/user/current-principal.decorator.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import { FakeClerk } from '../clerk/support/fake-clerk.js';
import { callTool, openSession, type Era } from '../support/mcp-request.js';
import { ADAPTERS } from '../support/adapters.js';
import { clerkHost, type ClerkHostOptions } from './clerk-host.js';

type Who = 'alice' | 'bob' | null;

let clerk: FakeClerk;
let tokens: Record<'alice' | 'bob', string>;
beforeAll(async () => {
  clerk = await FakeClerk.start();
  tokens = {
    alice: await clerk.oauthToken(),
    bob: await clerk.oauthToken({ sub: 'user_bob' }),
  };
});
afterAll(() => clerk.close());

/** What one place in the application knows: of us, and of what the host keeps itself. */
@Injectable()
class Witness {
  constructor(
    private readonly clerk: ClerkContext,
    private readonly cls: ClsService,
  ) {}

  async look(parameter: string | undefined) {
    const before = this.clerk.session?.userId;
    const tenant = this.cls.get('tenant');
    const id = this.cls.getId();
    await sleep(Math.random() * 4);
    return {
      users: [parameter, before, this.clerk.session?.userId].map((user) => user ?? null),
      tenants: [tenant, this.cls.get('tenant')].map((found) => found ?? null),
      stable: id === this.cls.getId(),
    };
  }
}

@Public()
@UseGuards(ClerkAuthGuard)
@Controller()
class WitnessController {
  constructor(private readonly witness: Witness) {}

  @Get('witness')
  async rest(@CurrentPrincipal('userId') userId: string | undefined) {
    return this.witness.look(userId);
  }
}

@Injectable()
class WitnessTools {
  constructor(private readonly witness: Witness) {}

  @Public()
  @McpTool({ description: 'What a tool knows' })
  async look(@CurrentPrincipal('userId') userId: string | undefined) {
    return this.witness.look(userId);
  }
}

const tenantOf = (request: any): string => (request.raw ?? request).headers['x-tenant'];
const getRequest = (context: ExecutionContext): object => context.switchToHttp().getRequest();
const fromRequest = (cls: ClsService, request: object) => cls.set('tenant', tenantOf(request));
const fromContext = (cls: ClsService, context: ExecutionContext) =>
  cls.set('tenant', tenantOf(getRequest(context)));

const middleware = { mount: true, generateId: true, setup: fromRequest };
const enhancer = { mount: true, generateId: true, setup: fromContext };
const HOSTS: Record<string, ClsModuleOptions | undefined> = {
  'no CLS of its own': undefined,
  'a mounted middleware': { middleware },
  'a middleware that enters': { middleware: { ...middleware, useEnterWith: true } },
  'a mounted guard': { guard: enhancer },
  'a mounted interceptor': { interceptor: enhancer },
  'all of them': { middleware, guard: enhancer, interceptor: enhancer },
};

const parts = {
  controllers: [WitnessController],
  providers: [Witness, WitnessTools],
} satisfies ClerkHostOptions;

/** The application with the CLS of the host before or after our modules. */
const start = (
  adapter: 'fastify' | 'express',
  options: ClsModuleOptions | undefined,
  at: string,
) => {
  const modules = options ? [ClsModule.forRoot(options)] : [ClsModule];
  return clerkHost(
    adapter,
    clerk,
    at === 'before' ? { ...parts, before: modules } : { ...parts, imports: modules },
  );
};

interface Asked {
  readonly who: Who;
  readonly tenant: string;
}

const headersOf = ({ who, tenant }: Asked) => ({
  'x-tenant': tenant,
  ...(who && { authorization: `Bearer ${tokens[who]}` }),
});

async function askRest(origin: string, asked: Asked) {
  const response = await fetch(`${origin}/witness`, { headers: headersOf(asked) });
  return response.json();
}

async function askTool(origin: string, asked: Asked, era: Era, session?: string) {
  const { body } = await callTool(
    `${origin}/mcp`,
    'look',
    {},
    {
      era,
      session,
      headers: headersOf(asked),
    },
  );
  return body.result?.structuredContent;
}

const expected = ({ who, tenant }: Asked, keepsTenant: boolean) => {
  const user = who && `user_${who}`;
  const kept = keepsTenant ? tenant : null;
  return { users: [user, user, user], tenants: [kept, kept], stable: true };
};

const WHO: readonly Who[] = ['alice', 'bob', null];

describe.each(ADAPTERS)('on %s', (adapter) => {
  describe.each(Object.keys(HOSTS))('a host with %s', (name) => {
    it.each(['before', 'after'])(
      '%s our modules keeps its store, and everybody is who they are',
      async (at) => {
        const options = HOSTS[name];
        const { origin } = await start(adapter, options, at);
        const sessions = {
          alice: await openSession(`${origin}/mcp`, { token: tokens.alice }),
          bob: await openSession(`${origin}/mcp`, { token: tokens.bob }),
        };
        const asked = Array.from({ length: runs(36) }, (_, n) => ({
          who: WHO[n % 3] ?? null,
          tenant: `tenant-${n}`,
        }));
        const answers = await Promise.all(
          asked.map((one, n) => {
            if (n % 4 === 0) return askRest(origin, one);
            if (n % 4 === 1) return askTool(origin, one, 'modern');
            if (n % 4 === 2 && one.who) return askTool(origin, one, 'legacy', sessions[one.who]);
            return askTool(origin, one, 'legacy');
          }),
        );
        expect(answers).toEqual(asked.map((one) => expected(one, options !== undefined)));
      },
    );
  });
});

/** Sets what only it knows, and only where a request arrives: nothing sets it again for a tool. */
@Injectable()
class ArrivalGuard implements CanActivate {
  constructor(private readonly cls: ClsService) {}

  canActivate(context: ExecutionContext): boolean {
    if (context.getType() === 'http') this.cls.set('arrival', tenantOf(getRequest(context)));
    return true;
  }
}

@Injectable()
class ArrivalTools {
  constructor(private readonly cls: ClsService) {}

  @Public()
  @McpTool({ description: 'What the host noted when the request arrived' })
  arrived() {
    return { arrival: this.cls.get('arrival') ?? null };
  }
}

describe.each(ADAPTERS)('on %s', (adapter) => {
  it.each(Object.keys(HOSTS))(
    'a tool finds what the host put into the store of its request: %s',
    async (name) => {
      const { origin } = await clerkHost(adapter, clerk, {
        before: [ClsModule.forRoot({ global: true, ...HOSTS[name] })],
        providers: [ArrivalTools, { provide: APP_GUARD, useClass: ArrivalGuard }],
      });
      const headers = { 'x-tenant': 'acme' };
      const { body } = await callTool(`${origin}/mcp`, 'arrived', {}, { headers });
      expect(body.result?.structuredContent).toEqual({ arrival: 'acme' });
    },
  );
});
