import { Controller, Get, UseGuards } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { ClerkAuthGuard } from '../../../src/clerk/http/clerk-auth.guard.js';
import { ClerkAuthModule } from '../../../src/clerk/clerk-auth.module.js';
import type { ClerkAuthOptions } from '../../../src/clerk/clerk-auth.options.js';
import { HealthModule } from '../../../src/health/health.module.js';
import { LimitsModule } from '../../../src/limits/limits.module.js';
import type { LimitsOptions } from '../../../src/limits/limits.options.js';
import { PrincipalThrottlerGuard } from '../../../src/limits/principal-throttler.guard.js';
import { RedisModule } from '../../../src/redis/redis.module.js';
import { FakeClerk } from '../../clerk/support/fake-clerk.js';
import { CLUSTER_SECRET, RedisServer } from './redis-server.js';
import { SIGNING_SECRET, signed, event } from '../../clerk/webhooks/signed-webhook.js';

@UseGuards(ClerkAuthGuard, PrincipalThrottlerGuard)
@Controller('me')
class Me {
  @Get()
  me() {
    return { ok: true };
  }
}

export interface ClerkNodeOptions {
  readonly clerk?: Partial<ClerkAuthOptions>;
  readonly limits?: LimitsOptions;
}

/** A node that authenticates callers, on a port of its own. */
export class ClerkNode {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly url: string,
  ) {}

  static async start(
    redis: { readonly url: string },
    clerk: FakeClerk,
    options: ClerkNodeOptions = {},
  ): Promise<ClerkNode> {
    const module = await Test.createTestingModule({
      imports: [
        RedisModule.forRoot({
          url: redis.url,
          secret: CLUSTER_SECRET,
        }),
        ClerkAuthModule.forRoot(
          clerk.options({ webhooks: { signingSecret: SIGNING_SECRET }, ...options.clerk }),
        ),
        LimitsModule.forRoot(options.limits ?? {}),
        HealthModule,
      ],
      controllers: [Me],
    }).compile();
    const app = module.createNestApplication<NestFastifyApplication>(
      new FastifyAdapter({ forceCloseConnections: true }),
      { logger: false },
    );
    await app.listen(0, '127.0.0.1');
    return new ClerkNode(app, await app.getUrl());
  }

  /** Status of a call with this token. */
  async call(token: string): Promise<number> {
    return (await this.answer(token)).status;
  }

  answer(token: string): Promise<Response> {
    return fetch(`${this.url}/me`, { headers: { authorization: `Bearer ${token}` } });
  }

  /** @returns the status, and what the probe says */
  async ready(): Promise<readonly [number, unknown]> {
    const response = await fetch(`${this.url}/health/ready`);
    return [response.status, await response.json()];
  }

  /** Status of a webhook of Clerk. */
  async webhook(delivery = signed(event('user.deleted', { id: 'user_alice' }))): Promise<number> {
    const request = { method: 'POST', ...delivery };
    return (await fetch(`${this.url}/webhooks/clerk`, request)).status;
  }
}

/** A Redis server for each test, one Clerk for all, and nodes that are closed after the test. */
export function useClerkNodes(): ClerkNodes {
  const nodes = new ClerkNodes();
  beforeAll(() => nodes.startClerk());
  beforeEach(() => nodes.startRedis());
  afterEach(() => nodes.stop());
  afterAll(() => nodes.clerk.close());
  return nodes;
}

class ClerkNodes {
  clerk!: FakeClerk;
  redis!: RedisServer;
  private readonly started: ClerkNode[] = [];

  async startClerk(): Promise<void> {
    this.clerk = await FakeClerk.start();
  }

  async startRedis(): Promise<void> {
    this.clerk.reset();
    this.redis = await RedisServer.start();
  }

  async start(options?: ClerkNodeOptions): Promise<ClerkNode> {
    const node = await ClerkNode.start(this.redis, this.clerk, options);
    this.started.push(node);
    return node;
  }

  async startTwo(options?: ClerkNodeOptions): Promise<readonly [ClerkNode, ClerkNode]> {
    return [await this.start(options), await this.start(options)];
  }

  /** All data of Redis is lost. */
  flush(): Promise<void> {
    return this.redis.flush();
  }

  async stop(): Promise<void> {
    await Promise.all(this.started.splice(0).map(({ app }) => app.close()));
    await this.redis.stop();
  }
}
