import { createServer, type AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { RedisBackplane } from '../../src/redis/redis-backplane.js';
import { resolveRedisOptions } from '../../src/redis/redis.options.js';
import { LogRecorder } from '../support/log-recorder.js';
import { CLUSTER_SECRET } from './support/redis-server.js';

it('says why Redis refuses it, whichever of its connections fails first', async () => {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    if (connections > 1) return;
    // One error for each command; the other connection hangs.
    socket.on('data', (commands) => {
      for (const _one of commands.toString().matchAll(/^\*\d/gm)) socket.write('-WRONGPASS no\r\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const log = LogRecorder.install();
  onTestFinished(() => LogRecorder.remove());
  const url = `redis://:wrong@127.0.0.1:${port}`;
  const options = { url, secret: CLUSTER_SECRET, prefix: 'p', timeoutMs: 30_000 };
  const node = new RedisBackplane(resolveRedisOptions(options));
  onTestFinished(() => node.stop());

  await node.start();

  expect(log.text).toContain('Redis failed with WRONGPASS at the start');
});
