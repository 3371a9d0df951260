import type { User } from '@clerk/backend';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Injectable, UseGuards } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import { Field, GraphQLModule, ObjectType, Query, Resolver } from '@nestjs/graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Public, RequireScopes } from '../../src/access/access.decorators.js';
import type { Principal, PrincipalOrganization } from '../../src/request/principal.js';
import { ClerkAuthGuard } from '../../src/clerk/http/clerk-auth.guard.js';
import { ClerkContext } from '../../src/clerk/user/clerk-context.js';
import {
  CurrentOrganization,
  CurrentPrincipal,
  CurrentUser,
} from '../../src/clerk/user/current-principal.decorator.js';
import { catchErrorLog } from '../clerk/support/error-log.js';
import { FakeClerk } from '../clerk/support/fake-clerk.js';
import { callTool } from '../support/mcp-request.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import { ADAPTERS } from '../support/adapters.js';
import { clerkHost, type ClerkHost } from './clerk-host.js';

catchErrorLog();
let clerk: FakeClerk;
beforeAll(async () => {
  clerk = await FakeClerk.start();
});
afterAll(() => clerk.close());

@ObjectType()
class Caller {
  @Field(() => String, { nullable: true })
  parameter: string | undefined;
  @Field(() => String, { nullable: true })
  context: string | undefined;
  @Field(() => String, { nullable: true })
  organization: string | undefined;
}

@Resolver()
class CallerResolver {
  constructor(private readonly clerk: ClerkContext) {}

  @Query(() => Caller)
  me(
    @CurrentPrincipal() user: Principal,
    @CurrentOrganization() organization: PrincipalOrganization | undefined,
  ): Caller {
    return this.caller(user.userId, organization);
  }

  @Public()
  @Query(() => Caller)
  anybody(@CurrentPrincipal('userId') userId: string | undefined): Caller {
    return this.caller(userId, undefined);
  }

  @Public()
  @Query(() => String)
  greet(@CurrentUser() user: User | undefined): string {
    return `Hello ${user?.firstName ?? 'stranger'}`;
  }

  @RequireScopes('notes:write')
  @Query(() => String)
  write(): string {
    return 'written';
  }

  private caller(userId: string | undefined, organization: PrincipalOrganization | undefined) {
    const context = this.clerk.session?.userId;
    return { parameter: userId, context, organization: organization?.id };
  }
}

@Resolver()
@UseGuards(ClerkAuthGuard)
class GuardedResolver {
  @Query(() => String)
  guarded(@CurrentPrincipal('subject') subject: string): string {
    return subject;
  }
}

@Injectable()
class Tools {
  @McpTool({ description: 'Beside GraphQL' })
  beside(@CurrentPrincipal('userId') userId: string) {
    return userId;
  }
}

const apollo = GraphQLModule.forRoot<ApolloDriverConfig>({
  driver: ApolloDriver,
  autoSchemaFile: true,
  introspection: false,
  graphiql: false,
});
const mercurius = GraphQLModule.forRoot<MercuriusDriverConfig>({
  driver: MercuriusDriver,
  autoSchemaFile: true,
  graphiql: false,
});

/** Drivers, and the frameworks that they run on. */
const DRIVERS = [
  ...ADAPTERS.map((adapter) => ({ driver: 'Apollo', adapter, graphql: apollo })),
  { driver: 'Mercurius', adapter: 'fastify', graphql: mercurius },
] as const;

const query = async ({ origin }: ClerkHost, text: string, token?: string) => {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query: text }),
  });
  return (await response.json()) as {
    data?: Record<string, unknown> | null;
    errors?: { message: string; extensions: Record<string, unknown> }[];
  };
};

describe.each(DRIVERS)('the resolvers of $driver on $adapter', ({ adapter, graphql }) => {
  const start = () =>
    clerkHost(adapter, clerk, {
      imports: [graphql],
      providers: [CallerResolver, Tools, { provide: APP_GUARD, useExisting: ClerkAuthGuard }],
    });

  it('know the caller by parameter and by context, beside the tools', async () => {
    const host = await start();
    const token = await clerk.oauthToken({ org_id: 'org_1' });
    const { data } = await query(host, '{ me { parameter context organization } }', token);
    expect(data).toEqual({
      me: { parameter: 'user_alice', context: 'user_alice', organization: 'org_1' },
    });
    expect((await query(host, '{ anybody { parameter context } }')).data).toEqual({
      anybody: { parameter: null, context: null },
    });
    const tool = await callTool(`${host.origin}/mcp`, 'beside', {}, { token });
    expect(tool.body.result?.content?.[0]?.text).toBe('user_alice');
  });

  it('get the user of Clerk by parameter', async () => {
    clerk.on('/v1/users/user_alice', () => ({
      json: { object: 'user', id: 'user_alice', first_name: 'Alice' },
    }));
    const host = await start();
    const { data } = await query(host, '{ greet }', await clerk.oauthToken());
    expect(data).toEqual({ greet: 'Hello Alice' });
    expect((await query(host, '{ greet }')).data).toEqual({ greet: 'Hello stranger' });
  });

  it('mix up none of many callers', async () => {
    const host = await start();
    const callers = Array.from({ length: 60 }, (_, n) => (n % 3 === 0 ? null : `user_${n}`));
    const answers = await Promise.all(
      callers.map(async (sub) => {
        const token = sub ? await clerk.oauthToken({ sub }) : undefined;
        const { data } = await query(host, '{ anybody { parameter context } }', token);
        return data?.['anybody'];
      }),
    );
    expect(answers).toEqual(callers.map((sub) => ({ parameter: sub, context: sub })));
  });

  it('refuse as GraphQL does, with a code and the reason, and no challenge of HTTP', async () => {
    const host = await start();
    const anonymous = await query(host, '{ me { parameter } }');
    expect(anonymous.data ?? null).toBeNull();
    expect(anonymous.errors?.[0]?.extensions).toMatchObject({
      code: 'UNAUTHENTICATED',
      error: 'unauthorized',
    });
    const bad = await query(host, '{ anybody { parameter } }', 'nonsense');
    expect(bad.errors?.[0]?.extensions).toMatchObject({
      code: 'UNAUTHENTICATED',
      error: 'invalid_token',
    });
    const short = await query(host, '{ write }', await clerk.oauthToken());
    expect(short.errors?.[0]?.extensions).toMatchObject({
      code: 'FORBIDDEN',
      error: 'insufficient_scope',
    });
    expect(JSON.stringify([anonymous, bad, short])).not.toMatch(/at \w+ \(|nonsense/);
    const granted = await clerk.oauthToken({ scope: 'notes:write' });
    expect((await query(host, '{ write }', granted)).data).toEqual({ write: 'written' });
    expect(host.log.errors).toEqual([]);
  });

  it('may carry the guard themselves', async () => {
    const host = await clerkHost(adapter, clerk, {
      imports: [graphql],
      providers: [GuardedResolver],
    });
    expect((await query(host, '{ guarded }')).errors?.[0]?.extensions['code']).toBe(
      'UNAUTHENTICATED',
    );
    const { data } = await query(host, '{ guarded }', await clerk.oauthToken());
    expect(data).toEqual({ guarded: 'user_alice' });
  });
});
