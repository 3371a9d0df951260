import { Inject, Injectable, Module, Scope, type CanActivate } from '@nestjs/common';
import {
  ContextIdFactory,
  REQUEST,
  type ContextId,
  type ContextIdStrategy,
  type HostComponentInfo,
} from '@nestjs/core';
import { afterEach, describe, expect, it } from 'vitest';
import { attachPrincipal, principalOf } from '../../../src/request/request-record.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { NameGuard, call, mcpApp, principal } from '../fixtures.js';

let made = 0;

@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  private readonly number = ++made;
  private calls = 0;

  constructor(@Inject(REQUEST) private readonly request: object) {}

  @McpTool({ description: 'Who calls, on which instance, for the how-manieth time' })
  whoAmI() {
    this.calls += 1;
    const { subject } = principalOf(this.request) ?? {};
    return { subject, number: this.number, calls: this.calls };
  }
}

describe('a host of a scope of its own', () => {
  it('is made per request, and knows its request', async () => {
    const { url } = await mcpApp([PerRequest]);
    const names = ['alice', 'bob', 'carol', 'alice', 'bob'];
    const outcomes = await Promise.all(names.map((as) => call(url, 'whoAmI', {}, { as })));
    const values = outcomes.map(({ result }) => result?.structuredContent);
    expect(values.map(({ subject }) => subject)).toEqual(names.map((name) => `user_${name}`));
    expect(new Set(values.map(({ number }) => number)).size).toBe(names.length);
    expect(values.every(({ calls }) => calls === 1)).toBe(true);
  });

  it('is made per call where it is transient', async () => {
    class Dependency {
      readonly name = 'injected';
    }
    @Injectable({ scope: Scope.TRANSIENT })
    class Transient {
      private calls = 0;
      constructor(private readonly dependency: Dependency) {}

      @McpTool({ description: 'Counts' })
      count() {
        this.calls += 1;
        return `${this.dependency.name} ${this.calls}`;
      }
    }
    const { url } = await mcpApp([Dependency, Transient]);
    expect((await call(url, 'count')).text).toBe('injected 1');
    expect((await call(url, 'count')).text).toBe('injected 1');
  });

  it('is found by its module where two modules use one token', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class First {
      @McpTool({ description: 'First' })
      first() {
        return this.constructor.name;
      }
    }
    @Injectable({ scope: Scope.REQUEST })
    class Second {
      @McpTool({ description: 'Second' })
      second() {
        return this.constructor.name;
      }
    }
    @Module({ providers: [{ provide: 'TOOLS', useClass: First }] })
    class FirstModule {}
    @Module({ providers: [{ provide: 'TOOLS', useClass: Second }] })
    class SecondModule {}
    const { url } = await mcpApp([], { metadata: { imports: [FirstModule, SecondModule] } });
    expect((await call(url, 'first')).text).toBe('First');
    expect((await call(url, 'second')).text).toBe('Second');
  });

  it('shares its request-scoped dependencies with the guard of the endpoint', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Notes {
      readonly lines: string[] = [];
    }
    @Injectable()
    class NotingGuard implements CanActivate {
      constructor(
        private readonly notes: Notes,
        @Inject(REQUEST) private readonly request: object,
      ) {}
      canActivate(): boolean {
        this.notes.lines.push('noted by the guard');
        attachPrincipal(this.request, principal('alice'));
        return true;
      }
    }
    @Injectable()
    class Reader {
      constructor(private readonly notes: Notes) {}
      @McpTool({ description: 'Reads' })
      read() {
        return this.notes.lines.join();
      }
    }
    const { url } = await mcpApp([Notes, NotingGuard, Reader], { guards: [NotingGuard] });
    expect((await call(url, 'read')).text).toBe('noted by the guard');
    expect((await call(url, 'read')).text).toBe('noted by the guard');
  });

  it('that cannot be made fails the call, and says why in the log only', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Broken {
      constructor() {
        throw new Error('no database at db.internal');
      }
      @McpTool({ description: 'Never runs' })
      never() {}
    }
    const { url, log } = await mcpApp([Broken]);
    const { result, text } = await call(url, 'never');
    expect(result?.isError).toBe(true);
    expect(text).toBe('Internal error. The log of the server has the details.');
    expect(log.errorsWith('no database at db.internal')).toHaveLength(1);
  });
});

describe('a durable host', () => {
  const tenants = new Map<string, ContextId>();

  class ByTenant implements ContextIdStrategy {
    attach(contextId: ContextId, request: any) {
      const tenant = String(request.headers?.['x-tenant']);
      const shared = tenants.get(tenant) ?? ContextIdFactory.create();
      tenants.set(tenant, shared);
      return {
        resolve: ({ isTreeDurable }: HostComponentInfo) => (isTreeDurable ? shared : contextId),
        payload: { tenant },
      };
    }
  }

  @Injectable({ scope: Scope.REQUEST, durable: true })
  class PerTenant {
    private calls = 0;
    constructor(@Inject(REQUEST) private readonly payload: object) {}

    @McpTool({ description: 'Counts per tenant' })
    count() {
      this.calls += 1;
      const { tenant } = this.payload as { tenant?: string };
      return { tenant, calls: this.calls, sees: principalOf(this.payload)?.subject ?? 'nobody' };
    }
  }

  afterEach(() => {
    ContextIdFactory.apply(undefined as never);
  });

  it('is shared within its tenant, and holds the payload, not the request of the first caller', async () => {
    ContextIdFactory.apply(new ByTenant());
    const { url } = await mcpApp([PerTenant]);
    const count = async (as: string, tenant: string) =>
      (await call(url, 'count', {}, { as, headers: { 'x-tenant': tenant } })).result
        ?.structuredContent;
    expect(await count('alice', 'acme')).toEqual({ tenant: 'acme', calls: 1, sees: 'nobody' });
    expect(await count('bob', 'acme')).toEqual({ tenant: 'acme', calls: 2, sees: 'nobody' });
    expect(await count('carol', 'other')).toEqual({ tenant: 'other', calls: 1, sees: 'nobody' });
  });

  it('may be a guard of the endpoint, and knows no caller but by the payload', async () => {
    const seen: unknown[] = [];
    @Injectable({ scope: Scope.REQUEST, durable: true })
    class TenantGuard implements CanActivate {
      constructor(@Inject(REQUEST) private readonly payload: object) {}
      canActivate(): boolean {
        seen.push(this.payload);
        return true;
      }
    }
    ContextIdFactory.apply(new ByTenant());
    const { url } = await mcpApp([TenantGuard, PerTenant], { guards: [NameGuard, TenantGuard] });
    const headers = { 'x-tenant': 'guarded' };
    for (const as of ['alice', 'bob']) await call(url, 'count', {}, { as, headers });
    expect(seen).toEqual([{ tenant: 'guarded' }, { tenant: 'guarded' }]);
  });
});
