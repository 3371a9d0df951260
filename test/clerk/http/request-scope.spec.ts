import { connect, type AddressInfo } from 'node:net';
import { Controller, Get, UseGuards, type DynamicModule, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ClsModule, ClsService } from 'nestjs-cls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '../../../src/request/principal.js';
import { ClerkAuthGuard } from '../../../src/clerk/http/clerk-auth.guard.js';
import { ClerkContext } from '../../../src/clerk/user/clerk-context.js';
import { createClerkApp } from '../support/clerk-app.js';
import { FakeClerk } from '../support/fake-clerk.js';
import { everywhere, WhoController, WhoTool } from '../support/host-app.js';

let clerk: FakeClerk;
let app: NestFastifyApplication;
let tokens: Record<'alice' | 'bob', string>;
beforeAll(async () => {
  clerk = await FakeClerk.start();
  tokens = {
    alice: await clerk.oauthToken(),
    bob: await clerk.sessionToken({ sub: 'user_bob' }),
  };
});
afterAll(() => clerk.close());
beforeEach(() => clerk.reset());
afterEach(() => app.close());

const start = async (hostModules: readonly (DynamicModule | Type)[] = []) => {
  app = await createClerkApp(clerk.options(), {
    imports: [...hostModules],
    controllers: [WhoController],
    providers: [WhoTool],
  });
  return app;
};
const ask = async (who: 'alice' | 'bob' | null) => {
  const headers = who ? { authorization: `Bearer ${tokens[who]}` } : {};
  const response = await app.inject({ url: '/who', headers });
  return response.json();
};

const hosts: [string, readonly (DynamicModule | Type)[]][] = [
  ['no CLS of its own', []],
  ['the bare module', [ClsModule]],
  ['forRoot', [ClsModule.forRoot({ global: true })]],
  ['a mounted middleware', [ClsModule.forRoot({ middleware: { mount: true, generateId: true } })]],
  [
    'a middleware that enters',
    [ClsModule.forRoot({ middleware: { mount: true, useEnterWith: true } })],
  ],
  ['a mounted guard', [ClsModule.forRoot({ guard: { mount: true, generateId: true } })]],
  [
    'a mounted interceptor',
    [ClsModule.forRoot({ interceptor: { mount: true, generateId: true } })],
  ],
  [
    'middleware, guard and interceptor',
    [
      ClsModule.forRoot({
        middleware: { mount: true },
        guard: { mount: true },
        interceptor: { mount: true },
      }),
    ],
  ],
];

describe.each(hosts)('a host with %s', (_, modules) => {
  it('finds the user in handlers and in tools, and nobody for anonymous callers', async () => {
    await start(modules);
    expect(await ask('alice')).toEqual(everywhere('user_alice'));
    expect(await ask(null)).toEqual(everywhere(null));
    expect(await ask('bob')).toEqual(everywhere('user_bob'));
  });

  it('mixes up none of 400 concurrent callers', async () => {
    await start(modules);
    const callers = Array.from({ length: 400 }, (_, n) => (['alice', 'bob', null] as const)[n % 3]);
    const answers = await Promise.all(callers.map((who) => ask(who ?? null)));
    const expected = callers.map((who) => everywhere(who ? `user_${who}` : null));
    expect(answers).toEqual(expected);
  });
});

describe('one keep-alive connection', () => {
  it('never shows the user of a request to the next one', async () => {
    await start([ClsModule.forRoot({ middleware: { mount: true, useEnterWith: true } })]);
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    const order = ['alice', null, 'bob', null, null, 'alice', 'bob'] as const;
    const request = (who: 'alice' | 'bob' | null, last: boolean) =>
      [
        'GET /who HTTP/1.1',
        'Host: x',
        ...(who ? [`Authorization: Bearer ${tokens[who]}`] : []),
        `Connection: ${last ? 'close' : 'keep-alive'}`,
        '\r\n',
      ].join('\r\n');

    const text = await new Promise<string>((resolve, reject) => {
      let received = '';
      const socket = connect(port, '127.0.0.1', () => {
        order.forEach((who, n) => socket.write(request(who, n === order.length - 1)));
      });
      socket.on('data', (chunk) => (received += chunk.toString()));
      socket.on('end', () => resolve(received));
      socket.on('error', reject);
    });
    const answers = [...text.matchAll(/^\{.*\}/gm)].map(([json]) => JSON.parse(json));
    expect(answers).toEqual(order.map((who) => everywhere(who ? `user_${who}` : null)));
  });
});

@Controller()
class StoreController {
  constructor(
    private readonly cls: ClsService,
    private readonly clerk: ClerkContext,
  ) {}

  @UseGuards(ClerkAuthGuard)
  @Get('store')
  read() {
    const { userId } = this.clerk.getSession();
    return { userId, tenant: this.cls.get('tenant'), seen: this.cls.get('seen') };
  }
}

describe('a request that starts inside the scope of another', () => {
  it('does not inherit its user', async () => {
    await start();
    const context = app.get(ClerkContext);
    const alice = { userId: 'user_alice', subject: 'user_alice' } as Principal;
    expect(await context.run(alice, () => ask(null))).toEqual(everywhere(null));
    expect(await context.run(alice, () => ask('bob'))).toEqual(everywhere('user_bob'));
  });
});

describe('the store of a host', () => {
  it('is replaced without harm in handlers when the host turns plugins off', async () => {
    const interceptor = { mount: true, initializePlugins: false };
    app = await createClerkApp(clerk.options(), {
      imports: [ClsModule.forRoot({ interceptor })],
      controllers: [StoreController],
    });
    const headers = { authorization: `Bearer ${tokens.alice}` };
    expect((await app.inject({ url: '/store', headers })).json()).toEqual({ userId: 'user_alice' });
  });

  it('keeps what the host put into it', async () => {
    const set = (key: string) => (cls: ClsService) => cls.set(key, cls.get('tenant') ?? 'acme');
    const host = ClsModule.forRoot({
      middleware: { mount: true, setup: set('tenant') },
      interceptor: { mount: true, setup: set('seen') },
    });
    app = await createClerkApp(clerk.options(), {
      imports: [host],
      controllers: [StoreController],
    });
    const headers = { authorization: `Bearer ${tokens.alice}` };
    expect((await app.inject({ url: '/store', headers })).json()).toEqual({
      userId: 'user_alice',
      tenant: 'acme',
      seen: 'acme',
    });
  });
});
