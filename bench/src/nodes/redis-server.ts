import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { Redis } from 'ioredis';
import { freePort } from '../subjects/port.js';

/** Why the nodes cannot be measured here; `undefined` if they can. */
export function missingRedis(): string | undefined {
  const isThere = spawnSync('redis-server', ['--version']).status === 0;
  return isThere ? undefined : 'redis-server is missing. On Debian: apt-get install redis-server';
}

/** A Redis server for the bench, on a free port, without persistence. */
export class RedisServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    /** Sends what the bench itself asks. */
    readonly client: Redis,
  ) {}

  static async start(): Promise<RedisServer> {
    const port = String(await freePort());
    const child = spawn('redis-server', ['--port', port, '--bind', '127.0.0.1', '--save', ''], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise<void>((resolve, reject) => {
      let log = '';
      child.stdout.on('data', (chunk) => {
        log += String(chunk);
        if (log.includes('Ready to accept connections')) resolve();
      });
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`redis-server ended:\n${log}`)));
    });
    const url = `redis://127.0.0.1:${port}`;
    return new RedisServer(child, url, new Redis(url));
  }

  /** Memory of its data, in bytes. */
  async usedBytes(): Promise<number> {
    const info = await this.client.info('memory');
    return Number(/^used_memory:(\d+)/m.exec(info)?.[1] ?? Number.NaN);
  }

  async stop(): Promise<void> {
    this.client.disconnect();
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await exited;
  }
}
