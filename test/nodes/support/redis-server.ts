import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../../support/free-port.js';

/** What all nodes of the specs encrypt with. As in `CLUSTER_SECRET`, a comma would separate two. */
export const CLUSTER_SECRET = 'a secret of the tests with more than 32 bytes';

/** Whether this machine has `redis-server`. Without it, the specs of this folder fail and say so. */
export const HAS_REDIS = spawnSync('redis-server', ['--version']).status === 0;

/** A Redis server of its own, on a free port, without persistence. */
export class RedisServer {
  #process: ChildProcess | undefined;
  /** What it writes, such as the data that a replica was sent, is read by no other server. */
  #folder: string | undefined;

  private constructor(
    readonly port: number,
    private readonly options: readonly string[],
  ) {}

  /** @param options of the command line, such as `--maxmemory-policy`, after the path of a configuration if there is one */
  static async start(...options: string[]): Promise<RedisServer> {
    if (!HAS_REDIS) {
      throw new Error('redis-server is missing. On Debian: apt-get install redis-server');
    }
    const server = new RedisServer(await freePort(), options);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it (again), empty. */
  async start(): Promise<void> {
    const isFile = (option: string) => option.startsWith('/');
    const files = this.options.filter((option, index) => index === 0 && isFile(option));
    this.#folder = await mkdtemp(join(tmpdir(), 'redis-'));
    const place = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder];
    const common = [...place, '--save', ''];
    const child = spawn(
      'redis-server',
      [...files, ...common, ...this.options.slice(files.length)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    this.#process = child;
    await new Promise<void>((resolve, reject) => {
      let log = '';
      child.stdout?.on('data', (chunk) => {
        log += String(chunk);
        if (/Ready to accept connections|Sentinel ID is/.test(log)) resolve();
      });
      child.once('exit', () => reject(new Error(`redis-server ended:\n${log}`)));
    });
  }

  /** Kills it, as a machine that fails. */
  async stop(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child && child.exitCode === null && child.signalCode === null) {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGCONT');
      child.kill('SIGKILL');
      await exited;
    }
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }

  /** All its data are lost. */
  async flush(): Promise<void> {
    const client = new Redis(this.url);
    await client.flushall();
    client.disconnect();
  }

  /** It takes connections and commands, and answers none. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }
}
