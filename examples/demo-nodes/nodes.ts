import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { startClerkEmulator, type ClerkEmulator } from '../../src/emulator/index.js';
import { freePort } from '../demo-client/demo-server.js';
import { until } from './patience.js';
import { startRedis, type RedisServer } from './redis-server.js';
import { RoundRobin } from './round-robin.js';

/** Requests that one person may make per minute, at all nodes together. */
export const RATE_LIMIT = 100;

/** One process of the service. */
export interface Node {
  /** A letter. */
  readonly name: string;
  readonly origin: string;
  readonly process: ChildProcess;
}

/** Several nodes of one service behind a load balancer, with one Redis and one Clerk emulator. */
export interface Nodes {
  readonly nodes: readonly Node[];
  readonly redis: RedisServer;
  readonly clerk: ClerkEmulator;
  /** Public URL of the service, that of the load balancer. */
  readonly origin: string;
  /** Name of the node with this origin. */
  nameOf(origin: string | null): string;
  /** Kills a node, and waits until the load balancer has noticed. */
  kill(node: Node): Promise<void>;
  stop(): Promise<void>;
}

export async function startNodes(count: number): Promise<Nodes> {
  const closing: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closing.splice(0).toReversed()) await close();
  };
  try {
    const redis = await startRedis();
    closing.push(() => redis.stop());
    const origins: string[] = [];
    while (origins.length < count) origins.push(`http://127.0.0.1:${await freePort()}`);
    const balancer = new RoundRobin(origins);
    closing.push(() => balancer.close());
    const origin = await balancer.listen();
    const clerk = await startClerkEmulator({
      resources: [`${origin}/mcp`],
      webhook: { url: `${origin}/webhooks/clerk` },
    });
    closing.push(() => clerk.close());
    const env = serviceEnvironment(origin, redis, clerk);
    const nodes = origins.map((node, index) => startNode(node, nameAt(index), env));
    closing.push(() => Promise.all(nodes.map((node) => end(node))));
    await Promise.all(nodes.map((node) => ready(node, balancer)));
    return {
      nodes,
      redis,
      clerk,
      origin,
      nameOf: (origin) => nodes.find((node) => node.origin === origin)?.name ?? 'no node',
      kill: async (node) => {
        await end(node);
        await until('the load balancer', () => !balancer.ready.has(node.origin) || undefined);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What all nodes have in common. */
function serviceEnvironment(
  origin: string,
  redis: RedisServer,
  clerk: ClerkEmulator,
): Readonly<Record<string, string>> {
  return {
    PATH: process.env['PATH'] ?? '',
    BASE_URL: origin,
    REDIS_URL: redis.url,
    CLUSTER_SECRET: randomBytes(48).toString('base64'),
    CLERK_SECRET_KEY: clerk.secretKey,
    CLERK_PUBLISHABLE_KEY: clerk.publishableKey,
    CLERK_FRONTEND_API: clerk.url,
    CLERK_API_URL: clerk.url,
    CLERK_WEBHOOK_SIGNING_SECRET: clerk.webhooks.signingSecret,
    RATE_LIMIT: String(RATE_LIMIT),
  };
}

function startNode(origin: string, name: string, env: Readonly<Record<string, string>>): Node {
  const child = spawn(process.execPath, [new URL('node.js', import.meta.url).pathname], {
    // A `.env` of the working directory is not for this demo.
    cwd: import.meta.dirname,
    env: { ...env, NODE_NAME: name, PORT: new URL(origin).port },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  return { name, origin, process: child };
}

/** @throws if the process ends, with what it has written */
async function ready(node: Node, balancer: RoundRobin): Promise<void> {
  let output = '';
  for (const stream of [node.process.stdout, node.process.stderr]) {
    stream?.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-10_000)));
  }
  await until(`node ${node.name}`, () => {
    if (hasEnded(node)) throw new Error(`Node ${node.name} has ended:\n${output}`);
    return balancer.ready.has(node.origin) || undefined;
  });
}

async function end(node: Node): Promise<void> {
  if (hasEnded(node)) return;
  const exited = once(node.process, 'exit');
  node.process.kill('SIGKILL');
  await exited;
}

function hasEnded({ process }: Node): boolean {
  return process.exitCode !== null || process.signalCode !== null;
}

function nameAt(index: number): string {
  return String.fromCodePoint(65 + index);
}
