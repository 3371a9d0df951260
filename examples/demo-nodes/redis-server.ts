import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { freePort } from '../demo-client/demo-server.js';

/** A `redis-server` of its own, which keeps nothing on disk. */
export interface RedisServer {
  readonly url: string;
  readonly version: string;
  stop(): void;
}

/** @throws if `redis-server` is not installed or does not start */
export async function startRedis(): Promise<RedisServer> {
  const { status, stdout } = spawnSync('redis-server', ['--version'], { encoding: 'utf8' });
  if (status !== 0) {
    throw new Error(
      'redis-server is missing. Install Redis 7 or later (Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis).',
    );
  }
  const port = await freePort();
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', ''];
  const child = spawn('redis-server', [...options, '--maxmemory-policy', 'noeviction'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await ready(child);
  return {
    url: `redis://127.0.0.1:${port}`,
    version: /v=([\d.]+)/.exec(stdout)?.[1] ?? 'of an unknown version',
    stop: () => void child.kill('SIGKILL'),
  };
}

function ready(child: ChildProcess): Promise<void> {
  process.once('exit', () => child.kill('SIGKILL'));
  return new Promise((resolve, reject) => {
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-10_000);
        if (output.includes('Ready to accept connections')) resolve();
      });
    }
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`redis-server ended:\n${output}`)));
  });
}
