import { spawn, type ChildProcess } from 'node:child_process';
import { startClerkEmulator, type ClerkEmulator } from '../../../src/emulator/index.js';
import { buildService, type BuiltService } from '../../e2e/built-service.js';
import { freePort } from '../../support/free-port.js';
import { signingKey } from '../../support/signing-key.js';
import { eventually } from '../../support/within.js';
import { CLUSTER_SECRET, RedisServer } from './redis-server.js';

/** A node of the built service, as a process that can be killed and frozen. */
export class ServiceProcess {
  #child: ChildProcess | undefined;
  #output = '';

  constructor(
    readonly origin: string,
    private readonly main: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  get url(): string {
    return `${this.origin}/mcp`;
  }

  /** What it has written, for a failed test. */
  get output(): string {
    return this.#output;
  }

  /** Resolves when it is ready. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [this.main], { env: this.env, stdio: 'pipe' });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => (this.#output = (this.#output + String(chunk)).slice(-10_000)));
    }
    const ended = new Promise<never>((_resolve, reject) => {
      child.once('exit', () => reject(new Error(`The node has ended:\n${this.#output}`)));
    });
    ended.catch(() => undefined);
    await Promise.race([ended, this.#ready()]);
  }

  #ready(): Promise<void> {
    return eventually(async () => {
      const { status } = await fetch(`${this.origin}/health/ready`);
      if (status !== 200) throw new Error(`The node is not ready: ${status}`);
    });
  }

  /** Sends a signal; after `SIGTERM` and `SIGKILL`, resolves when the process has ended. */
  async signal(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ends = signal === 'SIGKILL' || signal === 'SIGTERM';
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    if (ends) await ended;
  }
}

/** The built service as several processes, with one Redis, one emulator and one public URL. */
export interface ServiceProcesses {
  readonly nodes: readonly ServiceProcess[];
  readonly redis: RedisServer;
  readonly clerk: ClerkEmulator;
  readonly resource: string;
  stop(): Promise<void>;
}

/**
 * @param env on top of what the service needs
 * @param build makes what the processes run. Default: the service
 */
export async function startProcesses(
  count: number,
  env: Readonly<Record<string, string>> = {},
  build: () => Promise<BuiltService> = buildService,
): Promise<ServiceProcesses> {
  const built = await build();
  const redis = await RedisServer.start();
  const clerk = await startClerkEmulator({ signingKey: signingKey() });
  const baseURL = env['BASE_URL'] ?? 'http://127.0.0.1:9';
  const nodes: ServiceProcess[] = [];
  for (let started = 0; started < count; started += 1) {
    const port = await freePort();
    const node = new ServiceProcess(`http://127.0.0.1:${port}`, built.main, {
      PATH: process.env['PATH'] ?? '',
      PORT: String(port),
      NODE_NAME: String(started),
      BASE_URL: baseURL,
      ALLOWED_HOSTS: '127.0.0.1',
      CLERK_SECRET_KEY: clerk.secretKey,
      CLERK_PUBLISHABLE_KEY: clerk.publishableKey,
      CLERK_FRONTEND_API: clerk.url,
      CLERK_API_URL: clerk.url,
      RATE_LIMIT: 'off',
      AUTH_FAILURE_LIMIT: 'off',
      REDIS_URL: redis.url,
      CLUSTER_SECRET,
      ...env,
    });
    nodes.push(node);
    await node.start();
  }
  return {
    nodes,
    redis,
    clerk,
    resource: `${baseURL}/mcp`,
    stop: async () => {
      for (const node of nodes) {
        await node.signal('SIGCONT');
        await node.signal('SIGKILL');
      }
      await clerk.close();
      await redis.stop();
      await built.remove();
    },
  };
}
