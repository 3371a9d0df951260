import type { Type } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { ClerkAuthGuard } from '../../../src/clerk/http/clerk-auth.guard.js';
import { ClerkAuthModule } from '../../../src/clerk/clerk-auth.module.js';
import type { ClerkAuthOptions } from '../../../src/clerk/clerk-auth.options.js';
import { startClerkEmulator, type ClerkEmulator } from '../../../src/emulator/index.js';
import { HealthModule } from '../../../src/health/health.module.js';
import { LimitsModule } from '../../../src/limits/limits.module.js';
import type { LimitsOptions } from '../../../src/limits/limits.options.js';
import { PrincipalThrottlerGuard } from '../../../src/limits/principal-throttler.guard.js';
import type { McpModuleOptions } from '../../../src/mcp/mcp-options.js';
import { McpModule } from '../../../src/mcp/mcp.module.js';
import { RedisModule } from '../../../src/redis/redis.module.js';
import { optionsOf } from '../../support/clerk-app.js';
import { FAST_PATH } from '../../support/fast-path.js';
import { freePort } from '../../support/free-port.js';
import { signingKey } from '../../support/signing-key.js';
import { withClock } from './own-clock.js';
import { CLUSTER_SECRET, RedisServer } from './redis-server.js';

/** One node of a service. */
export interface TestNode {
  readonly app: NestFastifyApplication;
  /** URL of its endpoint. */
  readonly url: string;
  readonly origin: string;
  close(): Promise<void>;
}

/** What the nodes have, on top of what every host has. */
export interface NodesOptions {
  readonly nodes?: number;
  readonly mcp?: Partial<McpModuleOptions>;
  readonly clerk?: Partial<ClerkAuthOptions>;
  readonly limits?: LimitsOptions;
  /** Longest wait for Redis, in milliseconds. Default: long, so that a slow machine fails no test. */
  readonly timeoutMs?: number;
  /** Called when Redis runs, before the nodes start. */
  readonly beforeStart?: (redis: RedisServer) => Promise<void>;
  /** By how much the clocks of the nodes are early, in milliseconds, after `installOwnClocks()`. */
  readonly clocks?: readonly number[];
  /** How a node reaches Redis, by its number. Default: directly, with `timeoutMs`. */
  readonly reach?: (
    node: number,
    redis: RedisServer,
  ) => { readonly url: string; readonly timeoutMs: number } | undefined;
}

/** Several nodes in this process, with one Redis, one emulator and one public URL. */
export interface TestNodes {
  readonly nodes: readonly TestNode[];
  readonly redis: RedisServer;
  readonly clerk: ClerkEmulator;
  /** The resource identifier of the service, which access tokens are for. */
  readonly resource: string;
  token(user?: string): Promise<string>;
  /** Starts one more node. */
  start(): Promise<TestNode>;
  stop(): Promise<void>;
}

/** @param providers tools of every node; a token injects the number of the node, see {@link NODE} */
export async function startNodes(
  providers: readonly Type[],
  options: NodesOptions = {},
): Promise<TestNodes> {
  const redis = await RedisServer.start();
  await options.beforeStart?.(redis);
  const clerk = await startClerkEmulator({ signingKey: signingKey() });
  const baseURL = 'http://127.0.0.1:9';
  const nodes: TestNode[] = [];
  const start = async (): Promise<TestNode> => {
    const name = nodes.length;
    const node = await withClock(options.clocks?.[name] ?? 0, () =>
      startNode(providers, { ...options, redis, emulator: clerk, baseURL, name }),
    );
    nodes.push(node);
    return node;
  };
  for (let count = 0; count < (options.nodes ?? 3); count += 1) await start();
  const resource = `${baseURL}/mcp`;
  return {
    nodes,
    redis,
    clerk,
    resource,
    start,
    token: (user = 'ada@example.com') =>
      clerk.issue.oauthAccessToken({ user, resource, scopes: ['profile', 'email'] }),
    stop: async () => {
      await Promise.all(nodes.map((node) => node.close()));
      await clerk.close();
      await redis.stop();
    },
  };
}

/** Injects the number of the node, from 0. */
export const NODE = Symbol('NODE');

async function startNode(
  providers: readonly Type[],
  {
    redis,
    emulator: clerk,
    baseURL,
    name,
    timeoutMs: patience = 30_000,
    reach,
    ...options
  }: NodesOptions & {
    readonly redis: RedisServer;
    readonly emulator: ClerkEmulator;
    readonly baseURL: string;
    readonly name: number;
  },
): Promise<TestNode> {
  const { url, timeoutMs } = reach?.(name, redis) ?? { url: redis.url, timeoutMs: patience };
  const module = await Test.createTestingModule({
    imports: [
      RedisModule.forRoot({ url, secret: CLUSTER_SECRET, timeoutMs }),
      ClerkAuthModule.forRoot({
        ...optionsOf(clerk, baseURL),
        webhooks: { signingSecret: clerk.webhooks.signingSecret },
        ...options.clerk,
      }),
      LimitsModule.forRoot(options.limits ?? {}),
      McpModule.forRoot({
        name: 'nodes',
        version: '1.0.0',
        guards: [ClerkAuthGuard, PrincipalThrottlerGuard],
        fastPath: FAST_PATH,
        signIn: 'call',
        dynamic: true,
        seamTimeoutMs: timeoutMs,
        ...options.mcp,
      }),
      HealthModule,
    ],
    providers: [...providers, { provide: NODE, useValue: name }],
  }).compile();
  const app = module.createNestApplication<NestFastifyApplication>(
    new FastifyAdapter({ forceCloseConnections: true }),
    { logger: false },
  );
  const port = await freePort();
  await app.listen(port, '127.0.0.1');
  const origin = `http://127.0.0.1:${port}`;
  let isClosed = false;
  return {
    app,
    origin,
    url: `${origin}/mcp`,
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      await app.close();
    },
  };
}
