import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkRedis } from '../../../../src/cli/doctor/production/check-redis.js';

const TOLD = { version: 'redis_version:7.4.1', policy: 'maxmemory_policy:noeviction' };

/** Answers INFO, and OK to every other command (RESP). */
async function redisServer(answer: (section: string) => string): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      for (const command of data.toString().split(/(?=^\*)/m)) {
        const [, , name = '', , section = ''] = command.split('\r\n');
        socket.write(name.toLowerCase() === 'info' ? answer(section) : '+OK\r\n');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const bulk = (text: string) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
const info =
  ({ version, policy } = TOLD) =>
  (section: string) =>
    bulk(`# ${section}\r\n${version}\r\n${policy}\r\nloading:0\r\n`);

async function examine(url: string) {
  const checks = await checkRedis({ REDIS_URL: url });
  return Object.fromEntries(checks.map((check) => [check.name, check]));
}

describe('the Redis server', () => {
  it('is in order', async () => {
    const port = await redisServer(info());
    expect(await examine(`redis://127.0.0.1:${port}`)).toEqual({
      redis: { name: 'redis', status: 'ok', message: 'Redis 7.4.1, maxmemory-policy noeviction' },
    });
  });

  it.each([
    [{ ...TOLD, version: 'redis_version:6.2.14' }, 'The server is version 6.2.14'],
    [{ ...TOLD, policy: 'maxmemory_policy:allkeys-lru' }, 'Maxmemory-policy is allkeys-lru'],
    [{ ...TOLD, version: 'redis_version:7.2.4\r\nvalkey_version:7.1.0' }, 'version 7.1.0'],
  ])('does not fit: %j', async (told, message) => {
    const port = await redisServer(info(told));
    const { redis } = await examine(`redis://127.0.0.1:${port}`);
    expect(redis).toMatchObject({ status: 'failure', message: expect.stringContaining(message) });
  });

  it('does not tell what it is', async () => {
    const port = await redisServer(() => '-NOPERM no permissions to run INFO\r\n');
    const { redis } = await examine(`redis://127.0.0.1:${port}`);
    expect(redis).toMatchObject({ status: 'warning', cure: expect.stringContaining('+info') });
  });

  it('is not there, and its password stays secret', async () => {
    const { redis, ...others } = await examine('redis://ada:geheim@127.0.0.1:9');
    expect(redis).toMatchObject({
      status: 'failure',
      message: 'Redis cannot be used from here: the connection failed with ECONNREFUSED',
    });
    expect(JSON.stringify([redis, others])).not.toContain('geheim');
  });

  it('has a URL that is none, and its password stays secret', async () => {
    const { redis } = await examine('https://ada:geheim@redis.example.com');
    expect(redis).toMatchObject({ status: 'failure', message: 'REDIS_URL is not a URL of Redis' });
    expect(JSON.stringify(redis)).not.toContain('geheim');
  });

  // Names that are not resolved: RFC 6761 reserves `.invalid`, and `redis` is no name here.
  it.each([
    ['redis://redis.invalid:6379', 'failure', 'warning'],
    ['rediss://:secret@redis.invalid:6379', 'ok', undefined],
    ['redis://redis.default.svc.cluster.local:6379', undefined, 'warning'],
  ])('%s: TLS %s, password %s', async (url, tls, password) => {
    const checks = await examine(url);
    expect(checks['redis']?.status).toBe('failure');
    expect(checks['redis-tls']?.status).toBe(tls);
    expect(checks['redis-password']?.status).toBe(password);
  });
});
